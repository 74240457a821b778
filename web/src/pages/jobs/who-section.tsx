import { Autocomplete, NativeSelect } from '@mantine/core';
import type { Agent } from '../../../../src/model/agent.ts';
import { FormSection } from '../../forms/form-section.tsx';
import { WordsField } from '../../forms/words-field.tsx';
import { agentsWords, chosenAgents, meshWords } from '../../words/mesh-words.ts';
import { meshOf, type MeshDraft } from './job-draft.ts';
import { hasProblem, type JobSectionProps } from './job-section.ts';

const meshes: readonly { value: MeshDraft['type']; label: string }[] = [
  { value: 'none', label: 'the destinations' },
  { value: 'full', label: 'each other, all of them' },
  { value: 'hub', label: 'each other, through one in the middle' },
  { value: 'pairs', label: 'each other, where a label is the same' },
];

const summaries: Readonly<Record<MeshDraft['type'], string>> = { none: '', full: 'full mesh', hub: 'mesh around a hub', pairs: 'mesh of pairs' };

/** Who measures, and whether they measure destinations or each other. */
export function WhoSection({ draft, problems, change, agents }: JobSectionProps & { readonly agents: readonly Agent[] }) {
  const chosen = chosenAgents(draft.agents, agents);
  const mesh = meshOf(draft.mesh);
  const labels = [...new Set(agents.flatMap((agent) => Object.keys(agent.labels)))];
  const values = [...new Set(agents.flatMap((one) => Object.entries(one.labels).map(([key, value]) => `label:${key}=${value}`)))];
  const setMesh = (part: Partial<MeshDraft>): void => {
    change({ mesh: { ...draft.mesh, ...part } }, ['mesh', 'mesh.hub', 'mesh.label', 'destinations']);
  };
  const all = draft.agents.length === 1 && draft.agents[0] === '*';
  const summary = [all ? 'all agents' : draft.agents.join(', '), summaries[draft.mesh.type]].filter((part) => part !== '').join(', ');
  return (
    <FormSection title="Who" summary={summary} wrong={hasProblem(problems, ['agents', 'mesh'])}>
      <WordsField
        label="Agents"
        description="By name, label:key=value, or * for all"
        data={['*', ...agents.map((one) => one.name), ...values]}
        error={problems.at('agents')}
        value={draft.agents}
        onChange={(picked) => {
          change({ agents: picked });
        }}
      />
      <p className="dim">This means {agentsWords(chosen)}.</p>
      <NativeSelect
        label="They measure"
        data={[...meshes]}
        error={problems.at('mesh')}
        value={draft.mesh.type}
        onChange={(event) => {
          const picked = meshes.find(({ value }) => value === event.currentTarget.value);
          if (picked !== undefined) setMesh({ type: picked.value });
        }}
      />
      {draft.mesh.type === 'hub' && (
        <Autocomplete
          label="In the middle"
          description="An agent, or label:key=value"
          data={[...chosen.map((agent) => agent.name), ...values]}
          error={problems.at('mesh.hub')}
          value={draft.mesh.hub}
          onChange={(hub) => {
            setMesh({ hub });
          }}
        />
      )}
      {draft.mesh.type === 'pairs' && (
        <Autocomplete
          label="Label"
          description="Agents with the same value of it measure each other"
          data={labels}
          error={problems.at('mesh.label')}
          value={draft.mesh.label}
          onChange={(label) => {
            setMesh({ label });
          }}
        />
      )}
      {mesh !== null && <p className="dim">{meshWords(mesh, chosen)}</p>}
    </FormSection>
  );
}
