import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import type { LatencyView } from '../pages/view-search.ts';
import { isRange, rangeKeys, ranges, type RangeKey } from '../words/ranges.ts';
import { spanText } from '../words/time.ts';

const choices = rangeKeys.map((key) => ({ value: key, label: ranges[key].label }));

interface RangeControlProps {
  readonly view: Pick<LatencyView, 'span'>;
  readonly range: RangeKey;
  readonly onChange: (change: Partial<LatencyView>) => void;
}

/** The one time range of a page's charts; while they are zoomed, the way back. A row of buttons, or a list where it is narrow. */
export function RangeControl({ view, range, onChange }: RangeControlProps) {
  const choose = (key: string): void => {
    if (isRange(key)) onChange({ range: key });
  };
  return (
    <div className="range-control">
      {view.span !== null && (
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            onChange({ span: null });
          }}
        >
          {spanText(view.span)}: back to now
        </Button>
      )}
      <SegmentedControl
        className="range-wide"
        aria-label="Time range"
        size="xs"
        data={choices}
        value={view.span === null ? range : ''}
        onChange={choose}
      />
      <NativeSelect
        className="range-narrow"
        aria-label="Time range"
        size="xs"
        data={view.span === null ? choices : [{ value: '', label: 'zoomed' }, ...choices]}
        value={view.span === null ? range : ''}
        onChange={(event) => {
          choose(event.currentTarget.value);
        }}
      />
    </div>
  );
}

interface ScaleControlProps {
  readonly scale: 'linear' | 'log';
  readonly onChange: (change: Partial<LatencyView>) => void;
}

export function ScaleControl({ scale, onChange }: ScaleControlProps) {
  return (
    <SegmentedControl
      aria-label="Scale"
      size="xs"
      data={[
        { value: 'linear', label: 'linear' },
        { value: 'log', label: 'log' },
      ]}
      value={scale}
      onChange={(chosen) => {
        onChange({ scale: chosen === 'log' ? 'log' : 'linear' });
      }}
    />
  );
}
