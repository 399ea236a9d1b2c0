// What the shards make of the dispatcher's counts: exact, whatever the queue does.
import { runInDurableObject } from 'cloudflare:test';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  RequestCountsMessage,
  TenantRequestCounts,
} from '../../dispatcher/src/request-counts.ts';
import type { Env } from '../../platform/src/env.ts';
import type { SystemLedger } from '../../platform/src/metrics/system-ledger.ts';
import { systemShard, systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import {
  readErrorGroups,
  readPlatformRequestSeries,
  readTenantRequestSeries,
  readTenantRequests,
  readTopByRequests,
} from '../../platform/src/stats/request-reader.ts';
import { addRequests, NO_REQUESTS } from '../../platform/src/stats/request-sums.ts';
import type { ErrorGroup, RequestCounts } from '../../platform/src/stats/request-view.ts';
import { readPlatformStats, readTenantStats } from '../../platform/src/stats/stats-reader.ts';
import { RESOLUTIONS } from '../../platform/src/stats/stats-view.ts';
import {
  countFacts,
  countsOf,
  deliver,
  evictShard,
  minutesBefore,
  platformApart,
  reportOf,
  requestsOf,
  shardStub,
} from './stats-world.ts';

/** The empty one is nobody's. */
const TENANTS = ['acme', 'globex', ''];
const DAY_MS = 86_400_000;

async function requestsOfTenant(platform: Env, tenantId: string): Promise<RequestCounts> {
  const requests = await readTenantRequests(platform, tenantId);
  if (!requests.ok) expect.unreachable(requests.error.detail);
  return requests.value;
}

function sum(all: readonly RequestCounts[]): RequestCounts {
  return all.reduce(addRequests, NO_REQUESTS);
}

/** What is told of groups, without when. */
function countsByGroup(groups: readonly Omit<ErrorGroup, 'last_at'>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { tenant_id, code, route, status, count } of groups) {
    const key = `${tenant_id} ${code} ${route} ${status}`;
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return sums;
}

const group = fc.record({
  code: fc.constantFrom('not_found', 'conflict', 'http_500'),
  route: fc.constantFrom('/v1/entities/{id}', '/x/*'),
  status: fc.constantFrom(404, 409, 500),
  count: fc.integer({ min: 1, max: 9 }),
});

const tenantCounts: fc.Arbitrary<TenantRequestCounts> = fc.record({
  requests: fc.nat(1e6),
  writes: fc.nat(1e6),
  refusals: fc.nat(1e3),
  errors: fc.nat(1e3),
  latency: fc.array(fc.nat(1e6), { minLength: 12, maxLength: 12 }),
  groups: fc.array(group, { maxLength: 3 }),
});

const sent = fc.record({
  tenants: fc.dictionary(fc.constantFrom(...TENANTS), tenantCounts, { minKeys: 1 }),
  minutesAgo: fc.nat(90),
  /** How often the queue delivers it, over all batches. */
  deliveries: fc.integer({ min: 0, max: 3 }),
});

async function expectExactly(platform: Env, distinct: readonly RequestCountsMessage[]) {
  const range = { from: Date.now() - DAY_MS, to: Date.now() + DAY_MS };
  for (const tenant of TENANTS) {
    const own = distinct.flatMap(({ tenants }) => tenants[tenant] ?? []);
    const expected = sum(own);
    expect(await requestsOfTenant(platform, tenant)).toEqual(expected);
    for (const resolution of RESOLUTIONS) {
      const points = await readTenantRequestSeries(platform, tenant, { resolution, ...range });
      if (!points.ok) expect.unreachable(points.error.detail);
      expect(sum(points.value)).toEqual(expected);
    }
    const groups = await readErrorGroups(platform, { tenantId: tenant, ...range, limit: 1000 });
    expect(countsByGroup(groups.data)).toEqual(
      countsByGroup(own.flatMap((one) => one.groups.map((of) => ({ tenant_id: tenant, ...of })))),
    );
  }
  const all = sum(distinct.flatMap(({ tenants }) => Object.values(tenants)));
  const series = await readPlatformRequestSeries(platform, { resolution: 'day', ...range });
  expect(sum(series.data)).toEqual(all);
  const { dispatcher } = await readPlatformStats(platform);
  expect(dispatcher).toMatchObject({
    requests_count: all.requests,
    writes_count: all.writes,
    refusals_count: all.refusals,
    errors_count: all.errors,
  });
}

describe('whatever the queue repeats, reorders or loses', () => {
  it('sums, points and groups are those of the distinct messages, tenant by tenant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sent, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 7 }),
        async (history, dice, batchSize) => {
          const platform = platformApart();
          const messages = history.map(({ tenants, minutesAgo, deliveries }) => {
            const end = minutesBefore(Date.now(), minutesAgo) + 30_000;
            return { message: requestsOf(tenants, end), deliveries };
          });
          const queue = messages
            .flatMap(({ message, deliveries }) => Array(deliveries).fill(message))
            .map((message: RequestCountsMessage) => ({ message, at: dice.next().value ?? 0 }))
            .toSorted((a, b) => a.at - b.at)
            .map(({ message }) => message);
          for (let at = 0; at < queue.length; at += batchSize) {
            const batch = queue.slice(at, at + batchSize);
            expect((await deliver(platform, batch)).explicitAcks).toHaveLength(batch.length);
            if ((dice.next().value ?? 0) % 4 === 0) await evictShard(platform, 'acme');
          }
          const distinct = messages.flatMap(({ message, deliveries }) =>
            deliveries > 0 ? [message] : [],
          );
          await expectExactly(platform, distinct);
          const ofAcme = distinct.filter(({ tenants }) => 'acme' in tenants);
          if (ofAcme.length > 0) {
            expect(await countFacts(platform, 'acme', 'request_counts')).toBe(ofAcme.length);
          }
        },
      ),
      { numRuns: 20 },
    );
  }, 120_000);
});

it('both kinds of message go through one queue, and neither changes what the other counts', async () => {
  const platform = platformApart();
  const report = reportOf('acme', 1, { facts_count: 7, refusals_count: 3, totals: undefined });
  const message = requestsOf({
    acme: countsOf(10, { refusals: 2, errors: 1 }),
    globex: countsOf(5),
    '': countsOf(4, { refusals: 4 }),
  });
  const result = await deliver(platform, [report, message]);
  expect(result.explicitAcks).toEqual(['m0', 'm1']);
  const acme = await readTenantStats(platform, 'acme');
  if (!acme.ok) expect.unreachable(acme.error.detail);
  expect(acme.value).toMatchObject({
    facts_count: 7,
    refusals_count: 3,
    dispatcher: { requests_count: 10, refusals_count: 2, errors_count: 1 },
  });
  // Who has not reported has requests all the same, and is no tenant that ever reported.
  const globex = await readTenantStats(platform, 'globex');
  if (!globex.ok) expect.unreachable(globex.error.detail);
  expect(globex.value).toMatchObject({
    since: null,
    dispatcher: { requests_count: 5, p50_ms: 7.5 },
  });
  expect(await readPlatformStats(platform)).toMatchObject({
    tenant_count: 1,
    facts_count: 7,
    dispatcher: { requests_count: 19, refusals_count: 6 },
  });
});

it('a message that one shard could not take is counted once in the others when it comes again', async () => {
  const platform = platformApart();
  await deliver(platform, [reportOf('acme', 1), reportOf('globex', 1)]);
  expect(systemShardOf('globex')).not.toBe(systemShardOf('acme'));
  const rename = (from: string, to: string) =>
    runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) => {
      storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  const message = requestsOf({ acme: countsOf(3), globex: countsOf(5) });
  await rename('request_points', 'lost');
  expect((await deliver(platform, [message])).retryMessages.map(({ msgId }) => msgId)).toEqual([
    'm0',
  ]);
  expect(await readTenantRequests(platform, 'acme')).toMatchObject({
    ok: false,
    error: { code: 'not_ready' },
  });
  const top = await readTopByRequests(platform, { by: 'requests', limit: 5 });
  expect(top).toMatchObject({
    data: [{ tenant_id: 'globex', requests: 5 }],
    unavailable_shards: [systemShardOf('acme')],
  });
  await rename('lost', 'request_points');
  expect((await deliver(platform, [message])).explicitAcks).toEqual(['m0']);
  expect(await requestsOfTenant(platform, 'acme')).toMatchObject({ requests: 3 });
  expect(await requestsOfTenant(platform, 'globex')).toMatchObject({ requests: 5 });
});

it('calls that overlap inside the shard record a message once', async () => {
  const platform = platformApart();
  const message = requestsOf({ acme: countsOf(3) });
  await runInDurableObject(shardStub(platform, 'acme'), async (object) => {
    // The object of this namespace is one.
    const ledger = object as unknown as SystemLedger;
    await Promise.all(Array.from({ length: 3 }, () => ledger.recordRequests([message, message])));
  });
  expect(await countFacts(platform, 'acme', 'request_counts')).toBe(1);
  expect(await requestsOfTenant(platform, 'acme')).toMatchObject({ requests: 3 });
});

it('a message recorded just before the shard crashed is counted once, by whoever asks next', async () => {
  const platform = platformApart();
  const message = requestsOf({ acme: countsOf(3) });
  await runInDurableObject(shardStub(platform, 'acme'), async (ledger) => {
    const fact = { type: 'sdk', subtype: 'request_counts', data: { ...message } };
    // The object of this namespace is one.
    await (ledger as unknown as SystemLedger).appendFact(fact, {
      tenantId: 'platform',
      principal: 'platform',
    });
  });
  await evictShard(platform, 'acme');
  expect((await deliver(platform, [message])).explicitAcks).toEqual(['m0']);
  expect(await requestsOfTenant(platform, 'acme')).toMatchObject({ requests: 3 });
  expect(await countFacts(platform, 'acme', 'request_counts')).toBe(1);
});

it('everything can be made again from the facts', async () => {
  const platform = platformApart();
  const groups = [{ code: 'conflict', route: '/v1/entities', status: 409, count: 2 }];
  const old = requestsOf({ acme: countsOf(2) }, Date.now() - 3_600_000);
  const message = requestsOf({ acme: countsOf(9, { refusals: 2, groups }) });
  await deliver(platform, [old, message, reportOf('acme', 1, { facts_count: 3 })]);
  const query = { resolution: 'minute', from: Date.now() - 7_200_000 } as const;
  const all = async () => [
    await requestsOfTenant(platform, 'acme'),
    await readTenantRequestSeries(platform, 'acme', query),
    await readErrorGroups(platform, { limit: 10 }),
    await readTenantStats(platform, 'acme'),
  ];
  const before = await all();
  await runInDurableObject(shardStub(platform, 'acme'), async (ledger, { storage }) => {
    storage.sql.exec('UPDATE request_tenants SET requests = 12345');
    for (const table of ['request_points', 'request_groups', 'request_messages']) {
      storage.sql.exec(`DELETE FROM ${table}`);
    }
    // The object of this namespace is one.
    expect(await (ledger as unknown as SystemLedger).reconstructState()).toMatchObject({
      ok: true,
    });
  });
  expect(await all()).toEqual(before);
  expect((await deliver(platform, [message, old])).explicitAcks).toHaveLength(2);
  expect(await all()).toEqual(before);
});

it('a shard that was made before requests were counted counts its reports anew', async () => {
  const platform = platformApart();
  await deliver(platform, [reportOf('acme', 1, { facts_count: 7, totals: undefined })]);
  await runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) => {
    storage.sql.exec('ALTER TABLE stats_tenants DROP COLUMN last_lag_ms');
    for (const table of ['request_points', 'request_tenants', 'dead_letters']) {
      storage.sql.exec(`DROP TABLE ${table}`);
    }
  });
  await evictShard(platform, 'acme');
  await deliver(platform, [requestsOf({ acme: countsOf(2) })]);
  const stats = await readTenantStats(platform, 'acme');
  if (!stats.ok) expect.unreachable(stats.error.detail);
  expect(stats.value).toMatchObject({ facts_count: 7, dispatcher: { requests_count: 2 } });
});

describe('a message that cannot be used', () => {
  const now = Date.now();
  const good = (): RequestCountsMessage => requestsOf({ acme: countsOf(1) });

  it.each<[string, unknown]>([
    ['without tenants', { ...good(), tenants: undefined }],
    ['of a tenant that none can be', { ...good(), tenants: { 'NOT AN ID': countsOf(1) } }],
    ['with a negative count', requestsOf({ acme: countsOf(-1) })],
    ['with a fraction', requestsOf({ acme: { ...countsOf(1), writes: 0.5 } })],
    ['with a count too high to add up', requestsOf({ acme: { ...countsOf(1), writes: 1e15 } })],
    ['with a bucket too few', requestsOf({ acme: { ...countsOf(1), latency: [1] } })],
    ['with an id that is none', { ...good(), id: '' }],
    ['from the future', requestsOf({ acme: countsOf(1) }, now + 7_200_000)],
    ['too old to be told from a repeat', requestsOf({ acme: countsOf(1) }, now - 3 * DAY_MS)],
    ['whose window ends before it starts', { ...good(), end: 0 }],
    [
      'with a path for a route',
      requestsOf({
        acme: countsOf(1, {
          groups: [{ code: 'not_found', route: `/${'x'.repeat(200)}`, status: 404, count: 1 }],
        }),
      }),
    ],
    ['of nothing known', { object: 'surprise' }],
    ['of no object', 'hello'],
  ])('%s is retried towards the dead letters and holds up no other', async (_, bad) => {
    const platform = platformApart();
    const result = await deliver(platform, [bad, good()]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['m0']);
    expect(result.explicitAcks).toEqual(['m1']);
    expect(await requestsOfTenant(platform, 'acme')).toMatchObject({ requests: 1 });
  });
});

it('the most comes first, of all time or of a range', async () => {
  const platform = platformApart();
  await deliver(platform, [
    requestsOf({ acme: countsOf(100) }, Date.now() - 7_200_000),
    requestsOf({ acme: countsOf(1, { errors: 1 }), globex: countsOf(20), '': countsOf(3) }),
  ]);
  const ranked = async (query: Parameters<typeof readTopByRequests>[1]) =>
    (await readTopByRequests(platform, query)).data.map(({ tenant_id }) => tenant_id);
  expect(await ranked({ by: 'requests', limit: 2 })).toEqual(['acme', 'globex']);
  const from = Date.now() - 600_000;
  expect(await ranked({ by: 'requests', limit: 9, from })).toEqual(['globex', '', 'acme']);
  expect(await ranked({ by: 'errors', limit: 9, from })).toEqual(['acme']);
});

it('ids of messages are forgotten once no repeat of them would be taken', async () => {
  const platform = platformApart();
  await deliver(platform, [requestsOf({ acme: countsOf(1) })]);
  const remembered = () =>
    runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) => {
      const query = 'SELECT count(*) AS n FROM request_messages';
      return storage.sql.exec<{ n: number }>(query).one().n;
    });
  // As they would be four days later.
  await runInDurableObject(shardStub(platform, 'acme'), (_, { storage }) => {
    storage.sql.exec('UPDATE request_messages SET window_end = window_end - ?', 4 * DAY_MS);
  });
  await deliver(platform, [requestsOf({ acme: countsOf(1) })]);
  expect(await remembered()).toBe(1);
});

it('points are kept as long as those of reports', async () => {
  const platform = platformApart();
  const shard = systemShard(platform, systemShardOf('acme'));
  const retention = { minute_days: 1, hour_days: 1, day_days: 30 };
  const old = requestsOf({ acme: countsOf(7) }, Date.now() - 1.8 * DAY_MS);
  const young = requestsOf({ acme: countsOf(2) });
  expect(await shard.recordRequests([old, young], retention)).toMatchObject([
    { ok: true },
    { ok: true },
  ]);
  for (const [resolution, requests] of [
    ['minute', 2],
    ['hour', 2],
    ['day', 9],
  ] as const) {
    expect(sum(await shard.requestPoints({ resolution }, 'acme')).requests).toBe(requests);
  }
  expect(await requestsOfTenant(platform, 'acme')).toMatchObject({ requests: 9 });
});
