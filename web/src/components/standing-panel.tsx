import { Skeleton } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { compareText } from '../pages/list-search.ts';
import { useServices } from '../services.tsx';
import { headline, kindTitle } from '../words/metrics.ts';
import { cellKey, cellState, compareStanding, standing, type Cell, type CellState, type StandingRow } from '../words/standing.ts';
import { agoText } from '../words/time.ts';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Agent } from '../../../src/model/agent.ts';
import type { Result } from '../../../src/model/result.ts';
import { StateShape } from './icons.tsx';
import { Moment } from './moment.tsx';
import { Panel } from './panel.tsx';
import { Empty, QueryView } from './query-view.tsx';
import { statusTones } from './results-table.tsx';
import { useSteadyOrder } from './use-steady-order.ts';

/** Cells whose newest result is older than the latest results are asked for one by one, at most so many. */
const MOST_ASKED = 40;

interface StandingPanelProps {
  readonly now: number;
}

/** How things stand: the newest result of each agent and destination. Failing first at first; then nothing changes places. */
export function StandingPanel({ now }: StandingPanelProps) {
  const { queries } = useServices();
  const agents = useQuery(queries.agents());
  const destinations = useQuery(queries.destinations());
  const jobs = useQuery(queries.jobs());
  const recent = useQuery(queries.recent());
  const from =
    agents.data === undefined || destinations.data === undefined || jobs.data === undefined || recent.data === undefined
      ? null
      : { agents: agents.data, destinations: destinations.data, jobs: jobs.data, results: recent.data.items };
  return (
    <Panel title="How things stand" note="The newest result of each agent; overdue where it is older than its job allows">
      <QueryView query={recent} what="the latest results" skeleton={<Skeleton height={160} />}>
        {() => from !== null && <Standing rows={standing(from)} agents={from.agents} complete={recent.data?.complete === true} now={now} />}
      </QueryView>
    </Panel>
  );
}

interface StandingProps {
  readonly rows: readonly StandingRow[];
  readonly agents: readonly Agent[];
  /** Nothing older exists: what is not there was never measured. */
  readonly complete: boolean;
  readonly now: number;
}

function Standing({ rows, agents, complete, now }: StandingProps) {
  const { queries } = useServices();
  const missing = complete ? [] : rows.flatMap((row) => [...row.cells.values()]).filter((cell) => cell.result === null);
  const asked = missing.slice(0, MOST_ASKED);
  const answers = useQueries({ queries: asked.map(({ pair }) => queries.latest(pair)) });
  const waiting = answers.some((answer) => answer.isLoading);
  const older = new Map(asked.map(({ pair }, i) => [cellKey(pair), answers[i]?.data ?? null]));
  const filled = rows.map((row) => ({
    ...row,
    cells: new Map(
      [...row.cells].map(([id, cell]) => [id, cell.result === null ? { ...cell, result: older.get(cellKey(cell.pair)) ?? null } : cell]),
    ),
  }));
  // The order is made once all is known that is asked for.
  if (waiting) return <Skeleton className="appear-late" height={160} />;
  if (rows.length === 0)
    return (
      <Empty>
        The newest result of each agent and destination appears here. <Link to="/jobs">Add a job</Link>: it says who measures what.
      </Empty>
    );
  const measuring = agents.filter((agent) => rows.some((row) => row.cells.has(agent.id))).sort((a, b) => compareText(a.name, b.name));
  return <Matrix rows={filled} agents={measuring} now={now} />;
}

interface MatrixProps {
  readonly rows: readonly StandingRow[];
  readonly agents: readonly Agent[];
  readonly now: number;
}

function Matrix({ rows, agents, now }: MatrixProps) {
  const ordered = useSteadyOrder(rows, { keyOf: (row) => row.key, compare: compareStanding, choice: '' });
  return (
    <div className="table-across" tabIndex={0} role="region" aria-label="How things stand, by agent">
      <table className="table matrix">
        <thead>
          <tr>
            <th scope="col">Destination</th>
            <th scope="col">Kind</th>
            {agents.map((agent) => (
              <th key={agent.id} scope="col">
                <Link to="/agents/$agent" params={{ agent: agent.name }}>
                  {agent.name}
                </Link>
                {agent.state !== 'online' && <span className="dim"> {agent.state}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ordered.map((row) => (
            <tr key={row.key} data-standing={row.key}>
              <th scope="row" className="name">
                {row.destination === null ? (
                  <span className="dim">the agent itself</span>
                ) : (
                  <Link to="/destinations/$destination" params={{ destination: row.destination }}>
                    {row.destination}
                  </Link>
                )}
              </th>
              <td>{kindTitle(row.kind)}</td>
              {agents.map((agent) => (
                <td key={agent.id}>
                  <CellWords cell={row.cells.get(agent.id)} now={now} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CellWords({ cell, now }: { readonly cell: Cell | undefined; readonly now: number }) {
  if (cell === undefined) return <span className="dim">–</span>;
  const { result } = cell;
  const state = cellState(cell, now);
  if (result === null)
    return (
      <span className={`state tone-${state === 'overdue' ? 'attention' : 'unknown'}`}>
        <StateShape tone={state === 'overdue' ? 'attention' : 'unknown'} />
        {state === 'overdue' ? 'nothing came' : 'nothing yet'}
      </span>
    );
  const tone = toneOf(result, state);
  return (
    <span className={`state tone-${tone}`} title={result.failure?.message}>
      <StateShape tone={tone} />
      <span className="cell-words">
        <span>
          <Value result={result} />
        </span>
        <span className={state === 'overdue' ? undefined : 'dim'}>
          <Moment at={result.started_at} text={agoText(result.started_at, now)} />
          {state === 'overdue' && ', overdue'}
        </span>
      </span>
    </span>
  );
}

/** What is overdue asks for a look, however well it was; what nobody plans says nothing of now. */
function toneOf({ status }: Result, state: CellState): StateTone {
  const tone = statusTones[status];
  return state === 'overdue' && tone !== 'bad' ? 'attention' : tone;
}

function Value({ result }: { readonly result: Result }) {
  const measured = result.status === 'success' ? headline(result) : null;
  if (measured === null) return result.status;
  return (
    <>
      <span className="dim wide">{measured.title}</span> {measured.text}
    </>
  );
}
