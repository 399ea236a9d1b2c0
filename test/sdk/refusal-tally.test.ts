// Refusals are counted by kind for a minute, within bounds, and without what the caller sent.
import { expect, test } from 'vitest';
import { type RefusalKind, RefusalTally } from '../../sdk/src/refusal-tally.ts';

const START = 1_800_000_000_000;

function tallyOf(...refusals: RefusalKind[]): RefusalTally {
  const tally = new RefusalTally();
  for (const [index, refusal] of refusals.entries()) tally.add(refusal, START + index);
  return tally;
}

function kindsOf(tally: RefusalTally): unknown {
  return tally.take(START)?.data.kinds;
}

test('an empty tally is never due and gives nothing', () => {
  const tally = new RefusalTally();
  expect([tally.due(START), tally.take(START)]).toEqual([undefined, undefined]);
});

test('refusals of one kind are one count, of several kinds one each', () => {
  const broken = { code: 'invariant_violated', rule: 'credit', pointer: '/data/amount', type: 'a' };
  const tally = tallyOf(broken, { code: 'version_mismatch' }, broken);
  expect(tally.take(START + 60_000)).toEqual({
    type: 'system',
    subtype: 'refusals',
    data: {
      period_start: START,
      period_end: START + 60_000,
      total: 3,
      kinds: [
        { ...broken, count: 2 },
        { code: 'version_mismatch', count: 1 },
      ],
      other: 0,
    },
  });
});

test('code, rule, pointer and type each make a kind', () => {
  const kinds = kindsOf(
    tallyOf(
      { code: 'a' },
      { code: 'b' },
      { code: 'a', rule: 'r' },
      { code: 'a', pointer: '/r' },
      { code: 'a', type: 'r' },
    ),
  );
  expect(kinds).toHaveLength(5);
});

test('a period lasts a minute from the first refusal, however the clock goes', () => {
  const tally = tallyOf({ code: 'a' }, { code: 'a' });
  expect([0, 1, 4999, 5000, 90_000, -5000].map((ms) => tally.due(START + ms))).toEqual([
    60_000, 59_999, 55_001, 55_000, 0, 60_000,
  ]);
  expect(tally.take(START - 5000)?.data).toMatchObject({ period_start: START, period_end: START });
});

test('what is taken is taken: the next refusal starts another period', () => {
  const tally = tallyOf({ code: 'a' });
  tally.take(START);
  expect([tally.due(START), tally.take(START)]).toEqual([undefined, undefined]);
  tally.add({ code: 'b' }, START + 7);
  expect(tally.due(START + 7)).toBe(60_000);
  expect(tally.take(START + 8)?.data).toMatchObject({
    period_start: START + 7,
    total: 1,
    kinds: [{ code: 'b', count: 1 }],
  });
});

test('twenty kinds are kept and the rest are counted together', () => {
  const tally = tallyOf(
    ...Array.from({ length: 25 }, (_, i) => ({ code: 'a', type: `t${i}` })),
    { code: 'a', type: 't3' },
    { code: 'a', type: 't24' },
  );
  const data = tally.take(START)?.data;
  expect(data).toMatchObject({ total: 27, other: 6 });
  expect(data?.kinds).toHaveLength(20);
  expect(data?.kinds).toContainEqual({ code: 'a', type: 't3', count: 2 });
});

test('the whole fact stays small, whatever is sent', () => {
  const tally = tallyOf(
    ...Array.from({ length: 1000 }, (_, i) => ({
      code: 'invariant_violated',
      rule: `rule_${i}`,
      pointer: `/data/${'x'.repeat(10_000)}/${'/y'.repeat(1000)}`,
      type: `t${'z'.repeat(10_000)}`,
    })),
  );
  expect(JSON.stringify(tally.take(START)).length).toBeLessThan(4096);
});

test.each<[sent: string | undefined, kept: string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['/type', '/type'],
  ['/data/amount', '/data/amount'],
  ['/data/lines/3/price', '/data/lines/3/price'],
  ['/facts/17/data/amount', '/data/amount'],
  ['/facts/17', undefined],
  ['/facts', '/facts'],
  ['/data/ada@example.com/x', '/data'],
  ['/data/Ada Lovelace', '/data'],
  ['/data/a~1b', '/data'],
  [`/data/${'a'.repeat(65)}`, '/data'],
  ['/a/b/c/d/e/f/g/h/i', '/a/b/c/d/e/f/g/h'],
])('of the pointer %s, %s is kept', (pointer, kept) => {
  const place = kept === undefined ? {} : { pointer: kept };
  expect(kindsOf(tallyOf({ code: 'a', pointer }))).toEqual([{ code: 'a', ...place, count: 1 }]);
});

test.each(['', 'Ada', 'ada lovelace', `a${'b'.repeat(64)}`, 'a\n'])(
  'what is no fact type (%j) is not kept',
  (type) => {
    expect(kindsOf(tallyOf({ code: 'a', type }))).toEqual([{ code: 'a', count: 1 }]);
  },
);
