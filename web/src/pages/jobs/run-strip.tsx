import { useId } from 'react';
import type { StripColumn } from '../../../../src/charts/run-strip.ts';
import type { RunStatus } from '../../../../src/model/planned-run.ts';

const HEIGHT_PX = 56;
/** Between columns, where there is room for it. */
const GAP_PX = 1;

interface RunStripProps {
  readonly columns: readonly StripColumn[];
  readonly width: number;
  /** The column the keys are at, or whose runs are listed. */
  readonly marked: number | null;
  readonly titleOf: (column: StripColumn) => string;
  readonly onOpen: (column: StripColumn) => void;
}

/** Columns of what became of the runs planned in them; told apart by form as well as by colour. */
export function RunStrip({ columns, width, marked, titleOf, onOpen }: RunStripProps) {
  const id = useId();
  const step = width / Math.max(1, columns.length);
  const gap = step > 4 ? GAP_PX : 0;
  return (
    <svg className="run-strip" width={width} height={HEIGHT_PX} aria-hidden="true" focusable="false">
      <StripPatterns id={id} />
      {columns.map((column, i) => (
        <g key={column.at} className="run-column" onClick={() => onOpen(column)}>
          <title>{titleOf(column)}</title>
          <rect className="run-ground" x={i * step} y={0} width={step} height={HEIGHT_PX} data-marked={marked === i} />
          {column.parts.map(({ status, from, to }) => (
            <rect
              key={status}
              data-status={status}
              fill={fillOf(status, id)}
              className={`run-part run-${status}`}
              x={i * step}
              y={(1 - to) * HEIGHT_PX}
              width={Math.max(1, step - gap)}
              height={(to - from) * HEIGHT_PX}
            />
          ))}
        </g>
      ))}
    </svg>
  );
}

/** The look of one status, for the legend. */
export function StatusSwatch({ status }: { readonly status: RunStatus }) {
  const id = useId();
  return (
    <svg className="run-strip" width={12} height={12} aria-hidden="true" focusable="false">
      <StripPatterns id={id} />
      <rect className={`run-part run-${status}`} fill={fillOf(status, id)} x={0.5} y={0.5} width={11} height={11} />
    </svg>
  );
}

/** Missing is hatched, timeouts are striped, skipped runs are dotted: apart in grey-scale too. */
function StripPatterns({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={`${id}-missing`} width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="hatch-ground" width={5} height={5} />
        <rect className="hatch-line" width={1.8} height={5} />
      </pattern>
      <pattern id={`${id}-timeout`} width={4} height={4} patternUnits="userSpaceOnUse">
        <rect className="timeout-ground" width={4} height={4} />
        <rect className="timeout-line" width={4} height={1.2} />
      </pattern>
      <pattern id={`${id}-skipped`} width={4} height={4} patternUnits="userSpaceOnUse">
        <circle className="skipped-dot" cx={2} cy={2} r={0.9} />
      </pattern>
    </defs>
  );
}

const patterned: readonly RunStatus[] = ['missing', 'timeout', 'skipped'];

function fillOf(status: RunStatus, id: string): string | undefined {
  return patterned.includes(status) ? `url(#${id}-${status})` : undefined;
}
