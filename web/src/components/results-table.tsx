import { Link } from '@tanstack/react-router';
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { StateTone } from '../../../src/charts/theme.ts';
import type { Result, Status } from '../../../src/model/result.ts';
import { headline, kindTitle } from '../words/metrics.ts';
import { timeText } from '../words/time.ts';
import { StateShape } from './icons.tsx';
import { Moment } from './moment.tsx';
import type { HeldRows } from './use-held-rows.ts';

/** What each status asks of the reader. */
export const statusTones: Readonly<Record<Status, StateTone>> = { success: 'good', failed: 'bad', timeout: 'bad', skipped: 'unknown' };

interface ResultsTableProps {
  readonly held: HeldRows<Result>;
  readonly now: number;
}

// Roles are said although a table has them: browsers forget them where a row is laid out as a grid, on a phone.

/** The latest results. Rows wait while the pointer or the focus is on the table: nothing moves under the hand. */
export function ResultsTable({ held, now }: ResultsTableProps) {
  const { rows, waiting } = held;
  // Rows that were there at first do not slide in.
  const [first] = useState(() => new Set(rows.map((row) => row.id)));
  return (
    <div
      className="results"
      onPointerEnter={(event) => {
        if (event.pointerType === 'mouse') held.hold('pointer');
      }}
      onPointerLeave={() => {
        held.release('pointer');
      }}
      onFocus={() => {
        held.hold('focus');
      }}
      onBlur={() => {
        held.release('focus');
      }}
    >
      <div className="waiting" role="status">
        {waiting > 0 && (
          <>
            <span>{waiting} newer, held while you read.</span>
            <Button size="compact-xs" variant="default" onClick={held.refresh}>
              Show
            </Button>
          </>
        )}
      </div>
      <table className="table results-table" role="table">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              Time
            </th>
            <th role="columnheader" scope="col">
              Agent
            </th>
            <th role="columnheader" scope="col">
              Destination
            </th>
            <th role="columnheader" scope="col">
              Kind
            </th>
            <th role="columnheader" scope="col">
              Status
            </th>
            <th role="columnheader" scope="col" className="number">
              Measured
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <ResultRow key={row.id} row={row} now={now} arrived={!first.has(row.id)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ResultRow({ row, now, arrived }: { readonly row: Result; readonly now: number; readonly arrived: boolean }) {
  const tone = statusTones[row.status];
  const measured = headline(row);
  return (
    <tr role="row" className={arrived ? 'arrived' : undefined} data-result={row.id}>
      <td role="cell" className="time">
        <Moment at={row.started_at} text={timeText(row.started_at, now)} />
      </td>
      <td role="cell" className="agent name">
        <Link to="/agents/$agent" params={{ agent: row.agent }}>
          {row.agent}
        </Link>
      </td>
      <td role="cell" className="name">
        {row.destination === null ? (
          <span className="dim">itself</span>
        ) : (
          <Link to="/destinations/$destination" params={{ destination: row.destination }}>
            {row.destination}
          </Link>
        )}
      </td>
      <td role="cell" className="kind">
        {kindTitle(row.kind)}
      </td>
      <td role="cell" className="status">
        <span className={`state tone-${tone}`}>
          <StateShape tone={tone} />
          <span className="status-word">{row.status}</span>
        </span>
        {row.failure !== null && <span className="failure">{row.failure.message}</span>}
      </td>
      <td role="cell" className="number">
        {measured !== null && (
          <>
            <span className="dim metric-title">{measured.title}</span> {measured.text}
          </>
        )}
      </td>
    </tr>
  );
}
