// What two replays of one entity come to, side by side: lines that people read, and whether anything is
// new under the new code. Bounded, whatever the code that was replayed said of itself.
import { describe, expect, it } from 'vitest';
import {
  compareReplays,
  replayAnswer,
  type SideReplay,
} from '../../platform/src/preview/compare-replays.ts';
import { type StateValue, stateDifference } from '../../platform/src/preview/state-lines.ts';

function value(name: string, state: unknown, shown = true): StateValue {
  const text = JSON.stringify(state);
  return { name, bytes: text.length, hash: `h${text}`.slice(0, 64), ...(shown && { text }) };
}

const states = (all: Record<string, unknown>): StateValue[] =>
  Object.entries(all).map(([name, state]) => value(name, state));

const linesFrom = (now: Record<string, unknown>, next: Record<string, unknown>) =>
  stateDifference(states(now), states(next)).lines;

describe('the lines of a difference', () => {
  it('name what was and what would be', () => {
    expect(
      linesFrom(
        { Balance: { balance: 500, currency: 'USD' }, Gone: 1 },
        { Balance: { balance: 450, currency: 'USD', limit: 10 }, New: [1] },
      ),
    ).toEqual([
      '- Balance.balance 500',
      '+ Balance.balance 450',
      '+ Balance.limit 10',
      '- Gone 1',
      '+ New [1]',
    ]);
    expect(linesFrom({ Same: { a: [1, 2] } }, { Same: { a: [1, 2] } })).toEqual([]);
  });

  it('are few and short, however much differs', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, at]));
    const { lines, changes, more } = stateDifference(
      states({ Many: {}, Long: '' }),
      states({ Many: many, Long: 'x'.repeat(50_000) }),
    );
    expect([changes.length, more]).toEqual([20, 481]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(400);
    expect(JSON.stringify(changes).length).toBeLessThan(10_000);
  });

  it('tell by size and hash what is not shown, lies, or is too deep', () => {
    const large = [value('Large', 'a', false)];
    expect(stateDifference(large, [value('Large', 'b', false)]).lines).toEqual([
      expect.stringMatching(/^- Large "3 bytes, SHA-256 h/),
      expect.stringMatching(/^\+ Large "3 bytes, SHA-256 h/),
    ]);
    const lie = [{ name: 'Large', bytes: 1, hash: 'x', text: '{' }];
    expect(stateDifference(large, lie).lines).toHaveLength(2);
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    const nested = [{ name: 'Deep', bytes: 1, hash: 'x', text: deep }];
    const other = [{ name: 'Deep', bytes: 1, hash: 'y', text: deep.replace('[]', '[1]') }];
    expect(stateDifference(nested, other).lines.length).toBeGreaterThan(0);
    expect(stateDifference([], nested).lines.length).toBeGreaterThan(0);
  });
});

const NONE = { count: 0, digest: '', first: [] };
const told = (...seqs: number[]) => ({
  count: seqs.length,
  digest: seqs.join(),
  first: seqs.map((seq) => ({ seq, where: 'rule', detail: 'no' })),
});

function side(said: object = {}): SideReplay {
  const answer = {
    facts: 3,
    broken: NONE,
    threw: NONE,
    appended: NONE,
    hooks_cut: false,
    states: states({ A: 1 }),
    ...said,
  };
  return { ok: true, ms: 5, answer: replayAnswer.parse(answer) };
}

const ENTITY = { entity_id: 'pts_1', type: 'points', facts: 3, facts_left_out: 0 };
const compared = (now: SideReplay, next: SideReplay) => compareReplays(ENTITY, now, next);

describe('an entity', () => {
  it('does not differ for what the present code does as well', () => {
    const both = { broken: told(1, 2), threw: told(3), appended: told(1) };
    expect(compared(side(both), side(both))).toMatchObject({ differs: false, diff: [] });
    expect(compared(side(both), side({ ...both, broken: told(2) }))).toMatchObject({
      differs: false,
      broken: { count: 1, count_now: 2, first: [] },
    });
  });

  it.each([
    ['its state', { states: states({ A: 2 }) }],
    ['a rule that was not broken', { broken: told(1) }],
    ['something that did not throw', { threw: told(2) }],
    ['what a hook appends', { appended: told(1) }],
  ])('differs by %s', (_, said) => {
    expect(compared(side(), side(said)).differs).toBe(true);
  });

  it('differs by a hook that no longer appends, and by more of what only begins to be told', () => {
    expect(compared(side({ appended: told(1) }), side()).differs).toBe(true);
    const many = { count: 60, digest: 'a', first: told(1).first };
    const more = { count: 61, digest: 'b', first: told(1).first };
    expect(compared(side({ broken: many }), side({ broken: more })).differs).toBe(true);
  });

  it('differs when either replay did not end, and says which', () => {
    const failed = { ok: false, error: 'It went over its limits.' } as const;
    expect(compared(side(), failed)).toMatchObject({ differs: true, error: failed.error });
    expect(compared(failed, side())).toMatchObject({
      differs: true,
      error: null,
      error_now: failed.error,
    });
  });
});

it('an answer that is larger than it may be, or of another shape, is none', () => {
  const { answer } = side() as Extract<SideReplay, { ok: true }>;
  const long = { ...told(1), first: [{ seq: 1, where: 'x', detail: 'x'.repeat(400) }] };
  for (const said of [
    { facts: 'all' },
    { broken: long },
    { states: Array.from({ length: 1_001 }, () => value('A', 1)) },
    { threw: { ...NONE, first: Array.from({ length: 51 }, () => told(1).first[0]) } },
  ]) {
    expect(replayAnswer.safeParse({ ...answer, ...said }).success).toBe(false);
  }
});
