import type { ReactNode } from 'react';
import type { Agent } from '../../../../src/model/agent.ts';
import { StateShape } from '../../components/icons.tsx';
import { Moment } from '../../components/moment.tsx';
import { Panel } from '../../components/panel.tsx';
import { agentStateText, capabilityWords, listeningWords, offsetWords, spoolWords, stateTones } from '../../words/agent-words.ts';
import { megabytesText } from '../../words/job-words.ts';
import { agoText } from '../../words/time.ts';
import { BreakersList } from './breakers-list.tsx';
import { Fact, LabelsFact } from './facts.tsx';

interface AboutPanelProps {
  readonly agent: Agent;
  readonly now: number;
  readonly actions: ReactNode;
}

/** What an agent is, what it can measure and with what, and what waits in its spool. */
export function AboutPanel({ agent, now, actions }: AboutPanelProps) {
  const tone = stateTones[agent.state];
  return (
    <Panel title="About this agent" actions={actions}>
      <dl className="facts">
        <Fact name="State">
          <span className={`state tone-${tone}`}>
            <StateShape tone={tone} />
            {agentStateText(agent, now)}
          </span>
          {agent.state === 'online' && agent.last_seen_at !== null && (
            <span className="dim">
              {' '}
              seen <Moment at={agent.last_seen_at} text={agoText(agent.last_seen_at, now)} />
            </span>
          )}
        </Fact>
        <LabelsFact agent={agent} />
        <Fact name="Version">{agent.version ?? <span className="dim">unknown</span>}</Fact>
        <Fact name="Platform">{agent.platform ?? <span className="dim">unknown</span>}</Fact>
        <Fact name="Address">{agent.address ?? <span className="dim">unknown</span>}</Fact>
        <Fact name="Enrolled">
          <Moment at={agent.created_at} text={agoText(agent.created_at, now)} />
        </Fact>
        <Fact name="Spool">{agent.spool === null ? <span className="dim">unknown</span> : spoolWords(agent.spool)}</Fact>
        <Fact name="Clock">{agent.clock_offset_ms === null ? <span className="dim">unknown</span> : offsetWords(agent.clock_offset_ms)}</Fact>
        <Fact name="Listening">{listeningWords(agent)}</Fact>
        <Fact name="Budget">
          {agent.budget_mb_per_day === null ? <span className="dim">none</span> : `${megabytesText(agent.budget_mb_per_day)} a day`}
        </Fact>
      </dl>
      <BreakersList agent={agent} now={now} />
      <Capabilities agent={agent} />
    </Panel>
  );
}

function Capabilities({ agent }: { readonly agent: Agent }) {
  const capabilities = capabilityWords(agent);
  if (capabilities.length === 0) return null;
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Measures</th>
          <th scope="col">With</th>
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        {capabilities.map(({ kind, title, available, tool, note }) => (
          <tr key={kind}>
            <th scope="row">{title}</th>
            <td>{tool ?? <span className="dim">nothing</span>}</td>
            <td className="name">
              {available && note === null ? (
                <span className="dim">–</span>
              ) : (
                <span className={`state tone-${available ? 'attention' : 'bad'}`}>
                  <StateShape tone={available ? 'attention' : 'bad'} />
                  {available ? '' : 'not available: '}
                  {note ?? 'the agent does not say why'}
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
