// The operator's API for stats: who may ask, what may be asked, and that the answers are exact.
import { beforeAll, describe, expect, it } from 'vitest';
import type { TenantStatsMessage } from '../../platform/src/metrics/tenant-stats.ts';
import {
  deliver,
  get,
  minutesBefore,
  NOTHING_MORE,
  platformApart,
  reportOf,
} from './stats-world.ts';
import { activeTenant, freshId, jsonOf, problemOf } from './world.ts';

interface SeriesBody {
  object: string;
  data: { start: string; facts: number; refusals: number; cache_hits: number }[];
  has_more: boolean;
}

const platform = platformApart();
const acme = freshId('acme');
const globex = freshId('globex');

beforeAll(async () => {
  await activeTenant(acme);
  await activeTenant(globex);
});

const now = Date.now();
/** The minute that period 60 is of. */
const current = minutesBefore(now, 0);

function minute(minutesAgo: number): string {
  return new Date(current - minutesAgo * 60_000).toISOString();
}

/** One fact in period 1, two in period 2, and so on; `base` tells tenants apart. */
function hourOf(tenant: string, base: number): TenantStatsMessage[] {
  let facts = 0;
  return Array.from({ length: 59 }, (_, index) => {
    const facts_count = base + index + 1;
    facts += facts_count;
    const period_start = current - (59 - index) * 60_000;
    return reportOf(tenant, index + 1, {
      period_start,
      period_end: period_start + 60_000,
      facts_count,
      cache_hits: 10,
      cache_misses: 1,
      refusals_count: 2,
      errors_count: 1,
      storage_bytes: 8192,
      totals: { facts, entities: 3 },
    });
  });
}

/** Of periods `first` to `last`. */
function factsOf(first: number, last: number, base: number): number {
  return ((last - first + 1) * (first + last)) / 2 + base * (last - first + 1);
}

describe('before anything was reported', () => {
  it('the platform and its tenants answer zeros', async () => {
    expect(await jsonOf(await get(platform, '/v1/stats'))).toMatchObject({
      object: 'platform_stats',
      since: null,
      tenant_count: 0,
      facts_count: 0,
      gaps: 0,
      unavailable_shards: [],
    });
    expect(await jsonOf(await get(platform, `/v1/tenants/${acme}/stats`))).toEqual({
      object: 'tenant_stats',
      tenant_id: acme,
      since: null,
      facts_count: 0,
      entities_count: 0,
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
      missing: [],
      from: null,
      to: null,
    });
    const series = await get(platform, `/v1/tenants/${acme}/stats/series?resolution=day`);
    expect(await jsonOf(series)).toEqual({
      object: 'list',
      data: [],
      has_more: false,
      next_cursor: null,
    });
  });
});

describe('two tenants with an hour of periods', () => {
  beforeAll(async () => {
    await deliver(platform, [...hourOf(acme, 0), ...hourOf(globex, 1000)]);
  });

  it('the platform tells what they add up to', async () => {
    expect(await jsonOf(await get(platform, '/v1/stats'))).toEqual({
      object: 'platform_stats',
      since: minute(59),
      tenant_count: 2,
      entity_count: 6,
      sdk_facts_count: 118,
      facts_count: factsOf(1, 59, 0) + factsOf(1, 59, 1000),
      cache_hits: 1180,
      cache_misses: 118,
      refusals_count: 236,
      errors_count: 118,
      storage_bytes: 16_384,
      last_period_end: minute(0),
      gaps: 0,
      late_count: 0,
      ...NOTHING_MORE,
      last_flush_lag_ms: expect.any(Number),
      unavailable_shards: [],
    });
  });

  it.each([
    [acme, 0],
    [globex, 1000],
  ])('each is told its own: %s', async (tenant, base) => {
    expect(await jsonOf(await get(platform, `/v1/tenants/${tenant}/stats`))).toMatchObject({
      tenant_id: tenant,
      facts_count: factsOf(1, 59, base),
      entities_count: 3,
      cache_hits: 590,
      last_period_end: minute(0),
    });
    const series = await get(platform, `/v1/tenants/${tenant}/stats/series?from=${minute(60)}`);
    const { data } = await jsonOf<SeriesBody>(series);
    expect(data.map(({ facts }) => facts)).toEqual(
      Array.from({ length: 59 }, (_, index) => base + index + 1),
    );
    expect(data.map(({ start }) => start)).toEqual(
      Array.from({ length: 59 }, (_, index) => minute(59 - index)),
    );
  });

  it('a range counts whole points, from the first to before the last', async () => {
    const within = `from=${minute(10)}&to=${minute(5)}`;
    const path = `/v1/tenants/${acme}/stats`;
    expect(await jsonOf(await get(platform, `${path}?${within}`))).toMatchObject({
      facts_count: factsOf(50, 54, 0),
      refusals_count: 10,
      errors_count: 5,
      entities_count: 3,
      from: minute(10),
      to: minute(5),
    });
    const { data } = await jsonOf<SeriesBody>(await get(platform, `${path}/series?${within}`));
    expect(data.map(({ start }) => start)).toEqual([10, 9, 8, 7, 6].map(minute));
    // An end inside a minute takes in all of it; offsets are times like any other.
    const later = new Date(current - 5 * 60_000 + 1).toISOString().replace('Z', '%2B00:00');
    expect(
      await jsonOf(await get(platform, `${path}?from=${minute(10)}&to=${later}`)),
    ).toMatchObject({ facts_count: factsOf(50, 55, 0), to: minute(4) });
  });

  it('an open range holds everything, whatever points it is made of', async () => {
    for (const query of ['from=1970-01-01T00:00:00Z', 'to=2100-01-01T00:00:00Z']) {
      const answer = await get(platform, `/v1/tenants/${acme}/stats?${query}`);
      expect(await jsonOf(answer)).toMatchObject({ facts_count: factsOf(1, 59, 0) });
    }
  });

  it.each(['minute', 'hour', 'day'])('points of a %s add up to the total', async (resolution) => {
    const path = `/v1/tenants/${acme}/stats/series?resolution=${resolution}`;
    const { data } = await jsonOf<SeriesBody>(await get(platform, `${path}&from=${minute(60)}`));
    expect(data.reduce((sum, { facts }) => sum + facts, 0)).toBe(factsOf(1, 59, 0));
    expect(data.reduce((sum, { refusals }) => sum + refusals, 0)).toBe(118);
    expect(data.reduce((sum, { cache_hits }) => sum + cache_hits, 0)).toBe(590);
  });
});

describe('what may be asked', () => {
  it.each(['/v1/stats', '/v1/tenants/acme/stats', '/v1/tenants/acme/stats/series', '/metrics'])(
    '%s is for the operator',
    async (path) => {
      expect(await problemOf(await get(platform, path, null))).toMatchObject({
        code: 'token_missing',
      });
      expect(await problemOf(await get(platform, path, 'wrong'))).toMatchObject({
        code: 'token_invalid',
      });
    },
  );

  it.each([
    ['/v1/stats?from=2026-01-01T00:00:00Z', '/query/from'],
    ['/metrics?tenant=acme', '/query/tenant'],
    ['/v1/tenants/acme/stats?since=1', '/query/since'],
    ['/v1/tenants/acme/stats?from=yesterday', '/query/from'],
    ['/v1/tenants/acme/stats?from=2026-01-01', '/query/from'],
    ['/v1/tenants/acme/stats?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', '/query/to'],
    ['/v1/tenants/acme/stats/series?resolution=week', '/query/resolution'],
    ['/v1/tenants/acme/stats/series?from=2020-01-01T00:00:00Z', '/query/from'],
    ['/v1/tenants/acme/stats/series?limit=5', '/query/limit'],
  ])('%s is refused', async (path, pointer) => {
    expect(await problemOf(await get(platform, path))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      pointers: [pointer],
    });
  });

  it.each(['/stats', '/stats/series'])('%s of a tenant there is not is not found', async (path) => {
    for (const id of ['nobody-here', 'NOT%20AN%20ID']) {
      expect(await problemOf(await get(platform, `/v1/tenants/${id}${path}`))).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    }
  });
});
