// Snapshots make the past quick to read and are never more than copies of what the facts say.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { SystemLedger } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  add,
  append,
  type CounterStub,
  context,
  createdLedger,
  inside,
  totalOf,
  valueOf,
} from './world.ts';

const POSITIONS = 'SELECT DISTINCT seq FROM snapshots ORDER BY seq';

/** Fact n + 1 adds 1 when n is odd and takes it back when n is even. */
async function longLedger(facts: number): Promise<CounterStub> {
  const stub = await createdLedger();
  for (let from = 1; from <= facts; from += 500) {
    const length = Math.min(500, facts - from + 1);
    const inputs = Array.from({ length }, (_, i) => add((from + i) % 2 === 1 ? 1 : -1));
    valueOf(await inside(stub, (ledger) => ledger.appendBatch(inputs, context)));
  }
  return stub;
}

function positionsOf(stub: CounterStub): Promise<number[]> {
  return inside(stub, (_, sql) =>
    sql
      .exec<{ seq: number }>(POSITIONS)
      .toArray()
      .map((row) => row.seq),
  );
}

async function totalAt(stub: CounterStub, seq: number): Promise<unknown> {
  const view = valueOf(await inside(stub, (ledger) => ledger.getState({ seq })));
  return view.state.Total;
}

test('state at any position is the same with snapshots, after eviction, and without them', async () => {
  const stub = await longLedger(3200);
  expect(await positionsOf(stub)).toEqual([1001, 2001, 3001]);
  const asked = [2, 3, 1000, 1001, 1002, 2000, 2001, 2345, 3001, 3201];
  const read = async (): Promise<unknown[]> => {
    const totals: unknown[] = [];
    for (const seq of asked) totals.push(await totalAt(stub, seq));
    return totals;
  };
  const expected = asked.map((seq) => ({ total: (seq - 1) % 2 }));
  expect(await read()).toEqual(expected);
  await evictDurableObject(stub);
  expect(await read()).toEqual(expected);
  await inside(stub, (_, sql) => void sql.exec('DELETE FROM snapshots WHERE seq < 3000'));
  expect(await read()).toEqual(expected);
  await inside(stub, (_, sql) => void sql.exec('DROP TABLE snapshots'));
  await evictDurableObject(stub);
  expect(await read()).toEqual(expected);
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test('a changed snapshot is named by verify and mended by reconstructState', async () => {
  const stub = await longLedger(2100);
  await inside(
    stub,
    (_, sql) => void sql.exec(`UPDATE snapshots SET value = '{"total":9}' WHERE seq = 1001`),
  );
  const found = valueOf(await inside(stub, (ledger) => ledger.verify()));
  expect(found.faults.map(({ code, seq }) => [code, seq])).toEqual([['state_drift', 1001]]);
  const view = valueOf(await inside(stub, (ledger) => ledger.reconstructState()));
  expect(view).toMatchObject({ seq: 2101, state: { Total: { total: 0 } } });
  expect(await totalAt(stub, 1002)).toEqual({ total: 1 });
  expect(await positionsOf(stub)).toEqual([1000, 2000]);
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

test('a ledger from before snapshots gets them with its next facts', async () => {
  const stub = await longLedger(1500);
  await inside(stub, (_, sql) => void sql.exec('DROP TABLE snapshots'));
  await evictDurableObject(stub);
  valueOf(await append(stub, add(1)));
  expect(await positionsOf(stub)).toEqual([1502]);
  expect(await totalAt(stub, 1502)).toEqual({ total: 1 });
});

test('state that lacks a fact is never kept, and catching up starts at a snapshot', async () => {
  const stub = await longLedger(1999);
  expect(await positionsOf(stub)).toEqual([1001]);
  // The replay may not start with the first fact: this one would change the total.
  await inside(stub, (_, sql) => {
    sql.exec(`UPDATE facts SET body = replace(body, '"by":1', '"by":50') WHERE seq = 2`);
  });
  valueOf(await append(stub, { type: 'flaky', data: { by: 40 } }));
  expect(await positionsOf(stub)).toEqual([1001]);
  await inside(stub, (ledger) => {
    ledger.flakyThrows = false;
  });
  expect(await totalOf(stub)).toEqual({ total: 41 });
  valueOf(await append(stub, add(1)));
  expect(await totalOf(stub)).toEqual({ total: 42 });
});

test('a ledger without state has its past kept too', async () => {
  const stub = env.SYSTEM.get(env.SYSTEM.newUniqueId());
  const [position, state] = await runInDurableObject(
    stub,
    async (ledger: SystemLedger, { storage }) => {
      valueOf(await ledger.createEntity({ id: 'system', type: 'system' }, context));
      const inputs = Array.from({ length: 1000 }, () => ({ type: 'noted' }));
      valueOf(await ledger.appendBatch(inputs, context));
      valueOf(await ledger.appendBatch(inputs.slice(0, 1), context));
      const view = valueOf(await ledger.getState({ seq: 1002 }));
      const { faults } = valueOf(await ledger.verify());
      expect(faults).toEqual([]);
      return [storage.sql.exec(POSITIONS).one().seq, view.state];
    },
  );
  expect([position, state]).toEqual([1001, {}]);
});
