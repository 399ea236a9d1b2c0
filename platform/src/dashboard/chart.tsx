// Series over time as a figure: drawn on the server, with the same numbers as a table beneath it.
// The script draws it again from that table; without one nothing is missing. No inline style.
import { ChartTable } from './chart-table.tsx';
import {
  type ChartKind,
  type ChartSeries,
  type DrawnSeries,
  drawnOf,
  linesOf,
  round,
  type Tone,
} from './drawn-series.ts';
import { countText } from './figure-text.ts';
import { pointText, SPAN_NAMES, type TimeWindow } from './time-window.ts';

export type { ChartSeries, ChartValue } from './drawn-series.ts';

const PLOT = { width: 720, height: 120 };
const SPARK = { width: 96, height: 24 };

export interface ChartProps {
  /** Unique in the page and the same on every refresh. */
  id: string;
  title: string;
  /** Of the values, in the plural: `facts`, `requests`, `ms`. */
  unit: string;
  window: TimeWindow;
  /** At least one; the first is what the summary is about. */
  series: readonly ChartSeries[];
  /** Bars (the usual) are counts of each point, one in front of the other; lines are levels. */
  kind?: ChartKind;
}

export function Chart(props: ChartProps) {
  const { id, window, kind = 'bars' } = props;
  const drawn = props.series.map((series, index) => drawnOf(series, index, window, kind));
  const shown = drawn.filter(({ hidden }) => !hidden);
  const peak = Math.max(0, ...shown.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const summary = summaryOf(props, drawn[0]?.values ?? [], kind);
  return (
    <figure
      class="chart"
      id={id}
      data-chart={kind}
      data-unit={props.unit}
      data-from={window.from}
      data-to={window.to}
      data-step={window.stepMs}
    >
      <figcaption>
        <h2>
          {props.title} <span class="count">{summary}</span>
        </h2>
      </figcaption>
      <div class={peak > 0 ? 'plot' : 'plot is-empty'} id={`${id}-plot`}>
        {peak > 0 && <span class="peak figures">{`peak ${countText(peak)}`}</span>}
        <Drawing series={shown} peak={peak} kind={kind} label={`${props.title}: ${summary}`} />
        {peak === 0 && (
          <p class="nothing">{`No ${kind === 'bars' ? props.unit : 'values'} in this time`}</p>
        )}
      </div>
      <p class="axis figures">
        <span>{pointText(window, new Date(window.from).toISOString())}</span>
        <span>now (UTC)</span>
      </p>
      <ChartTable id={`${id}-table`} window={window} series={drawn} />
    </figure>
  );
}

function Drawing(props: {
  series: readonly DrawnSeries[];
  peak: number;
  kind: ChartKind;
  label: string;
}) {
  const { kind, peak } = props;
  return (
    <svg
      viewBox={`0 0 ${PLOT.width} ${PLOT.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      {props.series.map((series) =>
        kind === 'bars' ? (
          <Bars series={series} peak={peak} />
        ) : (
          linesOf(series.values, peak, PLOT).map((points) => (
            <polyline class={`line is-${series.colour}`} points={points} />
          ))
        ),
      )}
    </svg>
  );
}

function Bars(props: { series: DrawnSeries; peak: number }) {
  const { values, colour } = props.series;
  const slot = PLOT.width / Math.max(1, values.length);
  const scale = (PLOT.height - 2) / Math.max(1, props.peak);
  return (
    <g class={`bars is-${colour}`}>
      {values.map((value, index) => {
        if (value === null || value <= 0) return null;
        const height = Math.max(2, value * scale);
        return (
          <rect
            x={round(index * slot + slot * 0.12)}
            y={round(PLOT.height - height)}
            width={round(slot * 0.76)}
            height={round(height)}
          />
        );
      })}
    </g>
  );
}

export interface SparklineProps {
  /** Oldest first; `null` where nothing is known. */
  values: readonly (number | null)[];
  /** What it shows, in words. */
  label: string;
  tone?: Tone;
}

/** A series the size of a word. */
export function Sparkline(props: SparklineProps) {
  const peak = Math.max(0, ...props.values.map((value) => value ?? 0));
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      {linesOf(props.values, peak, SPARK).map((points) => (
        <polyline class={`line is-${props.tone ?? 'first'}`} points={points} />
      ))}
    </svg>
  );
}

/** Counts add up; of levels the latest is what matters. */
function summaryOf(props: ChartProps, values: readonly (number | null)[], kind: ChartKind): string {
  const span = props.window.span ?? SPAN_NAMES[props.window.resolution];
  if (kind === 'bars') {
    const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    return `${countText(total)} in the ${span}`;
  }
  const latest = values.findLast((value) => value !== null) ?? null;
  return latest === null ? `nothing in the ${span}` : `latest ${countText(latest)} ${props.unit}`;
}
