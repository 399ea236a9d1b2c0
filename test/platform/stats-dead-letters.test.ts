// What the queue gives up on is kept, once, and says what was lost.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import type { SystemLedger } from '../../platform/src/metrics/system-ledger.ts';
import { readDeadLetters, readShardHealth } from '../../platform/src/stats/health-reader.ts';
import {
  countFacts,
  countsOf,
  deliver,
  deliverDead,
  evictShard,
  get,
  platformApart,
  reportOf,
  requestsOf,
  shardStub,
} from './stats-world.ts';
import { jsonOf, problemOf } from './world.ts';

describe('a dead letter', () => {
  it('is kept as one fact of the platform, with why and whose where that can be seen', async () => {
    const platform = platformApart();
    const report = reportOf('acme', 7);
    const bodies = [
      { tenant_id: 'acme', facts_count: 'many' },
      report,
      requestsOf({ acme: countsOf(1), globex: countsOf(2) }),
      'rubbish',
    ];
    const result = await deliverDead(platform, bodies);
    expect(result.explicitAcks).toHaveLength(4);
    expect(await countFacts(platform, '', 'dead_letter')).toBe(4);
    const { count, data } = await readDeadLetters(platform, 10);
    expect(count).toBe(4);
    expect(data.map(({ tenant_id }) => tenant_id)).toEqual([null, null, 'acme', 'acme']);
    const [rubbish, requests, good, bad] = data;
    expect(bad?.reason).toMatch(/^period_start: .*; and \d more$/u);
    expect(good?.reason).toContain('not recorded');
    expect(JSON.parse(good?.body ?? '')).toEqual(report);
    expect(JSON.parse(requests?.body ?? '')).toMatchObject({ object: 'request_counts' });
    expect(rubbish?.body).toBe('"rubbish"');
    expect(Date.parse(rubbish?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('is kept once, however often it is delivered', async () => {
    const platform = platformApart();
    await deliverDead(platform, ['one', 'one'], ['a', 'a']);
    await evictShard(platform, '');
    expect((await deliverDead(platform, ['one', 'two'], ['a', 'b'])).explicitAcks).toEqual([
      'a',
      'b',
    ]);
    expect(await readDeadLetters(platform, 1)).toMatchObject({ count: 2, data: [{ id: 'b' }] });
    expect(await countFacts(platform, '', 'dead_letter')).toBe(2);
  });

  it.each([
    ['plain', 'x'.repeat(5000), 2048],
    ['of characters that take several bytes', '✖'.repeat(5000), 2047],
    ['no JSON', 10n, 2],
    ['nothing', undefined, 9],
  ])('keeps no more than 2 KB of a body that is %s', async (_, body, length) => {
    const platform = platformApart();
    await deliverDead(platform, [body]);
    const { data } = await readDeadLetters(platform, 1);
    const [letter] = data;
    expect(new TextEncoder().encode(letter?.body).length).toBe(length);
    expect(letter?.body).not.toContain('\uFFFD');
  });

  it('can be shown again from the facts', async () => {
    const platform = platformApart();
    await deliverDead(platform, ['one', 'two']);
    const before = await readDeadLetters(platform, 10);
    await runInDurableObject(shardStub(platform, ''), async (ledger, { storage }) => {
      storage.sql.exec('DELETE FROM dead_letters');
      // The object of this namespace is one.
      await (ledger as unknown as SystemLedger).reconstructState();
    });
    expect(await readDeadLetters(platform, 10)).toEqual(before);
  });

  it('comes from its queue to the platform, as wrangler.jsonc has it', async () => {
    const { count } = await readDeadLetters(env, 1);
    const sign = crypto.randomUUID();
    await env.DEAD_LETTERS.send({ sign });
    await vi.waitFor(
      async () => {
        const letters = await readDeadLetters(env, 100);
        expect(letters.count).toBeGreaterThan(count);
        expect(letters.data.map(({ body }) => body)).toContain(JSON.stringify({ sign }));
      },
      { timeout: 20_000, interval: 200 },
    );
  }, 25_000);
});

describe('GET /v1/dead-letters', () => {
  it('lists the newest first, and how many there ever were', async () => {
    const platform = platformApart();
    expect(await jsonOf(await get(platform, '/v1/dead-letters'))).toEqual({
      object: 'list',
      data: [],
      has_more: false,
      next_cursor: null,
      count: 0,
    });
    await deliverDead(platform, ['one', 'two', 'three']);
    expect(await jsonOf(await get(platform, '/v1/dead-letters?limit=2'))).toMatchObject({
      count: 3,
      data: [{ body: '"three"', tenant_id: null }, { body: '"two"' }],
    });
  });

  it.each(['limit=0', 'limit=1001', 'limit=ten', 'tenant_id=acme'])('refuses %s', async (query) => {
    const problem = await problemOf(await get(platformApart(), `/v1/dead-letters?${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('is not ready while the shard is away', async () => {
    const platform = platformApart();
    await deliverDead(platform, ['one']);
    await runInDurableObject(shardStub(platform, ''), (_, { storage }) => {
      storage.sql.exec('ALTER TABLE dead_letters RENAME TO lost');
    });
    expect(await problemOf(await get(platform, '/v1/dead-letters'))).toMatchObject({
      status: 503,
      code: 'not_ready',
    });
    expect(await deliverDead(platform, ['two'])).toMatchObject({ retryBatch: { retry: true } });
  });
});

it('the health of every shard is told, and one that does not answer has none', async () => {
  const platform = platformApart();
  await deliver(platform, [
    reportOf('acme', 1),
    reportOf('acme', 4),
    reportOf('acme', 3),
    reportOf('globex', 1),
  ]);
  await runInDurableObject(shardStub(platform, 'globex'), (_, { storage }) => {
    storage.sql.exec('ALTER TABLE stats_tenants RENAME TO lost');
  });
  const shards = await readShardHealth(platform);
  expect(shards).toHaveLength(16);
  expect(shards[0]?.name).toBe('system');
  const [down] = shards.filter(({ available }) => !available);
  expect(down).toEqual({
    name: expect.any(String),
    available: false,
    tenants: 0,
    reports: 0,
    late: 0,
    gaps: 0,
    last_end: null,
    storage_bytes: 0,
  });
  const busy = shards.filter(({ reports }) => reports > 0);
  expect(busy).toMatchObject([{ available: true, tenants: 1, reports: 3, late: 1, gaps: 1 }]);
  expect(busy[0]?.storage_bytes).toBeGreaterThan(4096);
  expect(Date.parse(busy[0]?.last_end ?? '')).toBe(reportOf('acme', 4).period_end);
});
