// When alerts fire and when they are resolved, on the shards of a platform of the test's own: by what
// arrives, and by the clock.
import { createMessageBatch, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { evaluateAlerts } from '../../platform/src/alerts/evaluate-alerts.ts';
import { readAlerts } from '../../platform/src/alerts/read-alerts.ts';
import type { Env } from '../../platform/src/env.ts';
import { consumeDeadLetters } from '../../platform/src/metrics/dead-letter-consumer.ts';
import { systemShard, systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import {
  alertFacts,
  alertsAfter,
  alertsOf,
  anyRequestRule,
  MINUTE_MS,
  putSettings,
  refusedWith,
  requestsOf,
  ring,
} from './alerts-world.ts';
import { deliver, evictShard, get, platformApart, reportOf, shardStub } from './stats-world.ts';
import { jsonOf, problemOf } from './world.ts';

const TENANT = 'acme';

function shardOf(platform: Env) {
  return systemShard(platform, systemShardOf(TENANT));
}

describe('an alert fires', () => {
  it.each<[rule: string, counts: object, value: number]>([
    ['errors', { requests: 100, errors: 5 }, 0.05],
    ['breaker_open', refusedWith('circuit_open', 503, 100, 2), 2],
    ['near_limit', refusedWith('rate_limited', 429, 100, 30), 0.3],
  ])('%s, as soon as the counts say so', async (rule, counts, value) => {
    const platform = platformApart();
    const message = requestsOf(TENANT, Date.now(), counts);
    const [alert, ...others] = await alertsAfter(platform, TENANT, message);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ rule, value, tenant_id: TENANT, state: 'firing' });
    expect(alert?.resolved_at).toBeNull();
    const [fact] = await alertFacts(platform, TENANT);
    expect(fact).toMatchObject({ id: alert?.id, subtype: 'fired', source_id: TENANT });
    expect(fact?.data).toMatchObject({ rule, value, text: alert?.text });
  });

  it('gap, once two later reports have come, and not when a queue turns two around', async () => {
    const platform = platformApart();
    const late = await alertsAfter(platform, TENANT, reportOf(TENANT, 57), reportOf(TENANT, 59));
    expect(late.filter(({ rule }) => rule === 'gap')).toMatchObject([{ value: 56 }]);
    const other = 'globex';
    const first = Array.from({ length: 5 }, (_, index) => reportOf(other, index + 52));
    await alertsAfter(platform, other, ...first.map((one, at) => ({ ...one, period: at + 1 })));
    const skipped = { ...reportOf(other, 58), period: 7 };
    expect(await alertsAfter(platform, other, skipped)).toEqual([]);
    const next = { ...reportOf(other, 59), period: 8 };
    expect(await alertsAfter(platform, other, next)).toMatchObject([
      { rule: 'gap', value: 1, text: expect.stringContaining('is missing 1 report') },
    ]);
  });

  it('flush_lag, when writes are not reported for five minutes and nothing more arrives', async () => {
    const platform = platformApart();
    const end = Date.now() - 7 * MINUTE_MS;
    await shardOf(platform).recordRequests([requestsOf(TENANT, end, { requests: 9, writes: 9 })]);
    await evaluateAlerts(platform, [TENANT], end + MINUTE_MS);
    expect(await alertsOf(platform, TENANT)).toEqual([]);
    await ring(platform, TENANT);
    const [alert] = await alertsOf(platform, TENANT);
    expect(alert).toMatchObject({ rule: 'flush_lag', state: 'firing', severity: 'warn' });
    expect(alert?.value).toBeGreaterThanOrEqual(5);
  });

  it('dead_letters, about the platform itself', async () => {
    const platform = platformApart();
    const message = { id: 'lost-1', timestamp: new Date(), attempts: 6, body: { lost: true } };
    const batch = createMessageBatch('z0-platform-metrics-dead', [message]);
    await consumeDeadLetters(batch, platform);
    expect(await alertsOf(platform, '')).toMatchObject([
      { rule: 'dead_letters', tenant_id: null, severity: 'bad', value: 1 },
    ]);
    expect(await alertsOf(platform)).toHaveLength(1);
  });

  it('errors, about the platform itself, by requests that had no tenant yet', async () => {
    const platform = platformApart();
    const message = requestsOf('', Date.now(), { requests: 100, errors: 50 });
    expect(await alertsAfter(platform, '', message)).toMatchObject([
      { rule: 'errors', tenant_id: null, value: 0.5 },
    ]);
    const [fact] = await alertFacts(platform, '');
    expect(fact).toMatchObject({ source_id: 'platform', data: { tenant_id: null } });
  });

  it.each<[what: string, counts: object]>([
    ['one failed request of two', { requests: 2, errors: 1 }],
    ['nineteen requests that all fail', { requests: 19, errors: 19 }],
    ['less than the threshold', { requests: 1000, errors: 49 }],
    ['one request at the limit', refusedWith('rate_limited', 429, 1, 1)],
    ['refusals of any other kind', refusedWith('not_found', 404, 1000, 1000)],
    ['a few writes that are not reported', { requests: 4, writes: 4 }],
  ])('never for %s', async (_, counts) => {
    const platform = platformApart();
    const end = Date.now() - 2000;
    expect(await alertsAfter(platform, TENANT, requestsOf(TENANT, end, counts))).toEqual([]);
    await evaluateAlerts(platform, [TENANT], Date.now() + 6 * MINUTE_MS);
    expect(await alertsOf(platform, TENANT)).toEqual([]);
  });

  it('once, however often it is looked at', async () => {
    const platform = platformApart();
    const failing = () => requestsOf(TENANT, Date.now(), { requests: 100, errors: 50 });
    await alertsAfter(platform, TENANT, failing());
    await Promise.all([
      deliver(platform, [failing(), failing()]),
      evaluateAlerts(platform, [TENANT], Date.now()),
      evaluateAlerts(platform, [TENANT], Date.now()),
    ]);
    await evictShard(platform, TENANT);
    expect(await alertsAfter(platform, TENANT, failing())).toHaveLength(1);
    expect(await alertFacts(platform, TENANT)).toHaveLength(1);
  });

  it('for one tenant, and says nothing of another on the same shard', async () => {
    const platform = platformApart();
    const same = Array.from({ length: 200 }, (_, at) => `tenant-${at}`).find(
      (id) => systemShardOf(id) === systemShardOf(TENANT),
    );
    const other = same ?? expect.unreachable('no such tenant');
    await alertsAfter(platform, other, requestsOf(other, Date.now(), { requests: 50, writes: 50 }));
    const failing = requestsOf(TENANT, Date.now(), { requests: 100, errors: 50 });
    expect(await alertsAfter(platform, TENANT, failing)).toHaveLength(1);
    expect(await alertsOf(platform, other)).toEqual([]);
  });
});

describe('an alert is resolved', () => {
  it('by the clock, when nothing more arrives', async () => {
    const platform = platformApart();
    const end = Date.now() - 12 * MINUTE_MS;
    await shardOf(platform).recordRequests([requestsOf(TENANT, end, { requests: 99, errors: 99 })]);
    await evaluateAlerts(platform, [TENANT], end + 1000);
    // The shard wakes by itself at once, as there is something to deliver.
    const [alert] = await vi.waitFor(
      async () => {
        const alerts = await alertsOf(platform, TENANT);
        expect(alerts).toMatchObject([{ rule: 'errors', state: 'resolved' }]);
        return alerts;
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(alert?.fired_at).toBe(new Date(end + 1000).toISOString());
    const [fired, resolved] = await alertFacts(platform, TENANT);
    expect(resolved).toMatchObject({
      subtype: 'resolved',
      source_id: TENANT,
      causation_id: fired?.id,
      data: { alert: fired?.id, rule: 'errors', value: 0 },
    });
  });

  it('not before it has been open for five minutes, and not just below the threshold', async () => {
    const platform = platformApart();
    const now = Date.now();
    await alertsAfter(platform, TENANT, requestsOf(TENANT, now, { requests: 100, errors: 10 }));
    // 10 of 300 is calm: below four fifths of one in twenty.
    const calm = requestsOf(TENANT, now, { requests: 200 });
    expect(await alertsAfter(platform, TENANT, calm)).toMatchObject([{ state: 'firing' }]);
    const failing = requestsOf(TENANT, now + 4 * MINUTE_MS, { requests: 1000, errors: 45 });
    await deliver(platform, [failing]);
    await evaluateAlerts(platform, [TENANT], now + 7 * MINUTE_MS);
    expect(await alertsOf(platform, TENANT)).toMatchObject([{ state: 'firing' }]);
    await deliver(platform, [requestsOf(TENANT, now + 7 * MINUTE_MS, { requests: 200 })]);
    await evaluateAlerts(platform, [TENANT], now + 8 * MINUTE_MS);
    expect(await alertsOf(platform, TENANT)).toMatchObject([{ state: 'resolved' }]);
  });

  it('flush_lag, by the report that was missing', async () => {
    const platform = platformApart();
    const end = Date.now() - 10 * MINUTE_MS;
    await shardOf(platform).recordRequests([requestsOf(TENANT, end, { requests: 9, writes: 9 })]);
    await evaluateAlerts(platform, [TENANT], end + 7 * MINUTE_MS);
    expect(await alertsOf(platform, TENANT)).toMatchObject([
      { rule: 'flush_lag', state: 'firing' },
    ]);
    await deliver(platform, [reportOf(TENANT, 1, { period_end: Date.now() })]);
    await evaluateAlerts(platform, [TENANT], Date.now() + 5 * MINUTE_MS);
    expect(await alertsOf(platform, TENANT)).toMatchObject([
      { rule: 'flush_lag', state: 'resolved' },
    ]);
  });

  it('when its rule is gone, and fires anew when there is reason again', async () => {
    const platform = platformApart();
    const rules = [anyRequestRule('any_limited')];
    await putSettings(platform, { rules });
    const limited = () => requestsOf(TENANT, Date.now(), refusedWith('rate_limited', 429, 9, 9));
    expect(await alertsAfter(platform, TENANT, limited())).toMatchObject([
      { rule: 'any_limited', state: 'firing' },
    ]);
    await putSettings(platform, { rules: [] });
    expect(await alertsAfter(platform, TENANT, limited())).toMatchObject([{ state: 'resolved' }]);
    await putSettings(platform, { rules });
    expect(await alertsAfter(platform, TENANT, limited())).toMatchObject([
      { state: 'firing' },
      { state: 'resolved' },
    ]);
  });
});

describe('the operator', () => {
  it('lists alerts: the firing ones, bad ones first, or all of them', async () => {
    const platform = platformApart();
    const now = Date.now();
    await alertsAfter(platform, 'acme', requestsOf('acme', now, { requests: 99, errors: 99 }));
    const limited = refusedWith('rate_limited', 429, 100, 50);
    await alertsAfter(platform, 'globex', requestsOf('globex', now, limited));
    await evaluateAlerts(platform, ['acme'], now + 30 * MINUTE_MS);
    await alertsAfter(platform, 'hooli', requestsOf('hooli', now, { requests: 99, errors: 99 }));
    const list = async (query: string) => {
      const response = await get(platform, `/v1/alerts${query}`);
      expect(response.status).toBe(200);
      return jsonOf<{ data: { tenant_id: string }[]; has_more: boolean }>(response);
    };
    const firing = await list('');
    expect(firing).toMatchObject({ object: 'list', has_more: false, unavailable_shards: [] });
    expect(firing.data.map(({ tenant_id }) => tenant_id)).toEqual(['hooli', 'globex']);
    expect((await list('?state=all')).data).toHaveLength(3);
    expect(await list('?state=all&limit=1')).toMatchObject({ data: [{}], has_more: true });
    expect(await list('?state=all&tenant_id=acme')).toMatchObject({
      data: [{ object: 'alert', rule: 'errors', state: 'resolved', tenant_id: 'acme' }],
    });
    expect(await list('?tenant_id=initech')).toMatchObject({ data: [] });
  });

  it.each([
    ['?state=open', '/query/state'],
    ['?limit=0', '/query/limit'],
    ['?tenant_id=A', '/query/tenant_id'],
    ['?cursor=x', '/query/cursor'],
  ])('is told what is wrong with %s', async (query, pointer) => {
    const refused = await problemOf(await get(platformApart(), `/v1/alerts${query}`));
    expect(refused).toMatchObject({ status: 400, pointers: [pointer] });
  });

  it('alone may ask', async () => {
    const refused = await problemOf(await get(env, '/v1/alerts', null));
    expect(refused.code).toBe('token_missing');
  });

  it('still sees the others when a shard does not answer, and is told which', async () => {
    const platform = platformApart();
    const failing = requestsOf('globex', Date.now(), { requests: 99, errors: 99 });
    await alertsAfter(platform, 'globex', failing);
    const { SYSTEM_LEDGER } = platform;
    const broken = {
      ...platform,
      SYSTEM_LEDGER: {
        idFromName: (name: string) => {
          if (name === systemShardOf('acme')) throw new RangeError('away');
          return SYSTEM_LEDGER.idFromName(name);
        },
        get: (id: DurableObjectId) => SYSTEM_LEDGER.get(id),
      } as unknown as DurableObjectNamespace,
    };
    const read = await readAlerts(broken, { state: 'firing', limit: 10 });
    expect(read.data).toMatchObject([{ tenant_id: 'globex' }]);
    expect(read.unavailable_shards).toEqual([systemShardOf('acme')]);
  });
});

it('a shard that nobody reported to has no alerts and stores nothing for being asked', async () => {
  const platform = platformApart();
  expect(await alertsOf(platform)).toEqual([]);
  await evaluateAlerts(platform, [TENANT], Date.now());
  const tables = await runInDurableObject(shardStub(platform, TENANT), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'alert%'").toArray(),
  );
  expect(tables).toEqual([]);
});
