// From the ledgers of a tenant to the platform: nothing lost, nothing counted twice, whoever dies.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { add, evict, inside, MINUTE, ringSystem, World } from './observed-world.ts';
import { codeOf, context, valueOf } from './world.ts';

test('what a ledger did in a minute leaves as one fact a kind, by its alarm', async () => {
  using world = new World();
  const stub = await world.born('e_one');
  await inside(stub, async (ledger) => {
    for (let i = 0; i < 3; i += 1) valueOf(await ledger.append(add, context));
    valueOf(await ledger.append({ type: 'crash_hook' }, context));
    expect(codeOf(await ledger.append({ type: 'No' }, context))).toBe('invalid_request');
    expect(codeOf(await ledger.append(add, { ...context, tenantId: 'other' }))).toBe('not_found');
  });
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(await world.facts('e_one')).toEqual([]);
  expect(await world.minute(stub)).toBe(true);
  const facts = await world.facts('e_one');
  const kinds = ['cache_stats', 'fact_appended', 'schema_init'];
  expect(facts.map(({ subtype }) => subtype).toSorted()).toEqual(kinds);
  const data = { facts: 6, head: 6, refusals: 1, hook_errors: 1 };
  expect(facts).toContainEqual(
    expect.objectContaining({ subtype: 'fact_appended', data: expect.objectContaining(data) }),
  );
  expect(await runDurableObjectAlarm(stub)).toBe(false);
});

test('a ledger that was evicted before it told anything tells its head', async () => {
  using world = new World();
  const stub = await world.born('e_gone');
  await inside(stub, (ledger) => ledger.appendBatch([add, add, add], context));
  await evict(stub);
  await world.minute(stub);
  await world.minute(stub);
  expect(await world.facts('e_gone')).toMatchObject([{ data: { facts: 0, head: 4 } }]);
  await world.settle();
  expect(world.platform.sum('facts_count')).toBe(4);
});

test('a system ledger that is away fails no append, and hears all when it is back', async () => {
  using world = new World();
  const stub = await world.born('e_away');
  await runInDurableObject(world.system, (ledger) =>
    ledger.createEntity({ id: 'x_1', type: 'system' }, { ...context, tenantId: 'other' }),
  );
  for (let i = 0; i < 5; i += 1) {
    valueOf(await inside(stub, (ledger) => ledger.append(add, context)));
    await inside(stub, (ledger) => ledger.append({ type: 'No' }, context));
    await world.minute(stub);
  }
  expect(await world.facts('e_away')).toEqual([]);
  await runInDurableObject(world.system, (ledger) =>
    ledger.changeTenant({ to_tenant: 'acme' }, { ...context, tenantId: 'other' }),
  );
  await world.settle();
  expect(world.platform.sum('refusals_count')).toBe(5);
  expect(world.platform.sum('facts_count')).toBe(await world.heads());
});

test('with fallback_on_failure: false a write waits until what came before is told', async () => {
  using world = new World();
  const stub = await world.born('strict_1');
  await runInDurableObject(world.system, (ledger) =>
    ledger.createEntity({ id: 'x_1', type: 'system' }, { ...context, tenantId: 'other' }),
  );
  const refused = await inside(stub, (ledger) => ledger.append(add, context));
  expect(codeOf(refused)).toBe('not_ready');
  expect(await world.heads()).toBe(1);
  await runInDurableObject(world.system, (ledger) =>
    ledger.changeTenant({ to_tenant: 'acme' }, { ...context, tenantId: 'other' }),
  );
  valueOf(await inside(stub, (ledger) => ledger.append(add, context)));
  const told = (await world.facts('strict_1')).filter((one) => one.subtype === 'fact_appended');
  expect(told).toMatchObject([{ data: { head: 1 } }]);
});

test.each(['dies before', 'dies after', 'away', 'refused'] as const)(
  'a platform ledger that %s: the same period is sent again, and no fact counts twice',
  async (fate) => {
    using world = new World();
    const stub = await world.born('e_two');
    await inside(stub, (ledger) => ledger.appendBatch([add, add], context));
    await world.minute(stub);
    world.platform.fates.push(fate);
    world.clock.advanceMs(MINUTE);
    await ringSystem(world);
    await evict(world.system);
    await inside(stub, (ledger) => ledger.append(add, context));
    await world.settle();
    expect(world.platform.attempts.slice(0, 2)).toEqual([1, 1]);
    expect([...world.platform.applied.keys()]).toEqual([1, 2]);
    expect(world.platform.applied.get(1)).toMatchObject({
      tenant_id: 'acme',
      facts_count: 3,
      entities_count: 1,
      totals: { facts: 3, entities: 1 },
    });
    expect(world.platform.applied.get(2)).toMatchObject({ totals: { facts: 4, entities: 1 } });
    expect(world.platform.sum('facts_count')).toBe(4);
  },
);

test('a period with nothing in it is not sent, and no alarm stays', async () => {
  using world = new World();
  const stub = await world.born('e_three');
  await world.minute(stub);
  await world.settle();
  await world.settle();
  expect(world.platform.attempts).toEqual([1]);
});

test('while the platform is away one period waits, and the next goes on until it is back', async () => {
  using world = new World();
  const stub = await world.born('e_long');
  world.platform.fates.push(...Array.from({ length: 12 }, () => 'away' as const));
  for (let i = 0; i < 10; i += 1) {
    await inside(stub, (ledger) => ledger.append(add, context));
    await world.minute(stub);
    await evict(world.system);
    await ringSystem(world);
  }
  expect(world.platform.applied.size).toBe(0);
  await world.settle();
  expect([...world.platform.applied.keys()]).toEqual([1, 2]);
  expect(world.platform.sum('facts_count')).toBe(11);
});

test('totals are exact after 1,000 appends, evictions and a platform that fails half the time', async () => {
  using world = new World();
  const ids = Array.from({ length: 8 }, (_, i) => `e_${i}`);
  for (const id of ids) await world.born(id);
  for (let turn = 0; turn < 25; turn += 1) {
    for (const [index, id] of ids.entries()) {
      const stub = world.entity(id);
      await inside(stub, async (ledger) => {
        for (let i = 0; i < 5; i += 1) valueOf(await ledger.append(add, context));
      });
      if ((turn + index) % 6 === 0) await evict(stub);
    }
    world.platform.fates.push(turn % 2 === 0 ? 'away' : 'dies after');
    world.clock.advanceMs(MINUTE);
    for (const id of ids) await runDurableObjectAlarm(world.entity(id));
    await ringSystem(world);
    if (turn % 3 === 0) await evict(world.system);
  }
  await world.settle();
  expect(await world.heads()).toBe(1008);
  expect(world.platform.sum('facts_count')).toBe(1008);
  const last = [...world.platform.applied.values()].at(-1);
  expect(last?.totals).toEqual({ facts: 1008, entities: 8 });
  const periods = [...world.platform.applied.keys()];
  expect(periods).toEqual(periods.map((_, index) => index + 1));
  const stats = await runInDurableObject(world.system, (ledger) => ledger.getStats());
  expect(stats).toMatchObject({ tenant_count: 1, entity_count: 8 });
  const kept = await runInDurableObject(world.system, (ledger) =>
    ledger.listFacts({ type: 'sdk' }),
  );
  expect(valueOf(kept).data).toEqual([]);
}, 60_000);

test('a Config of type observability makes the period longer', async () => {
  using world = new World();
  const settings = { interval_ms: 5 * MINUTE };
  valueOf(
    await runInDurableObject(world.system, (ledger) =>
      ledger.putConfig({ id: 'cfg_observe', type: 'observability', name: 'x', settings }, context),
    ),
  );
  await world.minute(await world.born('e_slow'));
  world.clock.advanceMs(2 * MINUTE);
  await ringSystem(world);
  expect(world.platform.attempts).toEqual([]);
  world.clock.advanceMs(3 * MINUTE);
  await ringSystem(world);
  expect(world.platform.attempts).toEqual([1]);
});
