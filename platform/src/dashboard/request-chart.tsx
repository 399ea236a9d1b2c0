// Requests over time as every page draws them: all of them, and beside them what was refused and what
// failed. It reads nothing.
import { Chart } from './chart.tsx';
import type { TimeWindow } from './time-window.ts';

interface RequestChartPoint {
  readonly start: string;
  readonly requests: number;
  readonly refusals: number;
  readonly errors: number;
}

/** `failed` is what the page calls answers of 5xx. */
export function RequestChart(props: {
  id: string;
  window: TimeWindow;
  points: readonly RequestChartPoint[];
  failed: string;
}) {
  const { id, window, points, failed } = props;
  const valuesOf = (field: 'requests' | 'refusals' | 'errors') =>
    points.map((point) => ({ start: point.start, value: point[field] }));
  return (
    <Chart
      id={id}
      title={`Requests per ${window.resolution}`}
      unit="requests"
      window={window}
      series={[
        { name: 'Requests', values: valuesOf('requests') },
        { name: 'Refused', values: valuesOf('refusals'), tone: 'warn' },
        { name: failed, values: valuesOf('errors'), tone: 'bad' },
      ]}
    />
  );
}
