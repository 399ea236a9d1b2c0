// What is counted outlasts the object that counted it, is written down seldom, and is told once.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { hash } from 'node:crypto';
import type { JsonObject } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import { endsWhenTold, type ObservedLedger } from './observed-ledgers.ts';
import { add, evict, inside, MINUTE, World } from './observed-world.ts';
import { context, valueOf } from './world.ts';

const KEEP = 5000;

/** A ledger that has told of its creation a moment ago: the next telling is a minute away. */
async function toldLedger(world: World, id: string): Promise<DurableObjectStub<ObservedLedger>> {
  const stub = await world.born(id);
  world.clock.advanceMs(KEEP);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  return stub;
}

/** Five seconds go by, the alarm rings, and the object falls asleep. */
async function fallAsleep(world: World, stub: DurableObjectStub<ObservedLedger>): Promise<void> {
  world.clock.advanceMs(KEEP);
  expect(await runDurableObjectAlarm(stub), 'an alarm keeps what was counted').toBe(true);
  await evict(stub);
}

function refuse(stub: DurableObjectStub<ObservedLedger>): Promise<unknown> {
  return inside(stub, (ledger) => ledger.append({ type: 'No' }, context));
}

function keptIn(stub: DurableObjectStub<ObservedLedger>, key: string): Promise<unknown> {
  return runInDurableObject(stub, (_, { storage }) => storage.kv.get(key));
}

async function toldOf(world: World, id: string, subtype: string): Promise<unknown[]> {
  const facts = await world.facts(id);
  return facts.filter((fact) => fact.subtype === subtype).map(({ data }) => data);
}

test('what a ledger counted before it fell asleep is told within a minute, by its alarm alone', async () => {
  using world = new World();
  const stub = await toldLedger(world, 'e_quiet');
  await refuse(stub);
  await refuse(stub);
  await inside(stub, (ledger) => ledger.append({ type: 'crash_hook' }, context));
  await fallAsleep(world, stub);
  expect(await toldOf(world, 'e_quiet', 'fact_appended')).toHaveLength(1);
  expect(await world.minute(stub)).toBe(true);
  const [, told] = await toldOf(world, 'e_quiet', 'fact_appended');
  expect(told).toMatchObject({ refusals: 2, hook_errors: 1, facts: 2, head: 3 });
  expect(await toldOf(world, 'e_quiet', 'cache_stats')).toMatchObject([{ hits: 1, misses: 0 }]);
  await world.settle();
  expect(world.platform.sum('refusals_count')).toBe(2);
  expect(world.platform.sum('errors_count')).toBe(1);
});

test('counts of several short lives are one telling, and none is lost between them', async () => {
  using world = new World();
  const stub = await toldLedger(world, 'e_naps');
  for (let life = 0; life < 6; life += 1) {
    await refuse(stub);
    await inside(stub, (ledger) => ledger.append(add, context));
    await fallAsleep(world, stub);
  }
  await world.minute(stub);
  const [, told, ...more] = await toldOf(world, 'e_naps', 'fact_appended');
  expect(told).toMatchObject({ refusals: 6, facts: 6, appended: { add: 6 } });
  expect(more).toEqual([]);
  await world.settle();
  expect(world.platform.sum('refusals_count')).toBe(6);
});

test('a ledger that ends between sending and storing tells the same again, and it counts once', async () => {
  using world = new World();
  const stub = await toldLedger(world, 'e_crash');
  await refuse(stub);
  await inside(stub, (ledger) => ledger.append({ type: 'crash_hook' }, context));
  endsWhenTold.add(`${world.name}/e_crash`);
  world.clock.advanceMs(MINUTE);
  await runDurableObjectAlarm(stub).catch(() => undefined);
  const again = world.entity('e_crash');
  await inside(again, (ledger) => ledger.alarm());
  const told = await toldOf(world, 'e_crash', 'fact_appended');
  expect(told).toMatchObject([{ head: 1 }, { refusals: 1 }, { refusals: 1 }]);
  expect(told[2]).toEqual(told[1]);
  await refuse(again);
  await world.settle();
  expect(world.platform.sum('refusals_count')).toBe(2);
  expect(world.platform.sum('errors_count')).toBe(1);
  expect(world.platform.sum('facts_count')).toBe(await world.heads());
});

test('a thousand refusals write nothing until the alarm rings, and then one value', async () => {
  using world = new World();
  const stub = await toldLedger(world, 'e_flood');
  const before = await keptIn(stub, 'z0:counts');
  for (let i = 0; i < 1000; i += 1) await refuse(stub);
  await runDurableObjectAlarm(stub);
  expect(await keptIn(stub, 'z0:counts'), 'rung early, nothing is written').toEqual(before);
  world.clock.advanceMs(KEEP);
  await runDurableObjectAlarm(stub);
  expect(await keptIn(stub, 'z0:counts')).toMatchObject({
    counts: { fact_appended: { refusals: 1000 } },
  });
  const keys = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].length);
  expect(keys).toBe(1);
});

test('facts are told by their type, twenty types by name and the rest together', async () => {
  using world = new World();
  const stub = await toldLedger(world, 'e_types');
  const types = Array.from({ length: 22 }, (_, i) => ({ type: `t${String(i).padStart(2, '0')}` }));
  const odd = [{ type: 'constructor' }, { type: 'prototype' }];
  valueOf(
    await inside(stub, (ledger) => ledger.appendBatch([...types, ...odd, add, add], context)),
  );
  await world.minute(stub);
  const [, told] = await toldOf(world, 'e_types', 'fact_appended');
  const { appended } = told as { appended: JsonObject };
  expect(Object.keys(appended)).toHaveLength(20);
  expect(appended).toMatchObject({ add: 2, t00: 1, t17: 1, other: 6 });
  await world.settle();
  const totals = [...world.platform.applied.values()].map((report) => report.appended ?? {});
  expect(totals.reduce((sum, one) => sum + (one.other ?? 0), 0)).toBe(6);
  expect(totals[0]).toMatchObject({ lifecycle: 1, add: 2 });
});

test('a new ledger tells its tables, a rebuilt state its facts, and both add up once', async () => {
  using world = new World();
  const stub = await world.born('e_new');
  await inside(stub, async (ledger) => {
    valueOf(await ledger.appendBatch([add, add], context));
    for (let i = 0; i < 2; i += 1) valueOf(await ledger.reconstructState());
  });
  await world.minute(stub);
  const init = await toldOf(world, 'e_new', 'schema_init');
  expect(init).toMatchObject([
    { tables_created: expect.arrayContaining(['facts', 'entities']), duration_ms: 0 },
  ]);
  const rebuilt = { hydrations: 2, facts_replayed: 6, source: 'local', duration_ms: 0 };
  expect(await toldOf(world, 'e_new', 'hydration_done')).toMatchObject([rebuilt]);
  await world.settle();
  expect(world.platform.sum('schema_inits_count')).toBe(1);
  expect(world.platform.sum('hydrations_count')).toBe(2);
  expect(world.platform.sum('hydrated_facts_count')).toBe(6);
});

test('a fact of the ledger itself that did not arrive is told as dropped, and a breaker that opened', async () => {
  using world = new World();
  const stub = await world.born('e_away');
  await runInDurableObject(world.system, (ledger) =>
    ledger.createEntity({ id: 'x_1', type: 'system' }, { ...context, tenantId: 'other' }),
  );
  const stats = { period_start: 1, period_end: 2, hits: 3, misses: 4 };
  for (let i = 0; i < 3; i += 1) {
    await inside(stub, (ledger) => ledger['emitSdkObservability']('cache_stats', stats));
  }
  await runInDurableObject(world.system, (ledger) =>
    ledger.changeTenant({ to_tenant: 'acme' }, { ...context, tenantId: 'other' }),
  );
  await world.settle();
  expect(world.platform.sum('dropped_count')).toBe(3);
  expect(world.platform.sum('breaker_openings_count')).toBe(1);
});

test('refusals of a ledger with Configs outlast its sleep, and become one fact of a minute', async () => {
  using world = new World();
  const stub = await toldLedger(world, 'conf_1');
  await refuse(stub);
  await refuse(stub);
  await fallAsleep(world, stub);
  await refuse(stub);
  await fallAsleep(world, stub);
  await world.minute(stub);
  await evict(stub);
  await world.settle();
  const page = await inside(stub, (ledger) =>
    ledger.listFacts({ type: 'system', subtype: 'refusals' }),
  );
  expect(valueOf(page).data).toMatchObject([{ data: { total: 3, kinds: [{ count: 3 }] } }]);
  expect(await keptIn(stub, 'z0:refusals')).toMatchObject({ total: 0 });
});

test('of entities outside the share that is sampled nothing is told, of the others all', async () => {
  using world = new World();
  const ids = Array.from({ length: 12 }, (_, i) => `conf_${i}`);
  const settings = { sample: 0.5 };
  const config = { id: 'cfg_watch', type: 'observability', name: 'Half', settings };
  for (const id of ids) {
    const stub = await world.born(id);
    await inside(stub, async (ledger) => {
      valueOf(await ledger.putConfig(config, context));
      valueOf(await ledger.append(add, context));
    });
  }
  await world.settle();
  for (const id of ids) {
    const isSampled = hash('sha256', id, 'hex') < '8';
    expect((await world.facts(id)).length > 0, id).toBe(isSampled);
  }
});
