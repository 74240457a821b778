import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { Form, FormDialog } from '../../forms/form-dialog.tsx';
import { Problems } from '../../forms/problems.ts';
import { useServices } from '../../services.tsx';
import { AddAgentLine } from './add-agent-line.tsx';
import { offerAgent, type AgentOffer } from './add-agent-offer.ts';

/** Opens what makes another machine an agent. */
export function AddAgent() {
  const [open, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
  };
  return (
    <>
      <Button
        size="xs"
        leftSection={<PlusIcon />}
        onClick={() => {
          setOpen(true);
        }}
      >
        Add agent
      </Button>
      <FormDialog title={open ? 'Add an agent' : null} onClose={close}>
        <AddAgentForm onClose={close} />
      </FormDialog>
    </>
  );
}

const nobody: readonly Agent[] = [];

function AddAgentForm({ onClose }: { readonly onClose: () => void }) {
  const { client, queries } = useServices();
  const agents = useQuery(queries.agents()).data ?? nobody;
  const [name, setName] = useState('');
  const [offer, setOffer] = useState<AgentOffer | null>(null);
  const asking = useMutation({
    mutationFn: () => offerAgent(client, { name: name.trim(), agents, now: Date.now() }),
    onSuccess: setOffer,
  });
  const problems = useMemo(() => new Problems(asking.error, ['name']), [asking.error]);
  if (offer !== null) return <AddAgentLine offer={offer} agents={agents} onClose={onClose} />;
  return (
    <Form
      save="Show the line"
      saving={asking.isPending}
      problems={problems}
      onClose={onClose}
      onSave={() => {
        asking.mutate();
      }}
    >
      <p className="note">
        You get one line to paste on the machine that shall measure: Linux or macOS with curl. It installs the agent, makes it a service and connects
        it to this server.
      </p>
      <TextInput
        label="Name"
        description="What the agent is called here; empty takes the machine's own name"
        data-autofocus
        autoFocus
        autoComplete="off"
        error={problems.at('name')}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
    </Form>
  );
}
