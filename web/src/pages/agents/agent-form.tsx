import { TagsInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { changeAgent } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { Form } from '../../forms/form-dialog.tsx';
import { Problems } from '../../forms/problems.ts';
import { useServices } from '../../services.tsx';
import { mergeAgent } from '../../live/apply-message.ts';

const fields = ['name', 'labels'];

interface AgentFormProps {
  readonly agent: Agent;
  /** With the name it has now. */
  readonly onSaved: (name: string) => void;
  readonly onClose: () => void;
}

/** The name and the labels of an agent; its results keep belonging to it. */
export function AgentForm({ agent, onSaved, onClose }: AgentFormProps) {
  const { client } = useServices();
  const cache = useQueryClient();
  const [name, setName] = useState(agent.name);
  const [labels, setLabels] = useState(() => Object.entries(agent.labels).map(([key, value]) => `${key}=${value}`));
  const saving = useMutation({
    mutationFn: () => changeAgent(client, agent.id, { name, labels: labelsOf(labels) }),
    onSuccess: (saved) => {
      cache.setQueryData<Agent[]>(queryKeys.agents, (agents) => agents && mergeAgent(agents, saved));
      onSaved(saved.name);
    },
  });
  const problems = useMemo(() => new Problems(saving.error, fields), [saving.error]);
  return (
    <Form
      save="Save"
      saving={saving.isPending}
      problems={problems}
      onClose={onClose}
      onSave={() => {
        saving.mutate();
      }}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        autoFocus
        autoComplete="off"
        error={problems.at('name')}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      <TagsInput
        label="Labels"
        description="As key=value, such as site=berlin; jobs choose agents by them"
        error={problems.at('labels')}
        value={labels}
        onChange={setLabels}
      />
    </Form>
  );
}

function labelsOf(written: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    written.map((text) => {
      const end = text.indexOf('=');
      return end === -1 ? [text.trim(), ''] : [text.slice(0, end).trim(), text.slice(end + 1).trim()];
    }),
  );
}
