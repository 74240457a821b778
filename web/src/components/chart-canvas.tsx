import { CustomChart, LineChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, LegendComponent, LegendScrollComponent, TooltipComponent } from 'echarts/components';
import { init, use as register, type ECharts, type EChartsCoreOption } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

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
}

/** Draws an option and keeps it drawn through resizing; decoration, whose words stand beside it. */
export function ChartCanvas({ option, height, at }: ChartCanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const drawn = init(element);
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

  return <div ref={host} className="chart-canvas" style={{ height }} aria-hidden="true" />;
}
