// What the shards of the system ledger make of tenants' reports: exact, whatever the queue does.
import { runInDurableObject } from 'cloudflare:test';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Env } from '../../platform/src/env.ts';
import type { SystemLedger } from '../../platform/src/metrics/system-ledger.ts';
import { systemShard, systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import type { TenantStatsMessage } from '../../platform/src/metrics/tenant-stats.ts';
import {
  readPlatformSeries,
  readPlatformStats,
  readTenantSeries,
  readTenantStats,
  readTopTenants,
} from '../../platform/src/stats/stats-reader.ts';
import type { SeriesPoint, TenantStats } from '../../platform/src/stats/stats-view.ts';
import { countReport, emptyTally, gapsOf } from '../../platform/src/stats/tenant-tally.ts';
import {
  deliver,
  evictShard,
  NOTHING_MORE,
  platformApart,
  reportFacts,
  reportOf,
  shardStub,
} from './stats-world.ts';

const TENANTS = ['acme', 'globex', 'initech'];

async function statsOf(platform: Env, tenantId: string): Promise<TenantStats> {
  const stats = await readTenantStats(platform, tenantId);
  if (!stats.ok) expect.unreachable(stats.error.detail);
  return stats.value;
}

async function pointsOf(
  platform: Env,
  tenantId: string,
  resolution: 'minute' | 'hour' | 'day',
): Promise<SeriesPoint[]> {
  const range = { from: Date.now() - 86_400_000, to: Date.now() + 86_400_000 };
  const series = await readTenantSeries(platform, tenantId, { resolution, ...range });
  if (!series.ok) expect.unreachable(series.error.detail);
  return series.value;
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

const periods = fc.array(
  fc.record({
    facts_count: fc.nat(1000),
    refusals_count: fc.nat(9),
    errors_count: fc.nat(9),
    cache_hits: fc.nat(1e6),
    cache_misses: fc.nat(1e3),
    /** How often the queue delivers it, over all batches. */
    deliveries: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
);

interface History {
  readonly sent: TenantStatsMessage[];
  readonly delivered: TenantStatsMessage[];
}

/** Reports as a tenant makes them, totals growing, and all deliveries of them. */
function historyOf(tenantId: string, counts: (TenantStatsMessage & { deliveries: number })[]) {
  let facts = 0;
  const history: History = { sent: [], delivered: [] };
  for (const [index, { deliveries, ...rest }] of counts.entries()) {
    facts += rest.facts_count;
    const report = reportOf(tenantId, index + 1, { ...rest, totals: { facts, entities: index } });
    history.sent.push(report);
    for (let i = 0; i < deliveries; i += 1) history.delivered.push(report);
  }
  return history;
}

describe('whatever the queue repeats, reorders or loses', () => {
  it('totals, gaps and points are those of the distinct reports, tenant by tenant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(periods, periods, periods),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 7 }),
        async (counts, dice, batchSize) => {
          const platform = platformApart();
          const histories = TENANTS.map((tenant, index) =>
            historyOf(tenant, (counts[index] ?? []) as never),
          );
          const queue = histories
            .flatMap(({ delivered }) => delivered)
            .map((report) => ({ report, at: dice.next().value ?? 0 }))
            .toSorted((a, b) => a.at - b.at)
            .map(({ report }) => report);
          for (let at = 0; at < queue.length; at += batchSize) {
            const batch = queue.slice(at, at + batchSize);
            expect((await deliver(platform, batch)).explicitAcks).toHaveLength(batch.length);
            if ((dice.next().value ?? 0) % 4 === 0) await evictShard(platform, 'acme');
          }
          for (const [index, tenant] of TENANTS.entries()) {
            const distinct = [...new Set(histories[index]?.delivered)];
            await expectExactly(platform, tenant, distinct);
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);
});

async function expectExactly(platform: Env, tenant: string, distinct: TenantStatsMessage[]) {
  const byPeriod = distinct.toSorted((a, b) => (a.period ?? 0) - (b.period ?? 0));
  const last = byPeriod.at(-1);
  const counted = {
    cache_hits: sumOf(distinct, (one) => one.cache_hits),
    cache_misses: sumOf(distinct, (one) => one.cache_misses),
    refusals: sumOf(distinct, (one) => one.refusals_count ?? 0),
    errors: sumOf(distinct, (one) => one.errors_count ?? 0),
  };
  const { refusals, errors, ...cache } = counted;
  const stats = await statsOf(platform, tenant);
  expect(stats).toMatchObject({
    ...cache,
    refusals_count: refusals,
    errors_count: errors,
    facts_count: last?.totals?.facts ?? 0,
    entities_count: last?.totals?.entities ?? 0,
    gaps: (last?.period ?? 0) - distinct.length,
  });
  const missing = stats.missing.flatMap((run) =>
    Array.from({ length: run.last - run.first + 1 }, (_, index) => run.first + index),
  );
  const has = new Set(distinct.map(({ period }) => period));
  const skipped = Array.from({ length: last?.period ?? 0 }, (_, i) => i + 1).filter(
    (period) => !has.has(period),
  );
  expect(missing).toEqual(skipped);
  for (const resolution of ['minute', 'hour', 'day'] as const) {
    const points = await pointsOf(platform, tenant, resolution);
    const facts = sumOf(distinct, (one) => one.facts_count);
    expect(sumOf(points, (point) => point.facts)).toBe(facts);
    for (const [name, total] of Object.entries(counted)) {
      expect(sumOf(points, (point) => Number(new Map(Object.entries(point)).get(name)))).toBe(
        total,
      );
    }
    if (skipped.length === 0) expect(facts).toBe(stats.facts_count);
  }
  if (distinct.length > 0) {
    expect(await reportFacts(platform, tenant)).toHaveLength(distinct.length);
  }
}

it('an empty platform answers zeros, and asking leaves nothing behind', async () => {
  const platform = platformApart();
  expect(await readPlatformStats(platform)).toEqual({
    object: 'platform_stats',
    since: null,
    tenant_count: 0,
    entity_count: 0,
    sdk_facts_count: 0,
    facts_count: 0,
    cache_hits: 0,
    cache_misses: 0,
    refusals_count: 0,
    errors_count: 0,
    storage_bytes: 0,
    last_period_end: null,
    gaps: 0,
    late_count: 0,
    ...NOTHING_MORE,
    last_flush_lag_ms: null,
    unavailable_shards: [],
  });
  expect(await statsOf(platform, 'acme')).toMatchObject({ since: null, facts_count: 0, gaps: 0 });
  expect(await pointsOf(platform, 'acme', 'minute')).toEqual([]);
  const tables = await runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) =>
    storage.sql.exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`),
  ).then((rows) => rows.toArray());
  expect(tables).toEqual([]);
});

it('a late report closes its gap, and says that it was late', async () => {
  const platform = platformApart();
  await deliver(platform, [reportOf('acme', 5, { facts_count: 1 })]);
  const before = await statsOf(platform, 'acme');
  expect(before).toMatchObject({ gaps: 4, late_count: 0, missing: [{ first: 1, last: 4 }] });
  await deliver(platform, [reportOf('acme', 3, { facts_count: 1 })]);
  expect(await statsOf(platform, 'acme')).toMatchObject({
    gaps: 3,
    late_count: 1,
    missing: [
      { first: 1, last: 2 },
      { first: 4, last: 4 },
    ],
    last_period_end: before.last_period_end,
  });
  expect(await readPlatformStats(platform)).toMatchObject({ gaps: 3, late_count: 1 });
});

it('other counts for a period that was recorded change nothing', async () => {
  const platform = platformApart();
  await deliver(platform, [reportOf('acme', 1, { facts_count: 7, totals: undefined })]);
  const again = reportOf('acme', 1, { facts_count: 99 });
  expect((await deliver(platform, [again, again])).explicitAcks).toEqual(['m0', 'm1']);
  expect(await statsOf(platform, 'acme')).toMatchObject({ facts_count: 7 });
  expect(await reportFacts(platform, 'acme')).toHaveLength(1);
});

it('two consumers with the same report at once record it once', async () => {
  const platform = platformApart();
  const report = reportOf('acme', 1, { facts_count: 7, totals: { facts: 7, entities: 1 } });
  await Promise.all(Array.from({ length: 5 }, () => deliver(platform, [report, report])));
  expect(await reportFacts(platform, 'acme')).toHaveLength(1);
  expect(await statsOf(platform, 'acme')).toMatchObject({ facts_count: 7 });
});

it('calls that overlap inside the shard record a report once', async () => {
  const platform = platformApart();
  const report = reportOf('acme', 1, { facts_count: 7 });
  await runInDurableObject(shardStub(platform, 'acme'), async (object) => {
    // The object of this namespace is one.
    const ledger = object as unknown as SystemLedger;
    const calls = Array.from({ length: 3 }, () => ledger.recordReports([report]));
    expect((await Promise.all(calls)).flat().map(({ replayed }) => replayed ?? false)).toEqual([
      false,
      true,
      true,
    ]);
  });
  expect(await reportFacts(platform, 'acme')).toHaveLength(1);
});

it('more reports than are counted in one transaction are counted all, and once', async () => {
  const platform = platformApart();
  const reports = Array.from({ length: 1000 }, (_, index) =>
    reportOf('acme', index + 1, { facts_count: 2, totals: undefined }),
  );
  await deliver(platform, reports);
  expect(await statsOf(platform, 'acme')).toMatchObject({ facts_count: 2000, gaps: 0 });
  await deliver(platform, reports.slice(0, 100));
  expect(await statsOf(platform, 'acme')).toMatchObject({ facts_count: 2000, late_count: 0 });
});

it('a report recorded just before the shard crashed is counted once, by whoever asks next', async () => {
  const platform = platformApart();
  const report = reportOf('acme', 1, { facts_count: 7, totals: { facts: 7, entities: 1 } });
  // As far as `recordReports` gets before it counts: the fact is there, and nothing else.
  await runInDurableObject(shardStub(platform, 'acme'), async (ledger) => {
    const fact = { type: 'sdk', subtype: 'tenant_stats', data: { ...report } };
    // The object of this namespace is one.
    await (ledger as unknown as SystemLedger).appendFact(fact, {
      tenantId: 'platform',
      principal: 'platform',
    });
  });
  await evictShard(platform, 'acme');
  expect((await deliver(platform, [report])).explicitAcks).toEqual(['m0']);
  expect(await statsOf(platform, 'acme')).toMatchObject({ facts_count: 7, gaps: 0 });
  expect(await pointsOf(platform, 'acme', 'minute')).toMatchObject([{ facts: 7 }]);
  expect(await reportFacts(platform, 'acme')).toHaveLength(1);
});

it('everything can be made again from the facts', async () => {
  const platform = platformApart();
  const reports = [4, 1, 2].map((period) => reportOf('acme', period, { facts_count: period }));
  const unnumbered = { period: undefined, totals: undefined, facts_count: 3 };
  await deliver(platform, [...reports, reportOf('acme', 9, unnumbered)]);
  const before = [await statsOf(platform, 'acme'), await pointsOf(platform, 'acme', 'minute')];
  await runInDurableObject(shardStub(platform, 'acme'), async (ledger, { storage }) => {
    storage.sql.exec('UPDATE stats_tenants SET facts = 0, total_facts = 12345');
    storage.sql.exec('DELETE FROM stats_points');
    // The object of this namespace is one.
    expect(await (ledger as unknown as SystemLedger).reconstructState()).toMatchObject({
      ok: true,
    });
  });
  const after = [await statsOf(platform, 'acme'), await pointsOf(platform, 'acme', 'minute')];
  expect(after).toEqual(before);
});

describe('a shard that fails', () => {
  async function rename(platform: Env, from: string, to: string): Promise<void> {
    await runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) => {
      storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  }

  it('is named in the answers, and the others are told; its reports wait in the queue', async () => {
    const platform = platformApart();
    const totals = { facts: 5, entities: 1 };
    await deliver(platform, [reportOf('acme', 1, { totals }), reportOf('globex', 1, { totals })]);
    await rename(platform, 'stats_tenants', 'lost');
    const shard = systemShardOf('acme');
    expect(systemShardOf('globex')).not.toBe(shard);
    expect(await readPlatformStats(platform)).toMatchObject({
      tenant_count: 1,
      facts_count: 5,
      unavailable_shards: [shard],
    });
    expect(await readTopTenants(platform, { by: 'facts', limit: 5 })).toMatchObject({
      data: [{ tenant_id: 'globex', value: 5 }],
      unavailable_shards: [shard],
    });
    expect(await readTenantStats(platform, 'acme')).toMatchObject({
      ok: false,
      error: { code: 'not_ready' },
    });
    const result = await deliver(platform, [
      reportOf('acme', 2, { totals: { facts: 6, entities: 1 } }),
      reportOf('globex', 2, { totals: { facts: 7, entities: 1 } }),
    ]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m0']);
    expect(result.explicitAcks).toEqual(['m1']);
    await rename(platform, 'lost', 'stats_tenants');
    await deliver(platform, [reportOf('acme', 2, { totals: { facts: 6, entities: 1 } })]);
    expect(await readPlatformStats(platform)).toMatchObject({
      tenant_count: 2,
      facts_count: 13,
      gaps: 0,
      unavailable_shards: [],
    });
  });
});

it('the most of something comes first, of all time or of a range', async () => {
  const platform = platformApart();
  const of = (tenant: string, period: number, facts_count: number, refusals_count: number) =>
    reportOf(tenant, period, { facts_count, refusals_count, totals: undefined });
  await deliver(platform, [
    of('acme', 1, 100, 0),
    of('acme', 50, 1, 3),
    of('globex', 50, 20, 1),
    of('initech', 50, 5, 2),
  ]);
  const ranked = async (query: Parameters<typeof readTopTenants>[1]) =>
    (await readTopTenants(platform, query)).data.map(({ tenant_id, value }) => [tenant_id, value]);
  expect(await ranked({ by: 'facts', limit: 2 })).toEqual([
    ['acme', 101],
    ['globex', 20],
  ]);
  const from = Date.now() - 20 * 60_000;
  expect(await ranked({ by: 'facts', limit: 9, from })).toEqual([
    ['globex', 20],
    ['initech', 5],
    ['acme', 1],
  ]);
  expect(await ranked({ by: 'refusals', limit: 1, from })).toEqual([['acme', 3]]);
  const series = await readPlatformSeries(platform, { resolution: 'minute', from });
  expect(series.data).toMatchObject([{ facts: 26, refusals: 6 }]);
});

it('points are kept as long as the Config of the platform says', async () => {
  const platform = platformApart();
  const ago = (days: number, period: number): TenantStatsMessage => {
    const period_end = Date.now() - days * 86_400_000;
    return reportOf('acme', period, { period_start: period_end, period_end, facts_count: 1 });
  };
  await deliver(platform, [ago(3, 1), ago(1.5, 2)]);
  const kept = async () => {
    const shard = systemShard(platform, systemShardOf('acme'));
    const days = async (resolution: 'minute' | 'hour') => {
      const points = await shard.statsPoints({ resolution }, 'acme');
      return points.map(({ start }) => Math.round((Date.now() - start) / 43_200_000) / 2);
    };
    return { minute: await days('minute'), hour: await days('hour') };
  };
  expect(await kept()).toEqual({ minute: [1.5], hour: [3, 1.5] });
  const { SYSTEM_LEDGER } = platform;
  const first = SYSTEM_LEDGER.get(SYSTEM_LEDGER.idFromName('system'));
  // Untyped, as in the platform itself.
  const ledger = first as unknown as Pick<SystemLedger, 'putConfig'>;
  const config = { id: 'cfg_observability', type: 'observability' };
  const context = { tenantId: 'platform', principal: 'operator' };
  const settings = { minute_days: 1, hour_days: 2 };
  expect(await ledger.putConfig({ ...config, settings }, context)).toMatchObject({ ok: true });
  await deliver(platform, [ago(0, 3)]);
  expect(await kept()).toEqual({ minute: [0], hour: [1.5, 0] });
  expect(await statsOf(platform, 'acme')).toMatchObject({ gaps: 0 });
});

it('a tenant that skips without end costs no more than its row, and keeps the number', () => {
  let tally = emptyTally('acme');
  for (let period = 2; period <= 3000; period += 2) {
    tally = countReport(tally, reportOf('acme', period)) ?? tally;
  }
  expect(tally.missing.length).toBeLessThanOrEqual(500);
  expect(gapsOf(tally)).toBe(1500);
  expect(countReport(tally, reportOf('acme', 1))).toBeUndefined();
  expect(countReport(tally, reportOf('acme', 2999))).toMatchObject({ late: 1 });
});
