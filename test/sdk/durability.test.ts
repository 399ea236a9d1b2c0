// Memory never runs ahead of disk, and any history of writes replays to the same ledger.
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  add,
  append,
  codeOf,
  context,
  createdLedger,
  headOf,
  inside,
  totalOf,
  valueOf,
  withKey,
} from './world.ts';

test('a commit that storage refuses leaves no trace, and the retry goes through', async () => {
  let stub = await createdLedger();
  valueOf(await append(stub, add(1)));
  await inside(stub, (_, sql) => {
    // The last table of the commit fails: fact and state were written before it.
    sql.exec(
      `CREATE TRIGGER full BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
  });
  const failed = await append(stub, add(5), withKey('k')).then(codeOf, () => 'aborted');
  expect(failed).toBe('aborted');
  // The aborted object is gone, and its stub with it.
  stub = env.COUNTER.get(stub.id);
  await inside(stub, (_, sql) => void sql.exec('DROP TRIGGER full'));
  expect(await headOf(stub)).toBe(2);
  expect(await totalOf(stub)).toEqual({ total: 1 });
  expect((await append(stub, add(5), withKey('k'))).replayed).toBeUndefined();
  expect(await totalOf(stub)).toEqual({ total: 6 });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      by: fc.integer({ min: -20, max: 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('slow' as const),
      by: fc.integer({ min: -5, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      by: fc.integer({ min: -20, max: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('broken' as const), by: fc.constant(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('evict' as const), by: fc.constant(0) }) },
);

test('any history of appends, refusals, failures and evictions verifies except for its failures', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const stub = await createdLedger();
      let total = 0;
      let broken = 0;
      for (const [index, { kind, by }] of steps.entries()) {
        if (kind === 'evict') {
          // Touched first: an object that does not run cannot be evicted.
          await headOf(stub);
          await evictDurableObject(stub);
          continue;
        }
        const keyed = withKey(`k${index}`);
        const write = (): Promise<{ ok: boolean; replayed?: boolean }> =>
          kind === 'batch'
            ? inside(stub, (ledger) => ledger.appendBatch([add(by), add(1)], keyed))
            : append(stub, { type: kind === 'append' ? 'add' : kind, data: { by } }, keyed);
        const first = await write();
        expect(await write()).toEqual({ ...first, replayed: true });
        if (!first.ok) continue;
        if (kind === 'broken') broken += 1;
        else total += kind === 'batch' ? by + 1 : by;
      }
      expect(await totalOf(stub)).toEqual({ total });
      const { faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
      expect(faults.map((fault) => fault.code)).toEqual(
        Array.from({ length: broken }, () => 'state_drift'),
      );
    }),
    { numRuns: 25 },
  );
});

test('a filter looks at a bounded stretch per page and still finds every fact', async () => {
  const stub = await createdLedger();
  for (let i = 0; i < 11; i += 1) {
    const inputs = Array.from({ length: 1000 }, (_, n) => ({
      type: n === 0 && i % 10 === 0 ? 'rare' : 'add',
    }));
    valueOf(await inside(stub, (ledger) => ledger.appendBatch(inputs, context)));
  }
  for (const order of ['asc', 'desc'] as const) {
    const seen: number[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      const query = { type: 'rare', order, ...(cursor === undefined ? {} : { cursor }) };
      const page = valueOf(await inside(stub, (ledger) => ledger.listFacts(query)));
      seen.push(...page.data.map((fact) => fact.seq));
      cursor = page.next_cursor ?? undefined;
      pages += 1;
    } while (cursor !== undefined);
    expect([pages, seen]).toEqual([2, order === 'asc' ? [2, 10_002] : [10_002, 2]]);
  }
});

test('among thousands of facts of a few milliseconds each is found by its id', async () => {
  const stub = await createdLedger();
  const ids: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const inputs = Array.from({ length: 1000 }, (_, n) => ({ type: n === 0 ? 'rare' : 'add' }));
    const facts = valueOf(await inside(stub, (ledger) => ledger.appendBatch(inputs, context)));
    ids.push(...facts.map((fact) => fact.id));
  }
  expect(new Set(ids).size).toBe(3000);
  expect(ids.toSorted()).toEqual(ids);
  const found = await inside(stub, async (ledger) => {
    const seqs: number[] = [];
    for (let i = 0; i < ids.length; i += 250) {
      seqs.push(valueOf(await ledger.getFact(ids[i] ?? '')).seq);
    }
    return seqs;
  });
  expect(found).toEqual(found.map((_, i) => i * 250 + 2));
  const rare = valueOf(await inside(stub, (ledger) => ledger.listFacts({ type: 'rare' })));
  expect(rare.data.map((fact) => fact.seq)).toEqual([2, 1002, 2002]);
  for (const id of [
    '',
    'fct_',
    'fct_zzz',
    `fct_${'0'.repeat(26)}`,
    `fct_7${'z'.repeat(25)}`,
    ids[0]?.toUpperCase() ?? '',
  ]) {
    expect(codeOf(await inside(stub, (ledger) => ledger.getFact(id)))).toBe('not_found');
  }
});
