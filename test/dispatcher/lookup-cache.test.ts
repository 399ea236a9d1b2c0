// What an isolate believes about records it cannot see change. The clock is a variable.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BoundedMap } from '../../dispatcher/src/bounded-map.ts';
import { LookupCache } from '../../dispatcher/src/lookup-cache.ts';
import { RouteCache } from '../../dispatcher/src/route-cache.ts';
import { routeKey } from '../../dispatcher/src/route-record.ts';
import { putRoute } from './world.ts';

let nowMs = 0;
let loads: string[] = [];
let source: () => Promise<string | undefined>;

beforeEach(() => {
  nowMs = 1_000_000;
  loads = [];
  source = () => Promise.resolve('first');
});

afterEach(() => reset());

function makeCache(maxEntries = 10): LookupCache<string> {
  return new LookupCache({
    load: (key) => {
      loads.push(key);
      return source();
    },
    freshMs: 5_000,
    missMs: 1_000,
    staleIfErrorMs: 60_000,
    maxEntries,
    onError: () => {},
    now: () => nowMs,
  });
}

const down = (): Promise<never> => Promise.reject(new TypeError('source is down'));
const found = (value: string): unknown => ({ state: 'found', value });

test('a fresh copy is served without asking', async () => {
  const cache = makeCache();
  await cache.get('a');
  nowMs += 4_999;
  expect(await cache.get('a')).toEqual(found('first'));
  expect(loads).toEqual(['a']);
});

test('a copy past its time is asked for again', async () => {
  const cache = makeCache();
  await cache.get('a');
  source = () => Promise.resolve('second');
  nowMs += 5_000;
  expect(await cache.get('a')).toEqual(found('second'));
});

test('a stale copy is served while the source fails, and the source is not hammered', async () => {
  const cache = makeCache();
  await cache.get('a');
  source = down;
  nowMs += 30_000;
  expect(await cache.get('a')).toEqual(found('first'));
  expect(await cache.get('a')).toEqual(found('first'));
  expect(loads.length).toBe(2);
  nowMs += 1_000;
  await cache.get('a');
  expect(loads.length).toBe(3);
});

test('a copy older than the stale limit is not served: nobody knows', async () => {
  const cache = makeCache();
  await cache.get('a');
  source = down;
  nowMs += 60_001;
  expect(await cache.get('a')).toEqual({ state: 'unavailable' });
});

test('a source that fails before anything was known is unavailable, not missing', async () => {
  source = down;
  expect(await makeCache().get('a')).toEqual({ state: 'unavailable' });
});

test('a source that recovers is believed again', async () => {
  const cache = makeCache();
  source = down;
  await cache.get('a');
  source = () => Promise.resolve('first');
  expect(await cache.get('a')).toEqual(found('first'));
});

test('a miss is remembered briefly', async () => {
  const cache = makeCache();
  source = () => Promise.resolve(undefined);
  await cache.get('a');
  nowMs += 999;
  expect(await cache.get('a')).toEqual({ state: 'missing' });
  expect(loads.length).toBe(1);
  source = () => Promise.resolve('born');
  nowMs += 1;
  expect(await cache.get('a')).toEqual(found('born'));
});

test('a record that is taken away is missing, not stale', async () => {
  const cache = makeCache();
  await cache.get('a');
  source = () => Promise.resolve(undefined);
  nowMs += 5_000;
  expect(await cache.get('a')).toEqual({ state: 'missing' });
  source = down;
  nowMs += 2_000;
  expect(await cache.get('a')).toEqual({ state: 'unavailable' });
});

test('one request refreshes while the others keep the copy they have', async () => {
  const cache = makeCache();
  await cache.get('a');
  nowMs += 5_000;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  source = () => promise;
  const refreshing = cache.get('a');
  expect(await cache.get('a')).toEqual(found('first'));
  expect(loads.length).toBe(2);
  resolve('second');
  expect(await refreshing).toEqual(found('second'));
});

test('a copy left alone for long is given to nobody before the source was asked', async () => {
  const cache = makeCache();
  await cache.get('a');
  nowMs += 3_600_000;
  source = () => Promise.resolve('suspended');
  const both = await Promise.all([cache.get('a'), cache.get('a')]);
  expect(both).toEqual([found('suspended'), found('suspended')]);
});

test('made-up keys cannot push real ones out', async () => {
  const cache = makeCache(2);
  await cache.get('real');
  source = () => Promise.resolve(undefined);
  for (let i = 0; i < 50; i += 1) await cache.get(`made-up-${i}`);
  loads = [];
  await cache.get('real');
  expect(loads).toEqual([]);
});

test('a bounded map forgets what was used longest ago', () => {
  const map = new BoundedMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

test('a route record that turns unreadable leaves the last good one in force', async () => {
  const routes = new RouteCache(env.ROUTES, () => nowMs);
  await putRoute('acme');
  const before = await routes.get('acme');
  await env.ROUTES.put(routeKey('acme'), '{"tenant_id":"acme","status":"perhaps"}');
  nowMs += 5_000;
  expect(before.state).toBe('found');
  expect(await routes.get('acme')).toEqual(before);
});

test('a route record that was never readable is unavailable', async () => {
  await env.ROUTES.put(routeKey('acme'), 'not json');
  const routes = new RouteCache(env.ROUTES, () => nowMs);
  expect(await routes.get('acme')).toEqual({ state: 'unavailable' });
});

test('a suspension in KV is seen after five seconds', async () => {
  const routes = new RouteCache(env.ROUTES, () => nowMs);
  await putRoute('acme');
  await routes.get('acme');
  await putRoute('acme', { status: 'suspended' });
  expect(await routes.get('acme')).toMatchObject({ value: { status: 'active' } });
  nowMs += 5_000;
  expect(await routes.get('acme')).toMatchObject({ value: { status: 'suspended' } });
});
