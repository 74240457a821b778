import { Link } from '@tanstack/react-router';
import type { Agent } from '../../../src/model/agent.ts';
import { capabilityWords, shortPlatform, stateTones, troubleWords } from '../words/agent-words.ts';
import { agoText } from '../words/time.ts';
import { StateShape } from './icons.tsx';
import { compareText } from '../pages/list-search.ts';
import { Moment } from './moment.tsx';
import { agentPath } from '../pages/agents/agent-path.ts';
import { useHidden } from './use-hidden.ts';
import { useSteadyOrder } from './use-steady-order.ts';

interface AgentsTableProps {
  readonly agents: readonly Agent[];
  readonly now: number;
}

// Roles are said although a table has them: browsers forget them where a row is laid out as a grid, on a phone.

/** Every agent: its state, since when, and what it can and cannot measure. */
export function AgentsTable({ agents, now }: AgentsTableProps) {
  const hidden = useHidden();
  const shown = agents.filter((agent) => !hidden.has(agentPath(agent)));
  const rows = useSteadyOrder(shown, { keyOf: (agent) => String(agent.id), compare: (a, b) => compareText(a.name, b.name), choice: '' });
  return (
    <table className="table agents-table" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            Agent
          </th>
          <th role="columnheader" scope="col">
            State
          </th>
          <th role="columnheader" scope="col">
            Last seen
          </th>
          <th role="columnheader" scope="col" className="wide">
            Version
          </th>
          <th role="columnheader" scope="col">
            Measures
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((agent) => (
          <AgentRow key={agent.id} agent={agent} now={now} />
        ))}
      </tbody>
    </table>
  );
}

/** A machine that only posts is never seen itself. */
function neverWords({ state }: Agent): string {
  return state === 'external' ? '–' : 'never';
}

function AgentRow({ agent, now }: { readonly agent: Agent; readonly now: number }) {
  const tone = stateTones[agent.state];
  const capabilities = capabilityWords(agent);
  const notes = capabilities.filter((capability) => capability.note !== null || !capability.available);
  const troubles = troubleWords(agent);
  return (
    <tr role="row" data-agent={agent.name} data-path={agentPath(agent)}>
      <th role="rowheader" scope="row" className="name">
        <Link to="/agents/$agent" params={{ agent: agent.name }}>
          {agent.name}
        </Link>
        {agent.platform !== null && (
          <span className="dim under" title={agent.platform}>
            {shortPlatform(agent.platform)}
          </span>
        )}
      </th>
      <td role="cell" className="agent-state">
        <span className={`state tone-${tone}`}>
          <StateShape tone={tone} />
          {agent.state}
        </span>
        {troubles.map((words) => (
          <span key={words} className="state under tone-attention">
            <StateShape tone="attention" />
            {words}
          </span>
        ))}
      </td>
      <td role="cell" className="last-seen">
        {agent.last_seen_at === null ? neverWords(agent) : <Moment at={agent.last_seen_at} text={agoText(agent.last_seen_at, now)} />}
      </td>
      <td role="cell" className="wide">
        {agent.version ?? <span className="dim">{agent.state === 'external' ? '–' : 'unknown'}</span>}
      </td>
      <td role="cell" className="measures">
        <span className="capabilities">
          {capabilities
            .filter((capability) => capability.available)
            .map((capability) => (
              <span key={capability.kind}>
                {capability.title} {capability.tool !== null && <span className="dim">{capability.tool}</span>}
              </span>
            ))}
          {capabilities.length === 0 && <span className="dim">{agent.state === 'external' ? 'only posts results' : 'unknown'}</span>}
        </span>
        {notes.map((capability) => (
          <span key={capability.kind} className={`state under tone-${capability.available ? 'attention' : 'bad'}`}>
            <StateShape tone={capability.available ? 'attention' : 'bad'} />
            {capability.title}
            {capability.available ? ': ' : ' is not available: '}
            {capability.note ?? 'the agent does not say why'}
          </span>
        ))}
      </td>
    </tr>
  );
}
