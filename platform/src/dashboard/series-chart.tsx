// A series as bars, drawn on the server, with the same numbers as a table beneath it. Needs no
// script, and no inline style: the policy of the pages allows neither.
import type { SeriesPoint } from '../stats/stats-view.ts';
import { countText } from './figure-text.ts';
import { fillWindow, SPAN_NAMES, type TimeWindow } from './time-window.ts';

const WIDTH = 720;
const HEIGHT = 120;

export interface SeriesChartProps {
  title: string;
  window: TimeWindow;
  points: readonly SeriesPoint[];
}

export function SeriesChart(props: SeriesChartProps) {
  const { window } = props;
  const points = fillWindow(window, props.points);
  const peak = Math.max(...points.map(({ facts }) => facts));
  const total = points.reduce((sum, { facts }) => sum + facts, 0);
  const summary = `${countText(total)} in the ${SPAN_NAMES[window.resolution]}`;
  return (
    <figure class="chart">
      <figcaption>
        <h2>
          {props.title} <span class="count">{summary}</span>
        </h2>
      </figcaption>
      <div class={peak > 0 ? 'plot' : 'plot is-empty'}>
        {peak > 0 && <span class="peak figures">{`peak ${countText(peak)}`}</span>}
        <Bars points={points} peak={peak} label={`${props.title}: ${summary}`} />
        {peak === 0 && <p class="nothing">No facts in this time</p>}
      </div>
      <p class="axis figures">
        <span>{pointText(window, new Date(window.from).toISOString())}</span>
        <span>now (UTC)</span>
      </p>
      <SeriesTable window={window} points={points} />
    </figure>
  );
}

function Bars(props: { points: readonly SeriesPoint[]; peak: number; label: string }) {
  const slot = WIDTH / Math.max(1, props.points.length);
  const scale = (HEIGHT - 2) / Math.max(1, props.peak);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      {props.points.map(({ facts }, index) => {
        if (facts === 0) return null;
        const height = Math.max(2, facts * scale);
        return (
          <rect
            x={round(index * slot + slot * 0.12)}
            y={round(HEIGHT - height)}
            width={round(slot * 0.76)}
            height={round(height)}
          />
        );
      })}
    </svg>
  );
}

function SeriesTable(props: { window: TimeWindow; points: readonly SeriesPoint[] }) {
  const shown = props.points.filter(hasSomething).toReversed();
  return (
    <details>
      <summary>As a table</summary>
      {shown.length === 0 ? (
        <p class="quiet">Nothing was reported for this time.</p>
      ) : (
        <table class="dense">
          <thead>
            <tr>
              <th scope="col">{`From (UTC), one ${props.window.resolution}`}</th>
              <th scope="col" class="amount">
                Facts
              </th>
              <th scope="col" class="amount">
                Refusals
              </th>
              <th scope="col" class="amount">
                Errors
              </th>
              <th scope="col" class="amount wide">
                Cache hits
              </th>
              <th scope="col" class="amount wide">
                Cache misses
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((point) => (
              <tr>
                <td class="figures">{pointText(props.window, point.start)}</td>
                <td class="amount">{countText(point.facts)}</td>
                <td class="amount">{countText(point.refusals)}</td>
                <td class="amount">{countText(point.errors)}</td>
                <td class="amount wide">{countText(point.cache_hits)}</td>
                <td class="amount wide">{countText(point.cache_misses)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function hasSomething(point: SeriesPoint): boolean {
  const { facts, refusals, errors, cache_hits, cache_misses } = point;
  return facts + refusals + errors + cache_hits + cache_misses > 0;
}

/** As exact as the resolution: a time of day, a day and its time, or a day. */
function pointText(window: TimeWindow, start: string): string {
  if (window.resolution === 'minute') return start.slice(11, 16);
  return window.resolution === 'hour' ? start.slice(5, 16).replace('T', ' ') : start.slice(0, 10);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
