// GET /metrics: every line is OpenMetrics, every number is the total that the API tells.
import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import { openMetrics } from '../../platform/src/stats/open-metrics.ts';
import { readTenantStats } from '../../platform/src/stats/stats-reader.ts';
import { emptyTally } from '../../platform/src/stats/tenant-tally.ts';
import { type MetricFamily, parseOpenMetrics, seriesKey } from './metrics-grammar.ts';
import {
  countsOf,
  deliver,
  deliverDead,
  get,
  platformApart,
  reportOf,
  requestsOf,
  shardStub,
} from './stats-world.ts';

function valueOf(
  families: MetricFamily[],
  name: string,
  labels: Record<string, string>,
): number | undefined {
  const samples = families.flatMap((family) => family.samples);
  const wanted = seriesKey(name, labels);
  return samples.find((sample) => seriesKey(sample.name, sample.labels) === wanted)?.value;
}

/** As `text()` gives it, which warns of types that it does not know. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

it('an empty platform has its families, no series, and all shards answering', async () => {
  const response = await get(platformApart(), '/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  );
  const families = parseOpenMetrics(await textOf(response));
  expect(families.filter(({ samples }) => samples.length > 0).map(({ name }) => name)).toEqual([
    'z0_stats_shards',
    'z0_dead_letters',
  ]);
  expect(valueOf(families, 'z0_stats_shards', { state: 'answered' })).toBe(16);
  expect(valueOf(families, 'z0_stats_shards', { state: 'unavailable' })).toBe(0);
});

it('each tenant has its own series, and they say what the API says', async () => {
  const platform = platformApart();
  const work = { cache_hits: 5, cache_misses: 2, refusals_count: 3, errors_count: 1 };
  const totals = { facts: 1_000_000_000_000, entities: 4 };
  await deliver(platform, [
    reportOf('acme', 1, { ...work, facts_count: 9, totals: { facts: 9, entities: 4 } }),
    reportOf('acme', 3, { ...work, facts_count: 2, totals: { facts: 15, entities: 4 } }),
    reportOf('globex', 1, { ...work, facts_count: 7, totals }),
  ]);
  const families = parseOpenMetrics(await textOf(await get(platform, '/metrics')));
  for (const tenant of ['acme', 'globex']) {
    const stats = await readTenantStats(platform, tenant);
    if (!stats.ok) expect.unreachable(stats.error.detail);
    const { value } = stats;
    const of = (name: string, more = {}) => valueOf(families, name, { tenant, ...more });
    expect({
      facts_count: of('z0_tenant_facts_total'),
      cache_hits: of('z0_tenant_cache_reads_total', { result: 'hit' }),
      cache_misses: of('z0_tenant_cache_reads_total', { result: 'miss' }),
      refusals_count: of('z0_tenant_refusals_total'),
      errors_count: of('z0_tenant_errors_total'),
      gaps: of('z0_tenant_missing_periods'),
      entities_count: of('z0_tenant_entities'),
      storage_bytes: of('z0_tenant_storage_bytes'),
      last_period_end: new Date(
        1000 * (of('z0_tenant_last_period_end_seconds') ?? 0),
      ).toISOString(),
    }).toEqual({
      facts_count: value.facts_count,
      cache_hits: value.cache_hits,
      cache_misses: value.cache_misses,
      refusals_count: value.refusals_count,
      errors_count: value.errors_count,
      gaps: value.gaps,
      entities_count: value.entities_count,
      storage_bytes: value.storage_bytes,
      last_period_end: value.last_period_end,
    });
  }
  expect(valueOf(families, 'z0_tenant_facts_total', { tenant: 'acme' })).toBe(15);
  expect(valueOf(families, 'z0_tenant_missing_periods', { tenant: 'acme' })).toBe(1);
});

it('requests are a histogram by tenant, those of nobody among them', async () => {
  const platform = platformApart();
  const latency = [1, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 4];
  await deliver(platform, [
    requestsOf({
      acme: countsOf(10, { latency, writes: 2, refusals: 3, errors: 1 }),
      '': countsOf(5, { refusals: 5 }),
    }),
  ]);
  const families = parseOpenMetrics(await textOf(await get(platform, '/metrics')));
  const of = (tenant: string, name: string, more = {}) =>
    valueOf(families, `z0_${name}`, { tenant, ...more });
  expect(families.find(({ name }) => name === 'z0_request_duration_seconds')).toMatchObject({
    type: 'histogram',
    unit: 'seconds',
  });
  const bounds = '0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 +Inf'.split(' ');
  const bucket = (le: string) => of('acme', 'request_duration_seconds_bucket', { le });
  expect(bounds.map(bucket)).toEqual([1, 1, 3, 3, 3, 3, 3, 6, 6, 6, 6, 10]);
  for (const [name, acme, nobody] of [
    ['requests', 10, 5],
    ['request_writes', 2, 0],
    ['request_refusals', 3, 5],
    ['request_errors', 1, 0],
  ] as const) {
    expect([of('acme', `${name}_total`), of('', `${name}_total`)]).toEqual([acme, nobody]);
  }
});

it('what a newer SDK tells of itself has its series, and dead letters have one', async () => {
  const platform = platformApart();
  const told = {
    dropped_count: 2,
    breaker_openings_count: 1,
    schema_inits_count: 3,
    hydrations_count: 4,
    hydrated_facts_count: 50,
  };
  await deliver(platform, [reportOf('acme', 1, told), reportOf('acme', 2, told)]);
  await deliverDead(platform, ['rubbish']);
  const families = parseOpenMetrics(await textOf(await get(platform, '/metrics')));
  const of = (name: string) => valueOf(families, `z0_tenant_${name}`, { tenant: 'acme' });
  expect({
    dropped: of('dropped_total'),
    breaker_openings: of('breaker_openings_total'),
    schema_inits: of('schema_inits_total'),
    hydrations: of('hydrations_total'),
    hydrated_facts: of('hydrated_facts_total'),
  }).toEqual({
    dropped: 4,
    breaker_openings: 2,
    schema_inits: 6,
    hydrations: 8,
    hydrated_facts: 100,
  });
  expect(of('last_flush_lag_seconds')).toBeGreaterThan(0);
  expect(valueOf(families, 'z0_dead_letters_total', {})).toBe(1);
});

it('a shard that does not answer is counted, and its tenants are left out', async () => {
  const platform = platformApart();
  await deliver(platform, [reportOf('acme', 1), reportOf('globex', 1)]);
  await runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) => {
    storage.sql.exec('ALTER TABLE stats_tenants RENAME TO lost');
  });
  expect(systemShardOf('globex')).not.toBe(systemShardOf('acme'));
  const families = parseOpenMetrics(await textOf(await get(platform, '/metrics')));
  expect(valueOf(families, 'z0_stats_shards', { state: 'unavailable' })).toBe(1);
  expect(valueOf(families, 'z0_tenant_reports_total', { tenant: 'acme' })).toBeUndefined();
  expect(valueOf(families, 'z0_tenant_reports_total', { tenant: 'globex' })).toBe(1);
});

it('a name that the grammar could not hold is escaped', () => {
  const tenant = 'a"b\\c\nd';
  const text = openMetrics({
    tallies: { data: [emptyTally(tenant)], unavailable_shards: [] },
    requests: { data: [], unavailable_shards: [] },
  });
  expect(valueOf(parseOpenMetrics(text), 'z0_tenant_facts_total', { tenant })).toBe(0);
});
