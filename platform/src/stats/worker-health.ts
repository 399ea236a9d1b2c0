// How a tenant's Worker did since a moment, and in the hour before it, from what a shard counted of the
// dispatcher's messages. It judges nothing.
import { type RequestCountsMessage, requestCountsSchema } from '@z0-app/dispatcher/request-counts';
import { LENGTH_MS, startOf } from './resolution.ts';
import type { StatsTables } from './stats-tables.ts';
import type { WatchedSpan, WorkerCounts } from './worker-tables.ts';

/** What is compared with: the whole minutes of this long before. */
const BEFORE_MS = LENGTH_MS.hour;
/** Messages recorded between a span's beginning and the first question about it. */
const MAX_EARLIER = 500;

export interface WorkerHealth {
  readonly before: WorkerCounts;
  readonly after: WorkerCounts;
}

/** The first question about a span begins to watch it; what was recorded since is counted, too. */
export function workerHealthOf(
  tables: StatsTables,
  tenantId: string,
  span: WatchedSpan,
): WorkerHealth {
  const { workers } = tables.requests;
  if (workers.watched(tenantId, span) === undefined) {
    workers.watch(tenantId, span, recordedSince(tables, span.since));
  }
  const before = beforeSpan(tables, tenantId, span);
  const after = workers.watched(tenantId, span) ?? { ...before, asked: 0, failed: 0 };
  return { before, after };
}

/** Messages recorded since, each once; a window that began since is recorded after it. */
function recordedSince(tables: StatsTables, since: number): RequestCountsMessage[] {
  const messages = new Map<string, RequestCountsMessage>();
  for (const { data, recordedAt } of tables.newestFacts('request_counts', MAX_EARLIER)) {
    if (recordedAt < since) break;
    const read = requestCountsSchema.safeParse(data);
    if (read.success) messages.set(read.data.id, read.data);
  }
  return Array.from(messages.values());
}

function beforeSpan(tables: StatsTables, tenantId: string, { since }: WatchedSpan): WorkerCounts {
  const to = startOf(since, 'minute');
  const from = to - BEFORE_MS;
  const range = { resolution: 'minute' as const, from, to };
  const { requests, latency } = tables.requests.sumOf(range, tenantId);
  const { unasked, failed } = tables.requests.workers.minutes(tenantId, from, to);
  return { asked: Math.max(requests - unasked, 0), failed, latency };
}
