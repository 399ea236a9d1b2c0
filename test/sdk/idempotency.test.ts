// What a retry may do: nothing, and say so.
import { evictDurableObject } from 'cloudflare:test';
import type { Outcome, WriteContext } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  add,
  append,
  type CounterStub,
  codeOf,
  create,
  createdLedger,
  emptyLedger,
  headOf,
  inside,
  openGate,
  totalOf,
  valueOf,
  withKey,
} from './world.ts';

test.each([
  ['append', (stub: CounterStub, w: WriteContext) => append(stub, add(5), w)],
  [
    'batch',
    (stub: CounterStub, w: WriteContext) =>
      inside(stub, (ledger) => ledger.appendBatch([add(5), add(6)], w)),
  ],
  [
    'patch',
    (stub: CounterStub, w: WriteContext) =>
      inside(stub, (ledger) => ledger.patchEntity({ data: { unit: 'pears' } }, w)),
  ],
  [
    'lifecycle',
    (stub: CounterStub, w: WriteContext) =>
      inside(stub, (ledger) => ledger.changeLifecycle({ to: 'retiring' }, w)),
  ],
  ['create', (stub: CounterStub, w: WriteContext) => create(stub, w)],
] as const)('a retried %s changes nothing and gives the first answer', async (name, write) => {
  const stub = name === 'create' ? emptyLedger() : await createdLedger();
  const first: Outcome<unknown> = await write(stub, withKey('k'));
  const head = await headOf(stub);
  await evictDurableObject(stub);
  const again: Outcome<unknown> = await write(stub, withKey('k'));
  expect(again).toEqual({ ok: true, value: valueOf(first), replayed: true });
  expect(await headOf(stub)).toBe(head);
});

test('the first answer is given again even after the entity moved on', async () => {
  const stub = await createdLedger();
  const patch = (with_: WriteContext): Promise<Outcome<unknown>> =>
    inside(stub, (ledger) => ledger.patchEntity({ data: { unit: 'pears' } }, with_));
  const first = valueOf(await patch(withKey('k')));
  valueOf(await append(stub, add(1)));
  expect(valueOf(await patch(withKey('k')))).toEqual(first);
});

test.each([
  ['other data', add(6), withKey('k'), 'idempotency_key_reused'],
  ['another type', { type: 'more', data: { by: 5 } }, withKey('k'), 'idempotency_key_reused'],
  ['another version', add(5), { ...withKey('k'), expectedVersion: 2 }, 'idempotency_key_reused'],
  ['another key', add(5), withKey('K'), 'ok'],
  ['another principal', add(5), { ...withKey('k'), principal: 'bob' }, 'ok'],
  ['another route', add(5), { ...withKey('k'), route: 'POST /other' }, 'ok'],
])('the same key with %s', async (_, input, with_, expected) => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(5), withKey('k')));
  const outcome = await append(stub, input, with_);
  expect(codeOf(outcome)).toBe(expected);
  expect(outcome.replayed).toBeUndefined();
  expect(await headOf(stub)).toBe(expected === 'ok' ? 3 : 2);
});

test('the order of keys in the payload does not make another payload', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'add', data: { by: 1, note: 'n' } }, withKey('k')));
  const again = await append(stub, { data: { note: 'n', by: 1 }, type: 'add' }, withKey('k'));
  expect(again.replayed).toBe(true);
});

test('a business refusal is the answer for good', async () => {
  const stub = await createdLedger();
  const first = await append(stub, add(101), withKey('k'));
  expect(codeOf(first)).toBe('invariant_violated');
  valueOf(await append(stub, add(-50)));
  expect(await append(stub, add(101), withKey('k'))).toEqual({ ...first, replayed: true });
  expect(await headOf(stub)).toBe(2);
});

test('a malformed fact is refused before its key is spent', async () => {
  const stub = await createdLedger();
  expect(codeOf(await append(stub, { type: 'NOT A NAME' }, withKey('k')))).toBe('invalid_request');
  valueOf(await append(stub, add(1), withKey('k')));
});

test('of two at once with the same key one writes and the other is told to wait', async () => {
  const stub = await createdLedger();
  const gated = { type: 'gated', data: { by: 5 } };
  const first = append(stub, gated, withKey('k'));
  await inside(stub, (ledger) => ledger.entered.promise);
  const second = await append(stub, gated, withKey('k'));
  const third = await append(stub, { type: 'gated', data: { by: 6 } }, withKey('k'));
  await openGate(stub);
  const codes = [await first, second, third].map(codeOf);
  expect(codes).toEqual(['ok', 'idempotency_in_flight', 'idempotency_key_reused']);
  expect(await totalOf(stub)).toEqual({ total: 5 });
  expect((await append(stub, gated, withKey('k'))).replayed).toBe(true);
});

test.each([
  ['empty', ''],
  ['300 characters', 'k'.repeat(300)],
  ['a space', 'a b'],
  ['a line end', 'a\nb'],
  ['beyond ASCII', 'schlüssel'],
])('a key that is %s is refused and changes nothing', async (_, key) => {
  const stub = await createdLedger();
  expect(codeOf(await append(stub, add(1), withKey(key)))).toBe('idempotency_key_invalid');
  expect(await headOf(stub)).toBe(1);
});

test('answers older than yesterday go, a few per write; younger ones stay', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1), withKey('young')));
  const remaining = await inside(stub, async (ledger, sql) => {
    const insert = `INSERT INTO requests VALUES (?, ?, 'hash', '{}')`;
    for (let i = 0; i < 6; i += 1) sql.exec(insert, 100, `old-${i}`);
    const counts: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      valueOf(await ledger.append(add(1), withKey(`new-${i}`)));
      counts.push(
        sql.exec<{ n: number }>('SELECT count(*) AS n FROM requests WHERE day = 100').one().n,
      );
    }
    return counts;
  });
  // The object had read that nothing was old; a fresh one looks again.
  expect(remaining).toEqual([6, 6, 6]);
  await evictDurableObject(stub);
  const after = await inside(stub, async (ledger, sql) => {
    const counts: number[] = [];
    for (let i = 3; i < 6; i += 1) {
      valueOf(await ledger.append(add(1), withKey(`new-${i}`)));
      counts.push(
        sql.exec<{ n: number }>('SELECT count(*) AS n FROM requests WHERE day = 100').one().n,
      );
    }
    return counts;
  });
  expect(after).toEqual([2, 0, 0]);
  expect((await append(stub, add(1), withKey('young'))).replayed).toBe(true);
});
