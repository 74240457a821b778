import { Button, CopyButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Agent } from '../../../../src/model/agent.ts';
import { StateShape } from '../../components/icons.tsx';
import { useNow } from '../../components/use-now.ts';
import { stateTones } from '../../words/agent-words.ts';
import { arrived, isOwnMachine, type AgentOffer } from './add-agent-offer.ts';

interface AddAgentLineProps {
  readonly offer: AgentOffer;
  readonly agents: readonly Agent[];
  readonly onClose: () => void;
}

/** The line to paste, and whether the machine is here yet. */
export function AddAgentLine({ offer, agents, onClose }: AddAgentLineProps) {
  const { line, runtime, serverUrl, expiresAt } = offer;
  const minutesLeft = Math.max(0, Math.ceil((expiresAt - useNow()) / 60_000));
  return (
    <div className="form">
      <p>Paste this into a shell of the machine:</p>
      <pre className="paste-line" tabIndex={0} aria-label="The line to paste">
        <code>{line}</code>
      </pre>
      <ul className="note">
        <li>
          It is good once
          {minutesLeft > 0 ? `, for ${minutesLeft} more ${minutesLeft === 1 ? 'minute' : 'minutes'}` : ', and its hour is over: add the agent again'}.
        </li>
        <li>Leave out sudo to install for one user only, or where you are root already.</li>
        <li>
          {runtime === null
            ? 'The machine needs Node.js 24.'
            : `Where the machine has no Node.js 24, it gets this server's if it is one like this (${runtime}), and says what to install otherwise.`}
        </li>
        {isOwnMachine(serverUrl) && (
          <li>
            {serverUrl} is this machine itself. For others, open this page by the address that they reach, or set <code>public_url</code>.
          </li>
        )}
      </ul>
      <Arrival agent={arrived(offer, agents)} onClose={onClose} />
      <div className="form-foot">
        <CopyButton value={line}>
          {({ copied, copy }) => (
            <Button data-autofocus variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>Done</Button>
      </div>
    </div>
  );
}

function Arrival({ agent, onClose }: { readonly agent: Agent | null; readonly onClose: () => void }) {
  const tone = agent === null ? 'unknown' : stateTones[agent.state];
  return (
    <div className={`notice tone-${tone}`} role="status">
      <StateShape tone={tone} />
      {agent === null ? (
        <p>Waiting for the machine.</p>
      ) : (
        <p>
          <Link to="/agents/$agent" params={{ agent: agent.name }} onClick={onClose}>
            {agent.name}
          </Link>{' '}
          {agent.state === 'online' ? 'is here, and online.' : `has enrolled; it is ${agent.state}.`}
        </p>
      )}
    </div>
  );
}
