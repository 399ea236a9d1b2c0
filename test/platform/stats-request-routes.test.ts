// The operator's API for requests and errors: who may ask, what may be asked, and what is answered.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { RequestPoint } from '../../platform/src/stats/request-view.ts';
import { countsOf, deliver, get, minutesBefore, platformApart, requestsOf } from './stats-world.ts';
import { activeTenant, freshId, jsonOf, problemOf } from './world.ts';

const platform = platformApart();
const acme = freshId('acme');
const globex = freshId('globex');
/** The minute that was an hour before this one. */
const hourAgo = minutesBefore(Date.now(), 60);

function minute(minutesLater: number): string {
  return new Date(hourAgo + minutesLater * 60_000).toISOString();
}

/** Windows of one minute each: `base` requests and one more each minute. */
function hourOf(tenant: string, base: number) {
  return Array.from({ length: 60 }, (_, index) => {
    const groups = [{ code: 'conflict', route: '/v1/entities/{id}/facts', status: 409, count: 1 }];
    const counts = countsOf(base + index, { writes: 1, refusals: 1, groups });
    return requestsOf({ [tenant]: counts }, hourAgo + index * 60_000 + 10_000);
  });
}

beforeAll(async () => {
  await activeTenant(acme);
  await activeTenant(globex);
  await deliver(platform, [...hourOf(acme, 1), ...hourOf(globex, 1000)]);
  await deliver(platform, [
    requestsOf({
      '': countsOf(7, {
        refusals: 7,
        groups: [{ code: 'token_missing', route: 'other', status: 401, count: 7 }],
      }),
    }),
  ]);
});

describe('the series of a tenant', () => {
  it('has its own points and nobody else’s, as they were counted', async () => {
    const query = `from=${minute(0)}&to=${minute(60)}`;
    const path = `/v1/tenants/${acme}/requests/series?${query}`;
    const { data } = await jsonOf<{ data: RequestPoint[] }>(await get(platform, path));
    expect(data).toHaveLength(60);
    expect(data.map(({ requests }) => requests)).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    expect(data[4]).toEqual({
      start: minute(4),
      requests: 5,
      writes: 1,
      refusals: 1,
      errors: 0,
      latency: [0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    });
  });

  it.each(['hour', 'day'])('of a %s adds up to the same', async (resolution) => {
    const path = `/v1/tenants/${acme}/requests/series?resolution=${resolution}`;
    const { data } = await jsonOf<{ data: RequestPoint[] }>(await get(platform, path));
    expect(data.reduce((sum, { requests }) => sum + requests, 0)).toBe(1830);
  });

  it('of all holds those before a tenant was known as well', async () => {
    const answer = await get(platform, '/v1/requests/series?resolution=day');
    const body = await jsonOf<{ data: RequestPoint[] }>(answer);
    expect(body).toMatchObject({ object: 'list', unavailable_shards: [] });
    expect(body.data.reduce((sum, { requests }) => sum + requests, 0)).toBe(1830 + 61_770 + 7);
  });
});

describe('stats', () => {
  it('tell what the dispatcher counted beside what the tenant claims', async () => {
    expect(await jsonOf(await get(platform, `/v1/tenants/${acme}/stats`))).toMatchObject({
      facts_count: 0,
      since: null,
      dispatcher: {
        requests_count: 1830,
        writes_count: 60,
        refusals_count: 60,
        errors_count: 0,
        p50_ms: 7.5,
        p95_ms: 9.8,
        p99_ms: 10,
      },
    });
    const range = `from=${minute(10)}&to=${minute(12)}`;
    expect(await jsonOf(await get(platform, `/v1/tenants/${acme}/stats?${range}`))).toMatchObject({
      dispatcher: { requests_count: 23, refusals_count: 2 },
    });
    expect(await jsonOf(await get(platform, '/v1/stats'))).toMatchObject({
      tenant_count: 0,
      dispatcher: { requests_count: 1830 + 61_770 + 7, refusals_count: 127 },
    });
  });
});

describe('GET /v1/errors', () => {
  it('lists groups, most first, of all tenants and of nobody', async () => {
    const body = await jsonOf<{ data: { tenant_id: string; code: string; count: number }[] }>(
      await get(platform, '/v1/errors'),
    );
    expect(body).toMatchObject({ object: 'list', unavailable_shards: [] });
    expect(body.data.map(({ tenant_id, code, count }) => [tenant_id, code, count])).toEqual([
      ...[acme, globex].toSorted().map((id) => [id, 'conflict', 60]),
      ['', 'token_missing', 7],
    ]);
    expect(body.data[0]).toMatchObject({ route: '/v1/entities/{id}/facts', status: 409 });
  });

  it.each([
    ['a tenant', `tenant_id=${acme}`, [60]],
    ['nobody', 'tenant_id=', [7]],
    ['a number', 'limit=1', [60]],
    ['the hours before', `from=${minute(-180)}&to=${minute(-120)}`, []],
    ['a tenant there is not', 'tenant_id=nobody-here', []],
  ])('holds those of %s', async (_, query, counts) => {
    const answer = await get(platform, `/v1/errors?${query}`);
    const { data } = await jsonOf<{ data: { count: number }[] }>(answer);
    expect(data.map(({ count }) => count)).toEqual(counts);
  });
});

describe('what may be asked', () => {
  it.each([
    '/v1/errors',
    '/v1/dead-letters',
    '/v1/requests/series',
    '/v1/tenants/acme/requests/series',
  ])('%s is for the operator', async (path) => {
    expect(await problemOf(await get(platform, path, null))).toMatchObject({
      code: 'token_missing',
    });
  });

  it.each([
    ['/v1/errors?limit=0', '/query/limit'],
    ['/v1/errors?limit=5000', '/query/limit'],
    ['/v1/errors?tenant=acme', '/query/tenant'],
    ['/v1/errors?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', '/query/to'],
    ['/v1/requests/series?resolution=week', '/query/resolution'],
    ['/v1/requests/series?from=2020-01-01T00:00:00Z', '/query/from'],
  ])('%s is refused', async (path, pointer) => {
    expect(await problemOf(await get(platform, path))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      pointers: [pointer],
    });
  });

  it('a series of a tenant there is not is not found', async () => {
    const path = '/v1/tenants/nobody-here/requests/series';
    expect(await problemOf(await get(platform, path))).toMatchObject({ code: 'not_found' });
  });
});

it('what the dispatcher sends goes through the queue as wrangler.jsonc has it', async () => {
  const tenant = freshId('hooli');
  await activeTenant(tenant);
  // The dispatcher sends on the same queue; the platform's own binding is for reports.
  const queue = env.METRICS as unknown as Queue;
  await queue.send(requestsOf({ [tenant]: countsOf(3) }));
  await vi.waitFor(
    async () => {
      expect(await jsonOf(await get(env, `/v1/tenants/${tenant}/stats`))).toMatchObject({
        dispatcher: { requests_count: 3 },
      });
    },
    { timeout: 15_000, interval: 200 },
  );
}, 20_000);
