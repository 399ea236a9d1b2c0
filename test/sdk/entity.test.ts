// An entity is what its facts say, and its lifecycle goes one way.
import type { FactInput, Lifecycle } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  add,
  append,
  codeOf,
  context,
  create,
  createdLedger,
  emptyLedger,
  headOf,
  inside,
  valueOf,
} from './world.ts';

test('creating an entity is a fact', async () => {
  const stub = emptyLedger();
  const entity = valueOf(await create(stub));
  expect(entity).toMatchObject({
    id: 'count_1',
    type: 'counter',
    tenant_id: 'acme',
    lifecycle: 'active',
    version: 1,
    metadata: {},
    data: { unit: 'apples' },
  });
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts()));
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({
    seq: 1,
    type: 'lifecycle',
    subtype: 'created',
    prev_hash: '0'.repeat(64),
    data: { type: 'counter', data: { unit: 'apples' } },
  });
  expect(codeOf(await create(stub))).toBe('already_exists');
});

test('a parent is a relationship fact', async () => {
  const stub = emptyLedger();
  const input = { id: 'count_2', type: 'counter', parent_id: 'count_1', owner_id: 'user_1' };
  expect(
    valueOf(await inside(stub, (ledger) => ledger.createEntity(input, context))),
  ).toMatchObject({
    version: 2,
    owner_id: 'user_1',
  });
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts()));
  expect(data[1]).toMatchObject({
    type: 'relationship',
    subtype: 'parent_assigned',
    data: { parent_id: 'count_1' },
  });
});

test('a patch merges, null removes, and every version is a fact', async () => {
  const stub = await createdLedger();
  const patch = { data: { unit: null, colour: 'red' }, metadata: { a: { b: 1 } } };
  const entity = valueOf(await inside(stub, (ledger) => ledger.patchEntity(patch, context)));
  expect(entity).toMatchObject({ version: 2, data: { colour: 'red' }, metadata: { a: { b: 1 } } });
  expect(entity.data).not.toHaveProperty('unit');
  expect(valueOf(await inside(stub, (ledger) => ledger.getEntity()))).toEqual(entity);
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

const ORDER: Lifecycle[] = ['active', 'retiring', 'retired', 'anonymized', 'deleted'];
const MOVES = ORDER.flatMap((from, at) =>
  ORDER.map((to, index) => [from, to, index === at + 1] as const),
);

test.each(MOVES)('%s to %s: %s', async (from, to, legal) => {
  const stub = await createdLedger();
  const move = (next: Lifecycle) =>
    inside(stub, (ledger) => ledger.changeLifecycle({ to: next }, context));
  for (const step of ORDER.slice(1, ORDER.indexOf(from) + 1)) valueOf(await move(step));
  const head = await headOf(stub);
  expect(codeOf(await move(to))).toBe(legal ? 'ok' : 'lifecycle_conflict');
  expect(await headOf(stub)).toBe(legal ? head + 1 : head);
});

const SYSTEM: FactInput = { type: 'system', subtype: 'drained' };

test.each<[Lifecycle, string, string, string]>([
  ['active', 'ok', 'ok', 'ok'],
  ['retiring', 'lifecycle_conflict', 'ok', 'lifecycle_conflict'],
  ['retired', 'lifecycle_conflict', 'lifecycle_conflict', 'lifecycle_conflict'],
  ['anonymized', 'lifecycle_conflict', 'lifecycle_conflict', 'lifecycle_conflict'],
  ['deleted', 'lifecycle_conflict', 'lifecycle_conflict', 'lifecycle_conflict'],
])('while %s: fact %s, system fact %s, patch %s', async (lifecycle, fact, system, patch) => {
  const stub = await createdLedger();
  for (const to of ORDER.slice(1, ORDER.indexOf(lifecycle) + 1)) {
    valueOf(await inside(stub, (ledger) => ledger.changeLifecycle({ to }, context)));
  }
  const appendSystem = inside(stub, (ledger) =>
    ledger.appendFact(SYSTEM).then(
      () => 'ok',
      (error: { code: string }) => error.code,
    ),
  );
  expect(codeOf(await append(stub, add(1)))).toBe(fact);
  expect(await appendSystem).toBe(system);
  expect(codeOf(await inside(stub, (ledger) => ledger.patchEntity({ data: {} }, context)))).toBe(
    patch,
  );
});

test('an anonymized entity holds no data and verifies', async () => {
  const stub = await createdLedger();
  for (const to of ['retiring', 'retired', 'anonymized'] as const) {
    valueOf(await inside(stub, (ledger) => ledger.changeLifecycle({ to }, context)));
  }
  expect(valueOf(await inside(stub, (ledger) => ledger.getEntity()))).toMatchObject({
    data: {},
    metadata: {},
  });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test.each([
  ['lifecycle', 'created'],
  ['lifecycle', 'transitioned'],
  ['relationship', 'parent_assigned'],
  ['system', 'hook_error'],
  ['sdk', 'cache_stats'],
])('a caller cannot append %s/%s', async (type, subtype) => {
  const stub = await createdLedger();
  const outcome = await append(stub, { type, subtype, data: { to: 'deleted' } });
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'invalid_request', errors: [{ pointer: '/type' }] },
  });
});

test('facts are listed by cursor in both orders, each once', async () => {
  const stub = await createdLedger();
  for (let by = 0; by < 9; by += 1)
    valueOf(await append(stub, { type: by % 2 ? 'odd' : 'even', data: { by } }));
  for (const order of ['asc', 'desc'] as const) {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const query = { order, limit: 4, ...(cursor === undefined ? {} : { cursor }) };
      const page = valueOf(await inside(stub, (ledger) => ledger.listFacts(query)));
      expect(page.has_more).toBe(page.next_cursor !== null);
      seen.push(...page.data.map((fact) => fact.seq));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(seen).toEqual(order === 'asc' ? all : all.toReversed());
  }
  const odd = valueOf(await inside(stub, (ledger) => ledger.listFacts({ type: 'odd', limit: 4 })));
  expect([odd.data.length, odd.has_more]).toEqual([4, false]);
});

test.each([
  [{ limit: 0 }, '/limit'],
  [{ limit: 101 }, '/limit'],
  [{ limit: 1.5 }, '/limit'],
  [{ cursor: 'nonsense' }, '/cursor'],
  [{ cursor: '' }, '/cursor'],
])('the list query %o is refused at %s', async (query, pointer) => {
  const stub = await createdLedger();
  const outcome = await inside(stub, (ledger) => ledger.listFacts(query));
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'invalid_request', errors: [{ pointer }] },
  });
});
