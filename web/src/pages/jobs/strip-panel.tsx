import { Skeleton } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { columnText, runStrip, stripOrder, type StripColumn } from '../../../../src/charts/run-strip.ts';
import type { Job } from '../../../../src/model/job.ts';
import type { RunsSummary } from '../../../../src/model/planned-run.ts';
import { Panel } from '../../components/panel.tsx';
import { Empty, QueryView } from '../../components/query-view.tsx';
import { useServices } from '../../services.tsx';
import { runsSentence } from '../../words/job-opening.ts';
import { sinceText, spanText, zoneText } from '../../words/time.ts';
import { jobRanges, spanSearch, toggledStatuses, type JobSearch, type JobView } from './job-search.ts';
import { RunStrip, StatusSwatch } from './run-strip.tsx';
import { useStripKeys } from './use-strip-keys.ts';

/** The end of the range moves on with the clock. */
const MOVE_ON_MS = 30_000;

interface StripPanelProps {
  readonly job: Job;
  readonly view: JobView;
  readonly onChange: (part: Partial<Record<keyof JobSearch, unknown>>) => void;
}

/** Planned against done over time. */
export function StripPanel({ job, view, onChange }: StripPanelProps) {
  const { queries } = useServices();
  const { words, hours, bucketS } = jobRanges[view.range];
  const summary = useQuery({ ...queries.runsSummary({ job: job.id, hours, bucketS }), refetchInterval: MOVE_ON_MS });
  return (
    <Panel title="Planned and done" note={`each column ${columnWords(bucketS)} of ${words}; ${zoneText()}`}>
      <QueryView query={summary} what="the runs" skeleton={<Skeleton height={96} />}>
        {(data) =>
          data.planned === 0 ? (
            <Empty>What was planned and what became of it appears here with the first run.</Empty>
          ) : (
            <Strip data={data} view={view} words={words} onChange={onChange} />
          )
        }
      </QueryView>
    </Panel>
  );
}

interface StripProps extends Omit<StripPanelProps, 'job'> {
  readonly data: RunsSummary;
  readonly words: string;
}

function Strip({ data, view, words, onChange }: StripProps) {
  const { ref, width } = useElementSize();
  const columns = runStrip(data);
  const open = (column: StripColumn): void => {
    onChange(spanSearch({ from: column.at, to: column.until }));
  };
  const keys = useStripKeys(columns, {
    onOpen: open,
    onLeave: () => {
      onChange({ from: undefined, to: undefined });
    },
  });
  const [first, last] = [columns[0]?.at ?? data.from, columns.at(-1)?.until ?? data.to];
  const chosen = view.span === null ? null : columns.findIndex((column) => column.at === view.span?.from);
  const spoken = keys.column === null ? '' : `${spanText({ from: keys.column.at, to: keys.column.until })}: ${columnText(keys.column)}`;
  return (
    <figure className="chart strip">
      <div
        className="chart-focus"
        ref={ref}
        tabIndex={0}
        role="img"
        aria-label={`${runsSentence(data, words)} The arrow keys read the columns, Enter lists the runs of one.`}
        {...keys.handlers}
      >
        {width > 0 && (
          <RunStrip
            columns={columns}
            width={width}
            marked={keys.index ?? chosen}
            titleOf={(column) => `${spanText({ from: column.at, to: column.until })}: ${columnText(column)}`}
            onOpen={open}
          />
        )}
      </div>
      <div className="strip-axis" aria-hidden="true">
        {[first, (first + last) / 2, last].map((at) => (
          <span key={at}>{sinceText(at, data.to)}</span>
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {spoken}
      </p>
      <div className="strip-legend" role="group" aria-label="Statuses to list">
        {stripOrder
          .filter((status) => data[status] > 0 || view.statuses.includes(status))
          .map((status) => (
            <button
              key={status}
              type="button"
              className="strip-status"
              aria-pressed={view.statuses.includes(status)}
              onClick={() => {
                onChange({ status: toggledStatuses(view.statuses, status) });
              }}
            >
              <StatusSwatch status={status} />
              {data[status].toLocaleString('en')} {status}
            </button>
          ))}
      </div>
    </figure>
  );
}

function columnWords(bucketS: number): string {
  if (bucketS < 3600) return `${bucketS / 60} minutes`;
  return `${bucketS / 3600} hours`;
}
