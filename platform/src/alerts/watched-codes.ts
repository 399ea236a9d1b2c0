// The problem codes that rules count by the minute, read off the dispatcher's counts. Pure; what is
// kept for the operator to look at, by hour, day and route, is another matter.
import { requestCountsSchema } from '@z0-app/dispatcher/request-counts';
import type { Fact } from '@z0-app/sdk';
import { pointOf } from '../stats/resolution.ts';

/** Subtype of the `sdk` facts that hold the dispatcher's counts. */
export const REQUESTS_SUBTYPE = 'request_counts';

/** Only these: a row each, tenant and minute. */
export const WATCHED_CODES = ['circuit_open', 'rate_limited'] as const;

export interface WatchedCode {
  readonly tenantId: string;
  readonly code: string;
  /** Start of the minute in which the window ended, milliseconds since 1970. */
  readonly minute: number;
  readonly count: number;
}

export function codesOf({ data }: Fact): WatchedCode[] {
  const read = requestCountsSchema.safeParse(data);
  if (!read.success) return [];
  const minute = pointOf(read.data.end, 'minute');
  const watched: readonly string[] = WATCHED_CODES;
  return Object.entries(read.data.tenants).flatMap(([tenantId, { groups }]) =>
    groups
      .filter(({ code }) => watched.includes(code))
      .map(({ code, count }) => ({ tenantId, code, minute, count })),
  );
}
