// What a parent hears of its children: all that they tell, in order and once, whoever dies.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { LedgerError } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  assign,
  born,
  evict,
  factsOf,
  faultsOf,
  holdFamilyClock,
  newId,
  paid,
  paidOf,
  ring,
  rung,
  settle,
  sumOf,
  tell,
  tryBirth,
  within,
} from './family.ts';
import { context, valueOf } from './world.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('a parent hears each fact of its child once, in order, over several batches', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  for (const n of numbers(25)) await tell(child, paid(n), { type: 'private', data: { n } });
  await settle(clock, child);
  await ring(child);
  expect(await paidOf(parent)).toEqual(numbers(25));
  expect(await factsOf(parent, 'private')).toEqual([]);
  expect(await sumOf(parent)).toEqual({ sum: 300 });
});

test('a fact bubbles up to the grandparent and says where it came from', async () => {
  using clock = holdFamilyClock();
  const grandparent = await born('grandparent');
  const parent = await born('parent', grandparent);
  const child = await born('child', parent);
  await tell(child, { ...paid(7), correlation_id: 'order_1' });
  await settle(clock, child, parent);
  const [own] = await factsOf(child, 'paid');
  const [passed] = await factsOf(parent, 'paid');
  const [last] = await factsOf(grandparent, 'paid');
  expect(passed).toMatchObject({
    source_id: own?.id,
    causation_id: own?.id,
    correlation_id: 'order_1',
    data: { n: 7, child_id: child },
  });
  expect(last).toMatchObject({ source_id: passed?.id, data: { n: 7, child_id: parent } });
});

test("the seeds' ProjectLedger rolls its assets up as they stand", async () => {
  const name = newId('project');
  const stub = env.PROJECT.get(env.PROJECT.idFromName(name));
  const child = await born('asset');
  await tell(child, { type: 'asset', subtype: 'processed', data: { duration_ms: 1200 } });
  const facts = await factsOf(child, 'asset');
  await runInDurableObject(stub, async (project) => {
    valueOf(await project.createEntity({ id: name, type: 'project' }, context));
    const batch = { child_id: child, tenant_id: 'acme', facts };
    for (let i = 0; i < 2; i += 1) {
      expect(valueOf(await project.receiveChildFacts(batch))).toEqual({ seq: 2 });
    }
    expect(valueOf(await project.listFacts({ type: 'project' })).data).toMatchObject([
      { subtype: 'asset_rollup', data: { asset_id: child, processing_time_ms: 1200 } },
    ]);
  });
});

test('a parent that dies between two appends of its handler goes on at the second', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await tell(child, paid(1), paid(2), paid(3));
  await within(parent, ({ faults }) => void (faults.diesAt = 2));
  await rung(child);
  expect(await paidOf(parent)).toEqual([1, 2]);
  expect(await paidOf(parent, 'noted')).toEqual([1]);
  await settle(clock, child);
  expect(await paidOf(parent)).toEqual([1, 2, 3]);
  expect(await paidOf(parent, 'noted')).toEqual([1, 2, 3]);
  expect(await faultsOf(parent)).toEqual([]);
});

test('a handler that runs again over a fact it was done with appends nothing', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await tell(child, paid(1), { type: 'quiet', data: { n: 2 } }, paid(3));
  await within(parent, ({ faults }) => void (faults.diesAt = 2));
  await rung(child);
  await settle(clock, child);
  expect(await within(parent, ({ handled }) => handled)).toEqual([3, 4, 5]);
  expect(await paidOf(parent)).toEqual([1, 3]);
  expect(await paidOf(parent, 'noted')).toEqual([1, 3]);
});

test('a child that dies before it hears of the receipt sends again, and nothing is doubled', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await tell(child, paid(1), paid(2));
  await within(child, ({ faults }) => void (faults.diesUnacked = true));
  await expect(ring(child)).rejects.toThrow();
  expect(await paidOf(parent)).toEqual([1, 2]);
  await tell(child, paid(3));
  await settle(clock, child);
  expect(await paidOf(parent)).toEqual([1, 2, 3]);
  expect(await within(parent, ({ handled }) => handled)).toHaveLength(3);
});

test('a parent that cannot take a fact in for now gets it again, and those after it', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await tell(child, paid(1), paid(2), paid(3));
  await within(parent, ({ faults }) => void (faults.busyAt = 2));
  expect(await rung(child)).toBe(true);
  expect(await paidOf(parent)).toEqual([1, 2]);
  await within(parent, ({ faults }) => void (faults.busyAt = -1));
  await settle(clock, child);
  expect(await paidOf(parent)).toEqual([1, 2, 3]);
  expect(await paidOf(parent, 'noted')).toEqual([1, 2, 3]);
  // The first fact was acknowledged in part: it did not come again.
  expect(await within(parent, ({ handled }) => handled)).toEqual([3, 4, 4, 5]);
});

test('of two deliveries of one child at once, one is told to come again', async () => {
  using _clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child');
  await tell(child, paid(1));
  const batch = { child_id: child, tenant_id: 'acme', facts: await factsOf(child, 'paid') };
  const answers = await within(parent, (ledger) =>
    Promise.all([ledger.receiveChildFacts(batch), ledger.receiveChildFacts(batch)]),
  );
  expect(answers).toMatchObject([{ value: { seq: 2 } }, { error: { code: 'not_ready' } }]);
  expect(await paidOf(parent)).toEqual([1]);
});

test('a handler that throws leaves a fact that names the child, and holds nothing up', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await tell(child, { type: 'broken' }, paid(1));
  await settle(clock, child);
  await evict(child);
  await ring(child);
  const [broken] = await factsOf(child, 'broken');
  expect(await factsOf(parent, 'system')).toMatchObject([
    {
      subtype: 'hook_error',
      causation_id: broken?.id,
      data: { hook: 'onChildFact', fact_id: broken?.id, child_id: child },
    },
  ]);
  expect(await paidOf(parent)).toEqual([1]);
});

test.each([true, false])(
  'a parent that is away holds up no append, and catches up (evicted: %s)',
  async (evicted) => {
    using clock = holdFamilyClock();
    const parent = await born('parent');
    const child = await born('child', parent);
    await within(parent, ({ faults }) => void (faults.away = true));
    await tell(child, paid(1));
    for (let i = 0; i < 5; i += 1) {
      expect(await rung(child)).toBe(true);
      clock.advanceMs(600_000);
    }
    await tell(child, paid(2));
    if (evicted) await evict(child);
    await within(parent, ({ faults }) => void (faults.away = false));
    await settle(clock, child);
    expect(await paidOf(parent)).toEqual([1, 2]);
    const name = `parent/${parent}`;
    expect(await factsOf(child, 'system')).toMatchObject([
      { subtype: 'circuit_opened', data: { name, failures: 3 } },
      { subtype: 'circuit_closed', data: { name, failures: 0 } },
    ]);
  },
);

test('an opened circuit to the system ledger is a fact, and survives eviction', async () => {
  using clock = holdFamilyClock();
  const id = await born('observed');
  for (let i = 0; i < 3; i += 1) await within(id, (ledger) => ledger.observe());
  await evict(id);
  for (let i = 0; i < 3; i += 1) await within(id, (ledger) => ledger.observe());
  expect(await factsOf(id, 'system')).toMatchObject([
    { subtype: 'circuit_opened', data: { name: 'observability', failures: 3 } },
  ]);
  valueOf(await tryBirth('away_system'));
  clock.advanceMs(60_000);
  await within(id, (ledger) => ledger.observe());
  expect((await factsOf(id, 'system')).at(-1)).toMatchObject({ subtype: 'circuit_closed' });
  expect(await factsOf('away_system', 'sdk')).toHaveLength(1);
});

test('forwards() that throws harms no append, and what it kept back goes once it is mended', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await within(child, ({ faults }) => void (faults.cannotChoose = true));
  await tell(child, paid(1));
  expect(await rung(child)).toBe(true);
  expect(await paidOf(parent)).toEqual([]);
  await within(child, ({ faults }) => void (faults.cannotChoose = false));
  clock.advanceMs(600_000);
  await settle(clock, child);
  expect(await paidOf(parent)).toEqual([1]);
});

test('a parent created after its child hears all from the start', async () => {
  using clock = holdFamilyClock();
  const parent = newId('late');
  const child = await born('child', parent);
  await tell(child, paid(1));
  await rung(child);
  valueOf(await tryBirth(parent));
  clock.advanceMs(600_000);
  await settle(clock, child);
  expect(await paidOf(parent)).toEqual([1]);
  expect(await factsOf(child, 'system')).toEqual([]);
});

test('a change of parent: each hears what was said while it was the parent', async () => {
  using clock = holdFamilyClock();
  const first = await born('first');
  const second = await born('second');
  const child = await born('child', first);
  await tell(child, paid(1));
  await assign(child, second);
  await tell(child, paid(2));
  await assign(child, first);
  await tell(child, paid(3));
  await assign(child, null);
  await tell(child, paid(4));
  await settle(clock, child);
  expect(await paidOf(first)).toEqual([1, 3]);
  expect(await paidOf(second)).toEqual([2]);
});

test('nobody can be put below its own descendant', async () => {
  using _clock = holdFamilyClock();
  const top = await born('top');
  const middle = await born('middle', top);
  const bottom = await born('bottom', middle);
  const refused = { code: 'conflict', errors: [{ pointer: '/parent_id', code: 'cycle' }] };
  for (const below of [top, middle, bottom]) {
    const failing = await assign(top, below).catch((error: unknown) => error);
    expect(failing).toBeInstanceOf(LedgerError);
    expect(failing).toMatchObject({ data: refused });
  }
  const self = newId('self');
  expect(await tryBirth(self, self)).toMatchObject({
    ok: false,
    error: { code: 'invalid_request' },
  });
  expect(await factsOf(top, 'relationship')).toEqual([]);
});

test('two that became each other’s parent at once stop sending, and say so once', async () => {
  using clock = holdFamilyClock();
  const one = newId('one');
  const other = newId('other');
  // Each names a parent that is not there yet, so neither can be seen to close the circle.
  valueOf(await tryBirth(one, other));
  const closing = await tryBirth(other, one);
  expect(closing).toMatchObject({ ok: false, error: { errors: [{ code: 'cycle' }] } });
  // The race: nothing is heard of `one` while `other` asks.
  await within(one, ({ faults }) => void (faults.away = true));
  valueOf(await tryBirth(other, one));
  await evict(one);
  await tell(one, paid(1));
  await settle(clock, one);
  await tell(one, paid(2));
  await settle(clock, one);
  expect(await factsOf(one, 'system')).toMatchObject([
    {
      subtype: 'forwarding_stopped',
      data: { error_code: 'cycle', context: { parent_id: other } },
    },
  ]);
  expect(await paidOf(other)).toEqual([]);
});

test('no more than 32 ledgers stand above one another', async () => {
  using _clock = holdFamilyClock();
  let parent: string | undefined;
  for (let depth = 0; depth < 32; depth += 1) parent = await born('deep', parent);
  expect(await tryBirth(newId('deep'), parent)).toMatchObject({
    ok: false,
    error: { code: 'conflict', errors: [{ pointer: '/parent_id', code: 'too_deep' }] },
  });
});

test('the facts of another tenant are not taken in, nor is it said that the ledger is there', async () => {
  using _clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child');
  await tell(child, paid(1));
  const facts = await factsOf(child, 'paid');
  const batch = { child_id: child, tenant_id: 'other', facts };
  const refused = { ok: false, error: { code: 'not_found' } };
  for (const id of [parent, newId('nobody')]) {
    expect(await within(id, (ledger) => ledger.receiveChildFacts(batch))).toMatchObject(refused);
  }
  expect(await paidOf(parent)).toEqual([]);
});

test('a retired parent takes nothing in and holds up nobody', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  for (const to of ['retiring', 'retired'] as const) {
    valueOf(await within(parent, (ledger) => ledger.changeLifecycle({ to }, context)));
  }
  await tell(child, paid(1));
  await settle(clock, child);
  expect(await paidOf(parent)).toEqual([]);
  expect(await factsOf(child, 'system')).toEqual([]);
});

test('a class of its own alarm() sends its facts when it calls super.alarm()', async () => {
  using clock = holdFamilyClock();
  const parent = await born('parent');
  const child = await born('child', parent);
  await tell(child, paid(1));
  await settle(clock, child);
  expect(await within(child, ({ alarms }) => alarms)).toBeGreaterThan(0);
  expect(await paidOf(parent)).toEqual([1]);
});
