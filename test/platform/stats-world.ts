// A platform whose system ledger is its own: the real bindings, with shards of other names, so that
// a test knows all that was ever reported. And reports, and what becomes of them.
import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type {
  RequestCountsMessage,
  TenantRequestCounts,
} from '../../dispatcher/src/request-counts.ts';
import { createApp } from '../../platform/src/app.ts';
import type { Env } from '../../platform/src/env.ts';
import { consumeQueue } from '../../platform/src/metrics/consume-queue.ts';
import { consumeMetrics } from '../../platform/src/metrics/metrics-consumer.ts';
import { systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import type { TenantStatsMessage } from '../../platform/src/metrics/tenant-stats.ts';

const MINUTE_MS = 60_000;

/** What stats say besides when nothing of it was told or counted. */
export const NOTHING_MORE = {
  dropped_count: 0,
  breaker_openings_count: 0,
  schema_inits_count: 0,
  hydrations_count: 0,
  hydrated_facts_count: 0,
  appended: {},
  dispatcher: {
    requests_count: 0,
    writes_count: 0,
    refusals_count: 0,
    errors_count: 0,
    p50_ms: null,
    p95_ms: null,
    p99_ms: null,
  },
};

let count = 0;

/** A platform that nobody reported to. */
export function platformApart(): Env {
  count += 1;
  const prefix = `apart-${count}`;
  const { SYSTEM_LEDGER } = env;
  const apart = {
    idFromName: (name: string) => SYSTEM_LEDGER.idFromName(`${prefix}-${name}`),
    get: (id: DurableObjectId) => SYSTEM_LEDGER.get(id),
  };
  // The platform uses no more of a namespace than this.
  return { ...env, SYSTEM_LEDGER: apart as unknown as DurableObjectNamespace };
}

/** The operator's GET, answered over the ledgers of `platform`. */
export async function get(
  platform: Env,
  path: string,
  token: string | null = env.TEST_OPERATOR_TOKEN,
): Promise<Response> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const request = new Request(`https://platform.test${path}`, { headers });
  return createApp().fetch(request, platform, createExecutionContext());
}

/** Start of the minute that `minutesAgo` lies in. */
export function minutesBefore(now: number, minutesAgo: number): number {
  return Math.floor(now / MINUTE_MS) * MINUTE_MS - minutesAgo * MINUTE_MS;
}

/** Period `period` of a tenant that began `minutesAgo` minutes ago with an hour of periods. */
export function reportOf(
  tenant_id: string,
  period: number,
  more: Partial<TenantStatsMessage> = {},
): TenantStatsMessage {
  const period_start = minutesBefore(Date.now(), 60 - period);
  return {
    tenant_id,
    period,
    period_start,
    period_end: period_start + MINUTE_MS,
    cache_hits: 0,
    cache_misses: 0,
    facts_count: 0,
    entities_count: 1,
    errors_count: 0,
    refusals_count: 0,
    storage_bytes: 4096,
    totals: { facts: 0, entities: 1 },
    ...more,
  };
}

/** Delivers `bodies` as one batch of the queue. */
export async function deliver(platform: Env, bodies: readonly unknown[]) {
  const messages = bodies.map((body, index) => {
    return { id: `m${index}`, timestamp: new Date(), attempts: 1, body };
  });
  const batch = createMessageBatch('z0-platform-metrics', messages);
  const ctx = createExecutionContext();
  await consumeMetrics(batch, platform);
  return getQueueResult(batch, ctx);
}

/** Delivers `bodies` as one batch of the queue of dead letters, with ids of their own or given. */
export async function deliverDead(platform: Env, bodies: readonly unknown[], ids?: string[]) {
  const messages = bodies.map((body, index) => {
    const id = ids?.[index] ?? crypto.randomUUID();
    return { id, timestamp: new Date(), attempts: 1, body };
  });
  const batch = createMessageBatch('z0-platform-metrics-dead', messages);
  const ctx = createExecutionContext();
  await consumeQueue(batch, platform, ctx);
  return getQueueResult(batch, ctx);
}

/** Counts of one tenant: `requests` of them, all in the bucket of 5 to 10 ms. */
export function countsOf(
  requests: number,
  more: Partial<TenantRequestCounts> = {},
): TenantRequestCounts {
  const latency = Array.from({ length: 12 }, (_, bucket) => (bucket === 1 ? requests : 0));
  return { requests, writes: 0, refusals: 0, errors: 0, latency, groups: [], ...more };
}

/** What an isolate of the dispatcher sends, of the five seconds before `end`. */
export function requestsOf(
  tenants: Record<string, TenantRequestCounts>,
  end = Date.now(),
): RequestCountsMessage {
  return { object: 'request_counts', id: crypto.randomUUID(), start: end - 5000, end, tenants };
}

export function shardStub(platform: Env, tenantId: string): DurableObjectStub {
  const { SYSTEM_LEDGER } = platform;
  return SYSTEM_LEDGER.get(SYSTEM_LEDGER.idFromName(systemShardOf(tenantId)));
}

/** Ends the shard's object; its storage stays. */
export async function evictShard(platform: Env, tenantId: string): Promise<void> {
  const stub = shardStub(platform, tenantId);
  // Touched first: an object that does not run cannot be evicted.
  await runInDurableObject(stub, () => undefined);
  await evictDurableObject(stub);
}

/** How many facts of a subtype the shard of a tenant holds. */
export async function countFacts(
  platform: Env,
  tenantId: string,
  subtype: string,
): Promise<number> {
  return runInDurableObject(shardStub(platform, tenantId), (_, { storage }) => {
    const query = `SELECT count(*) AS n FROM facts WHERE type = 'sdk' AND subtype = ?`;
    return storage.sql.exec<{ n: number }>(query, subtype).one().n;
  });
}

/** The `tenant_stats` facts that the shard of a tenant holds of it. */
export async function reportFacts(platform: Env, tenantId: string): Promise<TenantStatsMessage[]> {
  return runInDurableObject(shardStub(platform, tenantId), (_, { storage }) => {
    const rows = storage.sql.exec<{ data: string }>(
      `SELECT json_extract(body, '$.data') AS data FROM facts
       WHERE type = 'sdk' AND subtype = 'tenant_stats'
         AND json_extract(body, '$.data.tenant_id') = ? ORDER BY seq`,
      tenantId,
    );
    return rows.toArray().map(({ data }) => JSON.parse(data) as TenantStatsMessage);
  });
}
