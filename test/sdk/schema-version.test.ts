// Facts outlive the code that wrote them: older ones are filled in, newer ones refused.
import { evictDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import {
  add,
  append,
  type CounterStub,
  codeOf,
  context,
  createdLedger,
  inside,
  totalOf,
  valueOf,
} from './world.ts';

/** A ledger with a fact of version 1 that lacks `by`, and one that has it; then code of version 3. */
async function upgraded(): Promise<CounterStub> {
  const stub = await createdLedger();
  valueOf(await append(stub, { type: 'add', data: { note: 'old' } }));
  valueOf(await append(stub, add(5)));
  await inside(stub, (ledger) => {
    ledger.version = 3;
    ledger.added = {
      1: () => ({ by: 7, unit: 'apples' }),
      2: (fact) => ({ label: JSON.stringify([fact.data.by, fact.data.unit]) }),
    };
  });
  return stub;
}

test('an older fact is read with what later versions added, and keeps what it says', async () => {
  const stub = await upgraded();
  const { data } = valueOf(await inside(stub, (ledger) => ledger.listFacts({ type: 'add' })));
  expect(data.map((fact) => fact.data)).toEqual([
    { note: 'old', by: 7, unit: 'apples', label: '[7,"apples"]' },
    { by: 5, unit: 'apples', label: '[5,"apples"]' },
  ]);
  expect(data.map((fact) => fact.schema_version)).toEqual([1, 1]);
  const one = await inside(stub, (ledger) => ledger.getFact(data[0]?.id ?? ''));
  expect(valueOf(one)).toEqual(data[0]);
  const [created] = valueOf(await inside(stub, (ledger) => ledger.listFacts())).data;
  expect(created?.data).not.toHaveProperty('by');
});

test('replay runs over the filled-in facts, hashes over the text as it was written', async () => {
  const stub = await upgraded();
  expect(await totalOf(stub)).toEqual({ total: 5 });
  const rebuilt = valueOf(await inside(stub, (ledger) => ledger.reconstructState()));
  expect(rebuilt.state).toEqual({ Total: { total: 12 } });
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).faults).toEqual([]);
  expect(valueOf(await append(stub, add(1)))).toMatchObject({ schema_version: 3 });
  expect(await totalOf(stub)).toEqual({ total: 13 });
});

test('older code proves the chain of newer facts, and says that it did not replay them', async () => {
  const stub = await upgraded();
  const newer = valueOf(await append(stub, add(1)));
  valueOf(await append(stub, add(2)));
  await evictDurableObject(stub);
  const detail = 'Fact 4 has schema version 3; this code knows up to 1.';
  const unplayed = { code: 'not_replayed', seq: newer.seq, detail };
  const untouched = valueOf(await inside(stub, (ledger) => ledger.verify()));
  expect(untouched).toMatchObject({ ok: false, facts: 5, faults: [unplayed] });
  await inside(
    stub,
    (_, sql) =>
      void sql.exec(`UPDATE facts SET body = replace(body, '"by":2', '"by":9') WHERE seq = 5`),
  );
  const { faults } = valueOf(await inside(stub, (ledger) => ledger.verify()));
  expect(faults).toEqual(
    expect.arrayContaining([unplayed, expect.objectContaining({ code: 'hash_mismatch', seq: 5 })]),
  );
  expect(faults).toHaveLength(2);
});

test('a fact of a newer version is refused, no replay goes over it and no append after it', async () => {
  const stub = await upgraded();
  const newer = valueOf(await append(stub, add(1)));
  // The object starts again with the older code.
  await evictDurableObject(stub);
  const codes = await inside(stub, async (ledger) => [
    codeOf(await ledger.getFact(newer.id)),
    codeOf(await ledger.listFacts()),
    codeOf(await ledger.reconstructState()),
    codeOf(await ledger.getState({ seq: newer.seq })),
    codeOf(await ledger.getState()),
    codeOf(await ledger.append(add(1), context)),
  ]);
  expect(new Set(codes)).toEqual(new Set(['schema_too_new']));
  const before = await inside(stub, (ledger) => ledger.getState({ seq: newer.seq - 1 }));
  expect(valueOf(before).state).toEqual({ Total: { total: 5 } });
  expect(await inside(stub, (ledger) => ledger.getFact(newer.id))).toMatchObject({
    error: { detail: 'Fact 4 has schema version 3; this code knows up to 1.' },
  });
});
