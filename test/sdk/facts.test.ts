// What a fact may say of other facts, and how facts are found by what they say.
import type { FactInput, FactQuery } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import {
  add,
  append,
  type CounterStub,
  codeOf,
  context,
  createdLedger,
  headOf,
  inside,
  valueOf,
} from './world.ts';

async function seqs(stub: CounterStub, query: FactQuery): Promise<number[]> {
  const page = valueOf(await inside(stub, (ledger) => ledger.listFacts(query)));
  return page.data.map((fact) => fact.seq);
}

test('a correction is a fact that names the one it corrects, which stays as it was', async () => {
  const stub = await createdLedger();
  const wrong = valueOf(await append(stub, add(5)));
  const right = valueOf(await append(stub, { ...add(-2), corrects: wrong.id }));
  const again = valueOf(await append(stub, { ...add(1), corrects: right.id }));
  expect(valueOf(await inside(stub, (ledger) => ledger.getFact(wrong.id)))).toEqual(wrong);
  expect(await seqs(stub, { corrects: wrong.id })).toEqual([right.seq]);
  expect(await seqs(stub, { corrects: right.id })).toEqual([again.seq]);
});

test.each([
  ['nothing of the kind', 'invoice 7'],
  ['an id never given out', `fct_${'0'.repeat(26)}`],
])('a correction of %s is refused, in a batch with its place', async (_, corrects) => {
  const stub = await createdLedger();
  const elsewhere = await createdLedger();
  const foreign = valueOf(await append(elsewhere, add(1)));
  for (const id of [corrects, foreign.id]) {
    const one = await append(stub, { ...add(1), corrects: id });
    const item = { code: 'unknown_fact', pointer: '/corrects' };
    expect(one).toMatchObject({ ok: false, error: { code: 'invalid_request', errors: [item] } });
    const inputs = [add(1), { ...add(1), corrects: id }];
    expect(await inside(stub, (ledger) => ledger.appendBatch(inputs, context))).toMatchObject({
      error: { errors: [{ code: 'unknown_fact', pointer: '/facts/1/corrects' }] },
    });
  }
  expect(await headOf(stub)).toBe(1);
});

test('facts are found by what they refer to and by when they take effect', async () => {
  const stub = await createdLedger();
  const inputs: FactInput[] = [
    { ...add(1), correlation_id: 'order-1', timestamp: '2026-01-02T00:30:00+02:00' },
    { ...add(1), correlation_id: 'order-1', causation_id: 'fct_x', source_id: 'call-9' },
    { ...add(1), correlation_id: 'order-2', effective_at: '2026-01-01T22:45:00Z' },
    { type: 'note', data: { subject: 'tea' }, timestamp: '2026-02-01T00:00:00.001Z' },
  ];
  valueOf(await inside(stub, (ledger) => ledger.appendBatch(inputs, context)));
  const cases: [FactQuery, number[]][] = [
    [{ correlation_id: 'order-1' }, [2, 3]],
    [{ correlation_id: 'order-1', causation_id: 'fct_x' }, [3]],
    [{ source_id: 'call-9' }, [3]],
    [{ subject: 'tea' }, [5]],
    [{ subject: 'tea', type: 'add' }, []],
    [{ effective_before: '2026-01-01T22:30:00.001Z' }, [2]],
    [{ effective_before: '2026-01-01T22:30:00.000Z' }, []],
    [
      { effective_from: '2026-01-01T23:45:00+01:00', effective_before: '2026-01-02T00:00:00Z' },
      [4],
    ],
    [{ effective_from: '2026-02-01T00:00:00.001Z', type: 'note' }, [5]],
    [{ effective_from: '2026-02-01T00:00:00.002Z', type: 'note' }, []],
  ];
  for (const [query, expected] of cases)
    expect([query, await seqs(stub, query)]).toEqual([query, expected]);
  const page = valueOf(
    await inside(stub, (ledger) => ledger.listFacts({ correlation_id: 'order-1', limit: 1 })),
  );
  const cursor = page.next_cursor ?? '';
  expect(await seqs(stub, { correlation_id: 'order-1', limit: 1, cursor })).toEqual([3]);
  const other = { correlation_id: 'order-2', limit: 1, cursor };
  expect(codeOf(await inside(stub, (ledger) => ledger.listFacts(other)))).toBe('invalid_request');
});

test.each<[FactQuery, string]>([
  [{ effective_from: 'soon' }, '/effective_from'],
  [{ effective_before: '2026-01-01T00:00:00' }, '/effective_before'],
  [{ corrects: 'x'.repeat(256) }, '/corrects'],
  [{ subject: 's'.repeat(256) }, '/subject'],
])('the filter %o is refused at %s', async (query, pointer) => {
  const stub = await createdLedger();
  const outcome = await inside(stub, (ledger) => ledger.listFacts(query));
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'invalid_request', errors: [{ pointer }] },
  });
});

test('a timestamp keeps the offset its caller gave', async () => {
  const stub = await createdLedger();
  const input = { ...add(1), timestamp: '2026-03-29T01:30:00.5-09:30' };
  const fact = valueOf(await append(stub, input));
  expect(fact.timestamp).toBe('2026-03-29T01:30:00.500-09:30');
});

test('what a hook appends names the fact it answers to, unless it says otherwise', async () => {
  const stub = await createdLedger();
  const cause = valueOf(await append(stub, { type: 'echo', correlation_id: 'order-1' }));
  const page = valueOf(await inside(stub, (ledger) => ledger.listFacts({ type: 'echoed' })));
  expect(page.data).toMatchObject([
    { causation_id: cause.id, correlation_id: 'order-1' },
    { causation_id: 'named', correlation_id: 'own' },
  ]);
  const failing = { type: 'crash_hook', correlation_id: 'order-2' };
  const { id } = valueOf(await append(stub, failing));
  const [error] = valueOf(
    await inside(stub, (ledger) => ledger.listFacts({ type: 'system' })),
  ).data;
  expect(error).toMatchObject({ causation_id: id, correlation_id: 'order-2' });
});
