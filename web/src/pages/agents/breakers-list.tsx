import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Agent } from '../../../../src/model/agent.ts';
import { StateShape } from '../../components/icons.tsx';
import { useServices } from '../../services.tsx';
import { breakerText } from '../../words/agent-words.ts';

/** Destinations that an agent leaves alone for now, because its last runs there failed; nothing where there are none. */
export function BreakersList({ agent, now }: { readonly agent: Agent; readonly now: number }) {
  const { queries } = useServices();
  const breakers = useQuery(queries.openBreakers(agent.id)).data ?? [];
  if (breakers.length === 0) return null;
  return (
    <ul className="leases" aria-label="Destinations it leaves alone for now">
      {breakers.map((breaker) => (
        <li key={breaker.destination_id} className="state tone-attention">
          <StateShape tone="attention" />
          <span>
            Leaves{' '}
            <Link to="/destinations/$destination" params={{ destination: breaker.destination }}>
              {breaker.destination}
            </Link>{' '}
            alone: {breakerText(breaker, now)}
          </span>
        </li>
      ))}
    </ul>
  );
}
