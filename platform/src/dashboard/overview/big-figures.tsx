// The four numbers an operator looks at first, of the last hour beside the hour before, each with its
// course. Pure; it counts nothing itself.
import type { FactSeriesPoint } from '../../stats/overview-reader.ts';
import { percentileMs } from '../../stats/percentile.ts';
import type { RequestPoint } from '../../stats/request-view.ts';
import { Sparkline } from '../chart.tsx';
import { countText } from '../figure-text.ts';
import { durationText } from '../page-layout.tsx';
import type { TimeWindow } from '../time-window.ts';
import { percentText, rateText } from './percent-text.ts';
import { sumRequests } from './request-sums.ts';

export interface Hour {
  readonly facts: readonly FactSeriesPoint[];
  readonly requests: readonly RequestPoint[];
}

export interface BigFigure {
  readonly name: string;
  readonly value: string;
  readonly before: string;
  /** A minute each, oldest first; `null` where nothing was counted. */
  readonly course: readonly (number | null)[];
  readonly tone?: 'bad' | 'warn';
}

const HOUR_S = 3_600;
/** Of requests answered 5xx. */
const BAD_SHARE = 0.05;

export function bigFigures(last: Hour, before: Hour, window: TimeWindow): BigFigure[] {
  const [now, then] = [sumRequests(last.requests), sumRequests(before.requests)];
  const facts = (hour: Hour): number => hour.facts.reduce((sum, point) => sum + point.facts, 0);
  const requests = new Map(last.requests.map((point) => [point.start, point]));
  const written = new Map(last.facts.map((point) => [point.start, point.facts]));
  const course = (of: (start: string) => number | null): (number | null)[] => {
    const minutes = (window.to - window.from) / window.stepMs;
    return Array.from({ length: minutes }, (_, minute) =>
      of(new Date(window.from + minute * window.stepMs).toISOString()),
    );
  };
  const p95 = ({ latency }: { latency: readonly number[] }) => percentileMs(latency, 0.95);
  const errors = (start: string): number | null => {
    const point = requests.get(start);
    return point && point.requests > 0 ? point.errors / point.requests : null;
  };
  return [
    {
      name: 'Requests',
      value: countText(now.requests),
      before: changeText(now.requests, then.requests, countText(then.requests)),
      course: course((start) => requests.get(start)?.requests ?? 0),
    },
    {
      name: 'Error share',
      value: percentText(now.errors, now.requests),
      before: then.requests === 0 ? NOTHING : percentText(then.errors, then.requests),
      course: course(errors),
      ...(now.errors > now.requests * BAD_SHARE && { tone: 'bad' as const }),
    },
    {
      name: 'p95',
      value: msText(p95(now)),
      before: then.requests === 0 ? NOTHING : msText(p95(then)),
      course: course((start) => {
        const point = requests.get(start);
        return point ? p95(point) : null;
      }),
    },
    {
      name: 'Facts per second',
      value: rateText(facts(last) / HOUR_S),
      before: changeText(facts(last), facts(before), rateText(facts(before) / HOUR_S)),
      course: course((start) => written.get(start) ?? 0),
    },
  ];
}

const NOTHING = 'nothing';

/** `1,100, now 12 % more`. */
function changeText(now: number, before: number, text: string): string {
  if (before === 0) return NOTHING;
  const percent = Math.round((now / before - 1) * 100);
  if (percent === 0) return `${text}, about the same`;
  if (now >= before * 3) return `${text}, now ${Math.round(now / before)} times that`;
  return `${text}, now ${Math.abs(percent)} % ${percent > 0 ? 'more' : 'less'}`;
}

export function msText(ms: number | null): string {
  return ms === null ? '–' : durationText(ms);
}

export function BigFigures(props: { figures: readonly BigFigure[] }) {
  return (
    <dl class="big-figures">
      {props.figures.map(({ name, value, before, course, tone }) => (
        <div>
          <dt>{name}</dt>
          <dd class={tone === undefined ? 'value figures' : `value figures ${tone}`}>{value}</dd>
          <dd class="note">{`hour before: ${before}`}</dd>
          <dd class="course">
            <Sparkline
              values={course}
              label={`${name}, minute by minute in the last hour`}
              {...(tone !== undefined && { tone })}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}
