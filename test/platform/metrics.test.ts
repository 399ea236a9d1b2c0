// From a tenant's report to the system ledger: through its own door, at least once, recorded once.
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { consumeMetrics } from '../../platform/src/metrics/metrics-consumer.ts';
import { systemShardOf } from '../../platform/src/metrics/system-shard.ts';

const COUNTS = { cache_hits: 3, cache_misses: 1, facts_count: 7, entities_count: 2 };

interface StatsFact {
  type: string;
  subtype: string;
  data: { tenant_id: string; period_start: number; facts_count: number };
}

async function statsOf(tenantId: string): Promise<StatsFact[]> {
  const id = env.SYSTEM_LEDGER.idFromName(systemShardOf(tenantId));
  const ledger = env.SYSTEM_LEDGER.get(id) as unknown as {
    listFacts: (query: object) => Promise<{ ok: boolean; value?: { data: StatsFact[] } }>;
  };
  const page = await ledger.listFacts({ limit: 100, type: 'sdk', subtype: 'tenant_stats' });
  return (page.value?.data ?? []).filter(({ data }) => data.tenant_id === tenantId);
}

async function consume(bodies: unknown[]) {
  const messages = bodies.map((body, index) => {
    return { id: `m${index}`, timestamp: new Date(), attempts: 1, body };
  });
  const batch = createMessageBatch('z0-platform-metrics', messages);
  const ctx = createExecutionContext();
  await consumeMetrics(batch, env);
  return getQueueResult(batch, ctx);
}

describe("a tenant's report", () => {
  it('goes through its own door, the queue and the consumer, as the tenant of the door', async () => {
    const report = { ...COUNTS, tenant_id: 'globex', period_start: 1000, period_end: 61_000 };
    expect(await env.ACME_DOOR.reportStats(report)).toMatchObject({ ok: true });
    const [fact] = await vi.waitFor(
      async () => {
        const facts = await statsOf('acme');
        expect(facts).toHaveLength(1);
        return facts;
      },
      { timeout: 15_000, interval: 200 },
    );
    expect(fact?.data).toEqual({
      ...COUNTS,
      tenant_id: 'acme',
      period_start: 1000,
      period_end: 61_000,
    });
    expect(await statsOf('globex')).toEqual([]);
  }, 20_000);

  it('keeps all that a newer SDK tells, and no field that nobody knows', async () => {
    const period_end = Date.now();
    const report = {
      ...COUNTS,
      period: 1,
      period_start: period_end - 60_000,
      period_end,
      errors_count: 1,
      refusals_count: 2,
      storage_bytes: 8192,
      dropped_count: 3,
      breaker_openings_count: 1,
      schema_inits_count: 2,
      hydrations_count: 1,
      hydrated_facts_count: 40,
      appended: { 'call.completed': 6, sdk: 1 },
      totals: { facts: 7, entities: 2 },
    };
    expect(await env.GLOBEX_DOOR.reportStats({ ...report, color: 'red' })).toMatchObject({
      ok: true,
    });
    await vi.waitFor(
      async () => {
        const [fact] = await statsOf('globex');
        expect(fact?.data).toEqual({ ...report, tenant_id: 'globex' });
      },
      { timeout: 15_000, interval: 200 },
    );
  }, 20_000);

  it.each([
    ['nothing', undefined],
    ['a text', 'stats'],
    ['a negative count', { ...COUNTS, facts_count: -1, period_start: 1, period_end: 2 }],
    ['a fraction', { ...COUNTS, cache_hits: 0.5, period_start: 1, period_end: 2 }],
    ['a period that ends before it starts', { ...COUNTS, period_start: 2, period_end: 1 }],
    ['a period without a number', { ...COUNTS, period: 0, period_start: 1, period_end: 2 }],
    ['a count too high to add up', { ...COUNTS, cache_hits: 1e13, period_start: 1, period_end: 2 }],
    ['a fraction of drops', { ...COUNTS, dropped_count: 0.5, period_start: 1, period_end: 2 }],
    [
      'of more types than a tenant has',
      {
        ...COUNTS,
        appended: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`type_${i}`, 1])),
        period_start: 1,
        period_end: 2,
      },
    ],
    ['totals that are none', { ...COUNTS, totals: 7, period_start: 1, period_end: 2 }],
    ['from the future', { ...COUNTS, period_start: 1, period_end: Date.now() + 7_200_000 }],
  ])('is refused when it is %s', async (_, report) => {
    expect(await env.GLOBEX_DOOR.reportStats(report)).toMatchObject({
      ok: false,
      error: { code: 'invalid_request' },
    });
  });

  it('is recorded once per period, however often the queue delivers it', async () => {
    const stats = { ...COUNTS, tenant_id: 'initech', period_start: 5000, period_end: 6000 };
    await consume([stats, stats]);
    const result = await consume([
      { ...stats, facts_count: 99 },
      { ...stats, period_start: 6000, period_end: 7000 },
    ]);
    expect(result.explicitAcks).toEqual(['m0', 'm1']);
    const facts = await statsOf('initech');
    expect(facts.map(({ data }) => [data.period_start, data.facts_count])).toEqual([
      [5000, 7],
      [6000, 7],
    ]);
  });

  it('that cannot be used is retried towards the dead letters and holds up no other', async () => {
    const good = { ...COUNTS, tenant_id: 'hooli', period_start: 1, period_end: 2 };
    const result = await consume([{ tenant_id: 'hooli' }, good]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m0']);
    expect(result.explicitAcks).toEqual(['m1']);
    expect(await statsOf('hooli')).toHaveLength(1);
  });
});

it('neither live pages nor alerts can fail what is recorded, or hold it up', async () => {
  const stats = { ...COUNTS, tenant_id: 'umbrella', period_start: 1, period_end: 2 };
  const message = { id: 'm0', timestamp: new Date(), attempts: 1, body: stats };
  const batch = createMessageBatch('z0-platform-metrics', [message]);
  const ctx = createExecutionContext();
  // Not even there: reaching for it throws.
  const broken = { ...env, LIVE_FEED: undefined as unknown as typeof env.LIVE_FEED };
  await consumeMetrics(batch, broken, ctx);
  expect((await getQueueResult(batch, ctx)).explicitAcks).toEqual(['m0']);
  expect(await statsOf('umbrella')).toHaveLength(1);
});

it('a tenant always has the same shard, and shard 0 is called system, which is nobody’s', () => {
  expect(systemShardOf('')).toBe('system');
  const shards = Array.from({ length: 400 }, (_, index) => systemShardOf(`tenant-${index}`));
  expect(new Set(shards).size).toBe(16);
  expect(shards).toContain('system');
  expect(systemShardOf('acme')).toBe(systemShardOf('acme'));
});
