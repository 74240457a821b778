import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Agent } from '../../../../src/model/agent.ts';
import { changeAgent } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { NameField } from '../../forms/fields.tsx';
import { Form } from '../../forms/form-dialog.tsx';
import { useDraft } from '../../forms/use-draft.ts';
import { WordsField } from '../../forms/words-field.tsx';
import { useServices } from '../../services.tsx';
import { mergeAgent } from '../../live/apply-message.ts';

const fields = ['name', 'labels', 'budget_mb_per_day'];

interface AgentFormProps {
  readonly agent: Agent;
  /** With the name it has now. */
  readonly onSaved: (name: string) => void;
  readonly onClose: () => void;
}

/** The name, the labels and the budget of an agent; its results keep belonging to it. */
export function AgentForm({ agent, onSaved, onClose }: AgentFormProps) {
  const { client } = useServices();
  const cache = useQueryClient();
  const form = useDraft({
    initial: () => ({
      name: agent.name,
      labels: Object.entries(agent.labels).map(([key, value]) => `${key}=${value}`),
      budget_mb_per_day: String(agent.budget_mb_per_day ?? ''),
    }),
    fields,
    missing: ({ name }) => (name.trim() === '' ? [{ path: 'name', message: 'Give the agent a name' }] : []),
    save: ({ name, labels, budget_mb_per_day: budget }) =>
      changeAgent(client, agent.id, { name, labels: labelsOf(labels), ...(agent.state !== 'external' && { budget_mb_per_day: budgetOf(budget) }) }),
    onSaved: (saved) => {
      cache.setQueryData<Agent[]>(queryKeys.agents, (agents) => agents && mergeAgent(agents, saved));
      onSaved(saved.name);
    },
  });
  const { draft, change, problems } = form;
  return (
    <Form save="Save" form={form} onClose={onClose}>
      <NameField
        error={problems.at('name')}
        value={draft.name}
        onChange={(name) => {
          change({ name });
        }}
      />
      <WordsField
        label="Labels"
        description="As key=value, such as site=berlin; jobs choose agents by them"
        error={problems.at('labels')}
        value={draft.labels}
        onChange={(labels) => {
          change({ labels });
        }}
      />
      {agent.state !== 'external' && (
        <TextInput
          label="Budget"
          description="Most MB a day (UTC) of all its runs together; without limit where it is empty"
          inputMode="decimal"
          autoComplete="off"
          error={problems.at('budget_mb_per_day')}
          value={draft.budget_mb_per_day}
          onChange={(event) => {
            change({ budget_mb_per_day: event.currentTarget.value });
          }}
        />
      )}
    </Form>
  );
}

/** What is no number is sent as it was written: the API says what it expects. */
function budgetOf(written: string): number | string | null {
  if (written.trim() === '') return null;
  return Number.isFinite(Number(written)) ? Number(written) : written;
}

function labelsOf(written: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    written.map((text) => {
      const end = text.indexOf('=');
      return end === -1 ? [text.trim(), ''] : [text.slice(0, end).trim(), text.slice(end + 1).trim()];
    }),
  );
}
