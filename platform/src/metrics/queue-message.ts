// Reads what may stand on the metrics queue: a tenant's report, or the dispatcher's counts. Pure. What
// is neither is told why, for the dead letters.
import { type RequestCountsMessage, requestCountsSchema } from '@z0-app/dispatcher/request-counts';
import * as z from 'zod';
import { OLDEST_MESSAGE_MS } from '../stats/request-page.ts';
import { type TenantStatsMessage, tenantStatsMessage } from './tenant-stats.ts';

export type QueueContent =
  | { readonly kind: 'report'; readonly report: TenantStatsMessage }
  | { readonly kind: 'requests'; readonly counts: RequestCountsMessage };

export type ReadMessage =
  | { readonly ok: true; readonly content: QueueContent }
  | { readonly ok: false; readonly reason: string };

/** More than one isolate answers in a few seconds; sums of these stay below 2^53. */
const MOST_REQUESTS = 1e9;
const MAX_ISSUES = 3;
/** How far the dispatcher's clock may be ahead. */
const CLOCK_LEEWAY_MS = 3_600_000;

const marked = z.object({ object: z.literal('request_counts') });

export function readMessage(body: unknown, now: number): ReadMessage {
  if (!marked.safeParse(body).success) {
    const report = tenantStatsMessage.safeParse(body);
    if (!report.success) return refused(report.error);
    return { ok: true, content: { kind: 'report', report: report.data } };
  }
  const read = requestCountsSchema.safeParse(body);
  if (!read.success) return refused(read.error);
  const reason = faultOf(read.data, now);
  return reason === undefined
    ? { ok: true, content: { kind: 'requests', counts: read.data } }
    : { ok: false, reason };
}

function faultOf({ start, end, tenants }: RequestCountsMessage, now: number): string | undefined {
  if (end < start) return 'The window ends before it starts.';
  if (end > now + CLOCK_LEEWAY_MS) return 'The window ends more than an hour from now.';
  if (end < now - OLDEST_MESSAGE_MS) return 'The window is too old to be told from a repeat.';
  const isTooMuch = Object.values(tenants).some(
    ({ requests, writes, refusals, errors, ...rest }) => {
      const { latency, groups, worker = { answered: 0, failed: 0 } } = rest;
      const counts = [
        ...latency,
        ...groups.map(({ count }) => count),
        worker.answered,
        worker.failed,
      ];
      // Larger than these, sums would not stay exact.
      return [requests, writes, refusals, errors, ...counts].some((count) => count > MOST_REQUESTS);
    },
  );
  return isTooMuch ? `A count is more than ${MOST_REQUESTS}.` : undefined;
}

/** In one line, for logs and pages. */
function refused({ issues }: z.ZodError): ReadMessage {
  const told = issues.slice(0, MAX_ISSUES).map(({ path, message }) => {
    return path.length > 0 ? `${path.join('.')}: ${message}` : message;
  });
  const more = issues.length - told.length;
  if (more > 0) told.push(`and ${more} more`);
  return { ok: false, reason: told.join('; ').slice(0, 500) };
}
