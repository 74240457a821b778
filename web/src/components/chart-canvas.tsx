import { CustomChart, LineChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, LegendComponent, LegendScrollComponent, TooltipComponent } from 'echarts/components';
import { connect, init, use as register, type ECharts, type EChartsCoreOption } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef, useState, type PointerEvent } from 'react';

register([
  LineChart,
  CustomChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  LegendScrollComponent,
  AxisPointerComponent,
  LabelLayout,
  CanvasRenderer,
]);

interface ChartCanvasProps {
  readonly option: EChartsCoreOption;
  readonly height: number;
  /** Where the crosshair and the tooltip stand while they are moved by keys. */
  readonly at: number | null;
  /** What was drawn over with the mouse: two instants, in any order. */
  readonly onSelect?: ((from: number, to: number) => void) | undefined;
  /** A double click. */
  readonly onBack?: (() => void) | undefined;
}

/** Less than this is a click with an unsteady hand. */
const SHORTEST_DRAG_PX = 6;
/** Charts of one page move their crosshairs together. */
const GROUP = 'page';
connect(GROUP);

/** Draws an option and keeps it drawn through resizing; decoration, whose words stand beside it. */
export function ChartCanvas({ option, height, at, onSelect, onBack }: ChartCanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const drawn = init(element);
    drawn.group = GROUP;
    chart.current = drawn;
    const observer = new ResizeObserver(() => {
      drawn.resize();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    // Lines and axes come and go with the agents and the scale; the tooltip stays where it is.
    chart.current?.setOption(option, { replaceMerge: ['series', 'xAxis', 'yAxis', 'grid'] });
    // For tests and screenshots: a canvas does not say what is on it.
    host.current?.setAttribute('data-drawn', 'true');
  }, [option]);

  useEffect(() => {
    const drawn = chart.current;
    if (drawn === null) return;
    const x = at === null ? NaN : drawn.convertToPixel({ xAxisIndex: 0 }, at);
    // A fifth of the height is inside the plot, whatever stands above and below it.
    drawn.dispatchAction(Number.isFinite(x) ? { type: 'showTip', x, y: height / 5 } : { type: 'hideTip' });
  }, [option, at, height]);

  const drag = useDrag((from, to) => {
    const drawn = chart.current;
    if (drawn === null || onSelect === undefined) return;
    const [a, b] = [from, to].map((x) => drawn.convertFromPixel({ xAxisIndex: 0 }, x));
    if (a !== undefined && b !== undefined) onSelect(a, b);
  }, onSelect !== undefined);
  return (
    <div className="chart-drag" aria-hidden="true" onDoubleClick={onBack} {...drag.handlers}>
      <div ref={host} className="chart-canvas" style={{ height }} />
      {drag.from !== null && <div className="chart-selection" style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }} />}
    </div>
  );
}

/** A stretch drawn over with the mouse; a finger scrolls the page. */
function useDrag(onEnd: (from: number, to: number) => void, enabled: boolean) {
  const [stretch, setStretch] = useState<{ from: number; to: number } | null>(null);
  const xOf = (event: PointerEvent<HTMLElement>): number => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const long = stretch !== null && Math.abs(stretch.to - stretch.from) >= SHORTEST_DRAG_PX;
  return {
    from: long ? stretch.from : null,
    to: stretch?.to ?? 0,
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        if (!enabled || event.pointerType !== 'mouse' || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setStretch({ from: xOf(event), to: xOf(event) });
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        const to = xOf(event);
        setStretch((old) => old && { ...old, to });
      },
      onPointerUp: () => {
        if (long) onEnd(stretch.from, stretch.to);
        setStretch(null);
      },
      onPointerCancel: () => {
        setStretch(null);
      },
    },
  };
}
