// What can be measured for an alert, and how an alert about it reads. Pure: the counts come from
// outside, and which value is too much is a rule's to say.
import type { Figures, Span } from './figures.ts';

const MINUTE_MS = 60_000;

/** A period counts as missing once this many later ones have come: the queue may turn two around. */
const LATER_PERIODS = 2;

/** What was measured, in how much: `of` is compared with the minimum of a rule. */
export interface Reading {
  readonly value: number;
  readonly of: number;
}

export interface Metric {
  readonly what: string;
  readonly unit: 'share' | 'minutes' | 'count';
  /** What its `minimum` counts. */
  readonly traffic: 'requests' | 'writes' | null;
  /** The platform itself, or each tenant. */
  readonly about: 'tenant' | 'platform' | 'both';
  measure(figures: Figures, span: Span): Reading;
  /** Goes on after the tenant's name, or after "The platform". */
  text(reading: Reading, minutes: number): string;
}

const METRICS_BY_NAME = {
  error_share: {
    what: 'share of requests that the dispatcher answered 5xx',
    unit: 'share',
    traffic: 'requests',
    about: 'both',
    measure: (figures, span) => {
      const { requests, errors } = figures.requests(span);
      return { value: share(errors, requests), of: requests };
    },
    text: ({ value, of }, minutes) =>
      `answered ${percent(value)} of ${plural(of, 'request')} with a server error in ${within(minutes)}.`,
  },
  flush_lag_minutes: {
    what: 'age of the oldest write that no report of the tenant’s ledgers covers yet',
    unit: 'minutes',
    traffic: 'writes',
    about: 'tenant',
    measure: (figures, span) => {
      const { lastEnd } = figures.reports();
      const since = { from: Math.max(span.from, lastEnd), to: span.to };
      // A minute that a report ended in may have writes from after it; those come with the next.
      const uncovered = figures.writes(since).filter(({ start }) => start >= lastEnd);
      const [oldest] = uncovered;
      // At least that old, wherever in its minute it was.
      const age = oldest ? (span.to - oldest.start - MINUTE_MS) / MINUTE_MS : 0;
      return { value: round(Math.max(age, 0)), of: sum(uncovered.map(({ writes }) => writes)) };
    },
    text: ({ value, of }) =>
      `took ${plural(of, 'write')} of which its ledgers have reported nothing for ${within(Math.floor(value))}.`,
  },
  missing_reports: {
    what: 'reports of the tenant’s ledgers that were skipped, among as many as the window has minutes',
    unit: 'count',
    traffic: null,
    about: 'tenant',
    measure: (figures, { from, to }) => {
      const { lastEnd, lastPeriod, missing } = figures.reports();
      if (lastEnd < from) return { value: 0, of: 0 };
      const first = lastPeriod - (to - from) / MINUTE_MS;
      const last = lastPeriod - LATER_PERIODS;
      const counts = missing.map((run) =>
        Math.max(0, Math.min(run.last, last) - Math.max(run.first, first) + 1),
      );
      return { value: Math.floor(sum(counts)), of: 0 };
    },
    text: ({ value }) =>
      `is missing ${plural(value, 'report')}: its counts per minute may be too low.`,
  },
  breaker_openings: {
    what: 'requests refused with `circuit_open`, and breakers opened in the tenant’s ledgers',
    unit: 'count',
    traffic: null,
    about: 'tenant',
    measure: (figures, span) => {
      const refused = figures.answeredWith('circuit_open', span);
      return { value: refused + figures.breakerOpenings(span), of: 0 };
    },
    text: ({ value }, minutes) =>
      `had a breaker open: ${plural(value, 'refusal or opening', 'refusals and openings')} in ${within(minutes)}.`,
  },
  rate_limited_share: {
    what: 'share of requests refused with `rate_limited`',
    unit: 'share',
    traffic: 'requests',
    about: 'tenant',
    measure: (figures, span) => {
      const { requests } = figures.requests(span);
      return { value: share(figures.answeredWith('rate_limited', span), requests), of: requests };
    },
    text: ({ value, of }, minutes) =>
      `is at the limit of its plan: ${percent(value)} of ${plural(of, 'request')} refused in ${within(minutes)}.`,
  },
  dead_letters: {
    what: 'messages to the platform that its queue gave up on',
    unit: 'count',
    traffic: null,
    about: 'platform',
    measure: (figures, span) => ({ value: figures.deadLetters(span), of: 0 }),
    text: ({ value }, minutes) =>
      `could not use ${plural(value, 'message')} in ${within(minutes)}: see the dead letters.`,
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS_BY_NAME;

export const METRICS: Readonly<Record<MetricName, Metric>> = METRICS_BY_NAME;

/** The names of all metrics, as a rule may give them. */
export const METRIC_NAMES = [
  'error_share',
  'flush_lag_minutes',
  'missing_reports',
  'breaker_openings',
  'rate_limited_share',
  'dead_letters',
] as const satisfies readonly MetricName[];

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(part / whole, 1) : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function percent(value: number): string {
  return `${round(value * 100)}%`;
}

function within(minutes: number): string {
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
