import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { PlusIcon } from '../../components/icons.tsx';
import { Form, FormDialog } from '../../forms/form-dialog.tsx';
import { useDraft } from '../../forms/use-draft.ts';
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

const fields = ['name'];
const nobody: readonly Agent[] = [];

function AddAgentForm({ onClose }: { readonly onClose: () => void }) {
  const { client, queries } = useServices();
  const agents = useQuery(queries.agents()).data ?? nobody;
  const [offer, setOffer] = useState<AgentOffer | null>(null);
  const form = useDraft({
    initial: () => ({ name: '' }),
    fields,
    missing: () => [],
    save: ({ name }) => offerAgent(client, { name: name.trim(), agents, now: Date.now() }),
    onSaved: setOffer,
  });
  const { draft, change, problems } = form;
  if (offer !== null) return <AddAgentLine offer={offer} agents={agents} onClose={onClose} />;
  return (
    <Form save="Show the line" form={form} onClose={onClose}>
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
        value={draft.name}
        onChange={(event) => {
          change({ name: event.currentTarget.value });
        }}
      />
    </Form>
  );
}
