import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { AgentsTable } from '../../components/agents-table.tsx';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { useNow } from '../../components/use-now.ts';
import { useTitle } from '../../components/use-title.ts';
import { OpeningWords } from '../../components/words.tsx';
import { useServices } from '../../services.tsx';
import { fleetOpening } from '../../words/fleet.ts';
import { AddAgent } from './add-agent.tsx';

/** Every agent: its state, since when, and what it can measure. */
export function AgentsPage() {
  useTitle('Agents');
  const { queries } = useServices();
  const now = useNow();
  const agents = useQuery(queries.agents());
  return (
    <>
      <header className="page-head">
        <h1>Agents</h1>
        <OpeningWords opening={agents.data === undefined ? null : fleetOpening(agents.data, now)} />
      </header>
      <Panel title="All agents" actions={<AddAgent />}>
        <QueryView query={agents} what="the agents" skeleton={<Skeleton height={120} />}>
          {(items) =>
            items.length === 0 ? (
              <Empty>Agents and what they can measure appear here. Add the first: it is one line to paste on a machine.</Empty>
            ) : (
              <AgentsTable agents={items} now={now} />
            )
          }
        </QueryView>
      </Panel>
    </>
  );
}
