// Cached state: moved only by facts, in order, whatever the handler does.
import { evictDurableObject } from 'cloudflare:test';
import { type Fact, LedgerError } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  add,
  append,
  codeOf,
  context,
  createdLedger,
  headOf,
  inside,
  openGate,
  totalOf,
  valueOf,
} from './world.ts';

test('handlers that await cannot interleave', async () => {
  const stub = await createdLedger();
  const slow = { type: 'slow', data: { by: 1 } };
  const facts = await Promise.all([1, 2, 3, 4, 5].map(() => append(stub, slow)));
  expect(facts.map((fact) => valueOf(fact).seq)).toEqual([2, 3, 4, 5, 6]);
  expect(await totalOf(stub)).toEqual({ total: 5 });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test('a read during a slow append sees the state before it', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1)));
  const running = append(stub, { type: 'gated', data: { by: 10 } });
  await inside(stub, (ledger) => ledger.entered.promise);
  expect(await totalOf(stub)).toEqual({ total: 1 });
  await openGate(stub);
  valueOf(await running);
  expect(await totalOf(stub)).toEqual({ total: 11 });
});

test('a throwing handler loses no fact and leaves a hook_error', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1)));
  const fact = valueOf(await append(stub, { type: 'broken', data: { by: 5 } }));
  expect(fact.seq).toBe(3);
  const error = valueOf(await inside(stub, (ledger) => ledger.listFacts({ order: 'desc' })))
    .data[0];
  expect(error).toMatchObject({
    seq: 4,
    type: 'system',
    subtype: 'hook_error',
    causation_id: fact.id,
    data: {
      hook: 'updateCachedState',
      fact_id: fact.id,
      message: 'TypeError: this handler always throws',
    },
  });
  expect(await totalOf(stub)).toEqual({ total: 1 });
  expect(valueOf(await append(stub, add(2))).seq).toBe(5);
  expect(await totalOf(stub)).toEqual({ total: 3 });
});

test('a handler that takes too long loses its effect, late writes included, but not the fact', async () => {
  const stub = await createdLedger();
  const fact = valueOf(await append(stub, { type: 'hung', data: { by: 5 } }));
  valueOf(await append(stub, { type: 'slow', data: { by: 2 } }));
  await scheduler.wait(800);
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts({ type: 'system' })));
  expect(data[0]).toMatchObject({
    causation_id: fact.id,
    data: { message: 'RangeError: did not finish within 1000 ms' },
  });
  expect(await totalOf(stub)).toEqual({ total: 2 });
});

test('a handler cannot change the fact it was lent', async () => {
  const stub = await createdLedger();
  const fact = valueOf(await append(stub, { type: 'greedy', data: { by: 1 } }));
  const stored = valueOf(await inside(stub, (ledger) => ledger.getFact(fact.id)));
  expect(stored.data).toEqual({ by: 1 });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test('what a handler staged before it threw is dropped', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'unstorable', data: { by: 5 } }));
  expect(await totalOf(stub)).toEqual({ total: 0 });
});

test('a failure that passes is made good by the next read, also after an eviction', async () => {
  for (const evicted of [false, true]) {
    const stub = await createdLedger();
    valueOf(await append(stub, { type: 'flaky', data: { by: 5 } }));
    if (evicted) await evictDurableObject(stub);
    await inside(stub, (ledger) => {
      ledger.flakyThrows = false;
    });
    expect(await totalOf(stub)).toEqual({ total: 5 });
    expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
  }
});

test('a failure that passes is made good before the next invariant is checked', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'flaky', data: { by: 60 } }));
  await inside(stub, (ledger) => {
    ledger.flakyThrows = false;
  });
  expect(codeOf(await append(stub, add(60)))).toBe('invariant_violated');
});

test('appending from inside updateCachedState is refused, not a deadlock', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'reentrant' }));
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts({ order: 'desc' })));
  expect(data[0]).toMatchObject({ type: 'system', subtype: 'hook_error' });
});

test('a hook that throws leaves a hook_error and the answer stands', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'crash_hook' }));
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts({ order: 'desc' })));
  expect(data[0]).toMatchObject({ subtype: 'hook_error', data: { hook: 'throws_on_demand' } });
});

test('a request that reaches updateCachedState by itself changes nothing, even during an append', async () => {
  const stub = await createdLedger();
  const fact = valueOf(await append(stub, add(1)));
  // TypeScript's protected stops no RPC call: this is what such a call runs.
  const forge = (): Promise<string> =>
    inside(stub, async (ledger) => {
      try {
        await ledger['updateCachedState']({ ...fact, data: { by: 50 } });
        return 'it went through';
      } catch (error) {
        return error instanceof LedgerError ? error.code : String(error);
      }
    });
  expect(await forge()).toBe('conflict');
  const running = append(stub, { type: 'gated', data: { by: 2 } });
  await inside(stub, (ledger) => ledger.entered.promise);
  expect(await forge()).toBe('conflict');
  await openGate(stub);
  valueOf(await running);
  expect(await totalOf(stub)).toEqual({ total: 3 });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test('state at a position and at a time is what it was then', async () => {
  const stub = await createdLedger();
  const facts: Fact[] = [];
  for (const by of [1, 2, 3]) {
    facts.push(valueOf(await append(stub, add(by))));
    await scheduler.wait(3);
  }
  const stateAt = (query: { seq?: number; at?: string }) =>
    inside(stub, (ledger) => ledger.getState(query));
  expect(valueOf(await stateAt({ seq: 3 }))).toEqual({
    object: 'state',
    entity_id: 'count_1',
    seq: 3,
    as_of: facts[1]?.recorded_at,
    state: { Total: { total: 3 } },
  });
  expect(valueOf(await stateAt({ at: facts[0]?.recorded_at ?? '' }))).toMatchObject({ seq: 2 });
  expect(valueOf(await stateAt({ at: '2999-01-01T00:00:00Z' }))).toMatchObject({ seq: 4 });
  expect(valueOf(await stateAt({}))).toMatchObject({ seq: 4, state: { Total: { total: 6 } } });
  for (const [query, code] of [
    [{ seq: 5 }, 'not_found'],
    [{ seq: 0 }, 'invalid_request'],
    [{ seq: 1.5 }, 'invalid_request'],
    [{ at: '1999-01-01T00:00:00Z' }, 'not_found'],
    [{ at: '2026-02-30T00:00:00Z' }, 'invalid_request'],
    [{ at: 'yesterday' }, 'invalid_request'],
    [{ seq: 1, at: '2026-01-01T00:00:00Z' }, 'invalid_request'],
  ] as const) {
    expect([query, codeOf(await stateAt(query))]).toEqual([query, code]);
  }
});

test('a past state read while the ledger moves does not disturb it', async () => {
  const stub = await createdLedger();
  for (let i = 0; i < 3; i += 1) valueOf(await append(stub, { type: 'slow', data: { by: 1 } }));
  const past = inside(stub, (ledger) => ledger.getState({ seq: 3 }));
  valueOf(await append(stub, add(10), context));
  expect(valueOf(await past).state).toEqual({ Total: { total: 2 } });
  expect(await totalOf(stub)).toEqual({ total: 13 });
});

test('stats count hits and misses and flush at most once per interval', async () => {
  const stub = await createdLedger();
  valueOf(await append(stub, add(1)));
  await evictDurableObject(stub);
  const seen = await inside(stub, (ledger) => {
    const manager = ledger['cachedStateManager'];
    const stats: unknown[] = [];
    manager.enableStatsTracking((one) => stats.push([one.hits, one.misses]), {
      min_interval_ms: 30_000,
    });
    for (let i = 0; i < 5; i += 1) manager.get('Total');
    manager.flushStats();
    manager.flushStats();
    return stats;
  });
  expect(seen).toEqual([[4, 1]]);
  expect(await headOf(stub)).toBe(2);
});
