// Sums of requests, and the columns that hold them: one for each bucket, so that the database adds
// histograms up as it adds numbers. Pure.
import { LATENCY_BOUNDS_MS } from '@z0-app/dispatcher/request-counts';
import type { RequestCounts } from './request-view.ts';

const BUCKETS = LATENCY_BOUNDS_MS.map((_, bucket) => bucket).concat(LATENCY_BOUNDS_MS.length);
const NUMBERS = ['requests', 'writes', 'refusals', 'errors'] as const;

/** In the order of `columnValues`. */
export const REQUEST_COLUMNS: readonly string[] = [
  ...NUMBERS,
  ...BUCKETS.map((bucket) => `latency_${bucket}`),
];

/** A row that has the columns, and others perhaps. */
export type RequestRow = Record<string, number | string>;

export const NO_REQUESTS: RequestCounts = {
  requests: 0,
  writes: 0,
  refusals: 0,
  errors: 0,
  latency: BUCKETS.map(() => 0),
};

export function columnValues(counts: RequestCounts): number[] {
  return [...NUMBERS.map((name) => counts[name]), ...counts.latency];
}

export function fromRow(row: RequestRow): RequestCounts {
  return {
    requests: Number(row.requests),
    writes: Number(row.writes),
    refusals: Number(row.refusals),
    errors: Number(row.errors),
    latency: BUCKETS.map((bucket) => Number(row[`latency_${bucket}`])),
  };
}

/** Both together, and nothing else that they hold. */
export function addRequests(one: RequestCounts, other: RequestCounts): RequestCounts {
  return {
    requests: one.requests + other.requests,
    writes: one.writes + other.writes,
    refusals: one.refusals + other.refusals,
    errors: one.errors + other.errors,
    latency: BUCKETS.map((bucket) => (one.latency[bucket] ?? 0) + (other.latency[bucket] ?? 0)),
  };
}
