// What an append guarantees: one commit, one order, nothing half done.
import { evictDurableObject } from 'cloudflare:test';
import type { WriteContext } from '@z0-app/sdk';
import { canonicalJson } from '@z0-app/sdk/json';
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
  totalOf,
  valueOf,
  withKey,
} from './world.ts';

test('an object that nobody created answers not_found and stores nothing', async () => {
  const stub = emptyLedger();
  expect(codeOf(await append(stub, add(1)))).toBe('not_found');
  const codes = await inside(stub, async (ledger) => [
    codeOf(await ledger.getEntity()),
    codeOf(await ledger.patchEntity({ data: {} }, context)),
    codeOf(await ledger.changeLifecycle({ to: 'retiring' }, context)),
    codeOf(await ledger.appendBatch([add(1)], withKey('k'))),
    codeOf(await ledger.listFacts({})),
    codeOf(await ledger.getFact('fct_1')),
    codeOf(await ledger.getState({})),
    codeOf(await ledger.reconstructState()),
    codeOf(await ledger.verify()),
  ]);
  expect(new Set(codes)).toEqual(new Set(['not_found']));
  const tables = await inside(stub, (_, sql) =>
    sql.exec('SELECT name FROM sqlite_master').toArray(),
  );
  expect(tables).toEqual([]);
});

test('a fact gets its place in the chain from the ledger', async () => {
  const stub = await createdLedger();
  const first = valueOf(await append(stub, add(1)));
  const second = valueOf(await append(stub, { ...add(2), timestamp: '2026-01-02T03:04:05+02:00' }));
  expect(first).toMatchObject({
    seq: 2,
    tenant_id: 'acme',
    entity_id: 'count_1',
    schema_version: 1,
  });
  expect(first.id).toMatch(/^fct_[0-9a-z]{26}$/);
  expect(second).toMatchObject({ seq: 3, timestamp: '2026-01-02T03:04:05.000+02:00' });
  expect(second.prev_hash).toBe(first.hash);
  expect(second.recorded_at >= first.recorded_at).toBe(true);
  expect(valueOf(await inside(stub, (ledger) => ledger.getFact(second.id)))).toEqual(second);
});

test('anyone can prove a fact: its hash is SHA-256 over RFC 8785 text without the hash', async () => {
  const stub = await createdLedger();
  const input = { ...add(1), source_id: '😀', correlation_id: 'c-1' };
  const { hash, ...fact } = valueOf(await append(stub, input));
  const bytes = new TextEncoder().encode(canonicalJson(fact));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  expect(hash).toBe([...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
});

test('the same facts come back after the object was evicted', async () => {
  const stub = await createdLedger();
  const fact = valueOf(await append(stub, add(7)));
  await evictDurableObject(stub);
  expect(valueOf(await inside(stub, (ledger) => ledger.getFact(fact.id)))).toEqual(fact);
  expect(await totalOf(stub)).toEqual({ total: 7 });
});

test('a batch is appended whole or not at all', async () => {
  const stub = await createdLedger();
  const refused = await inside(stub, (ledger) =>
    ledger.appendBatch([add(60), add(30), add(20)], context),
  );
  expect(refused).toMatchObject({
    ok: false,
    error: {
      code: 'invariant_violated',
      errors: [{ pointer: '/facts/2', code: 'never_above_100' }],
    },
  });
  expect(await headOf(stub)).toBe(1);
  expect(await totalOf(stub)).toEqual({ total: 0 });
  const facts = valueOf(
    await inside(stub, (ledger) => ledger.appendBatch([add(60), add(30)], context)),
  );
  expect(facts.map((fact) => fact.seq)).toEqual([2, 3]);
  expect(await totalOf(stub)).toEqual({ total: 90 });
});

test('an append writes two rows, three with a key: fact, cached state, stored answer', async () => {
  const stub = await createdLedger();
  const rowsWritten = (with_: WriteContext): Promise<number> =>
    inside(stub, async (ledger, sql) => {
      const changes = (): number => sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n;
      const before = changes();
      valueOf(await ledger.append(add(1), with_));
      return changes() - before;
    });
  expect(await rowsWritten(context)).toBe(2);
  expect(await rowsWritten(withKey('k1'))).toBe(3);
});

test('no table has a secondary index, whose rows would be billed too', async () => {
  const stub = await createdLedger();
  const query = `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`;
  expect(await inside(stub, (_, sql) => sql.exec(query).toArray())).toEqual([]);
});

test('a broken invariant check stops the fact and is not remembered as its answer', async () => {
  const stub = await createdLedger();
  const keyed = withKey('k');
  expect(codeOf(await append(stub, { type: 'crash_check' }, keyed))).toBe('internal');
  const again = await append(stub, { type: 'crash_check' }, keyed);
  expect(again).toMatchObject({ ok: false, error: { code: 'internal' } });
  expect(again.replayed).toBeUndefined();
  expect(await headOf(stub)).toBe(1);
});

test('expectedVersion is the head seq and a stale one is refused', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1), { ...context, expectedVersion: 1 }));
  expect(codeOf(await append(stub, add(1), { ...context, expectedVersion: 1 }))).toBe(
    'version_mismatch',
  );
  expect(await headOf(stub)).toBe(2);
});

test('another tenant finds nothing', async () => {
  const stub = await createdLedger();
  expect(codeOf(await append(stub, add(1), { ...context, tenantId: 'globex' }))).toBe('not_found');
  expect(codeOf(await create(stub, { ...context, tenantId: 'globex' }))).toBe('not_found');
});
