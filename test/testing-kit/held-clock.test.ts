// A held clock is the clock of the ledgers too, and leaves nothing behind.
import { env } from 'cloudflare:workers';
import { holdClock, scenario } from '@z0-app/sdk/testing';
import { expect, test } from 'vitest';

const HOUR_MS = 3_600_000;
const NOON = '2026-05-01T12:00:00.000Z';
const entity = { id: 'pts_1', type: 'points' };
const earned = { type: 'earned', data: { points: 1 } };

test('facts are recorded at the time that the test holds', async () => {
  using clock = holdClock(NOON);
  const first = await scenario(env.POINTS, entity)
    .when(earned)
    .thenFacts([{ recorded_at: NOON, timestamp: NOON }]);
  clock.advanceMs(HOUR_MS);
  const later = '2026-05-01T13:00:00.000Z';
  const second = await first.when(earned).thenFacts([{ recorded_at: later, timestamp: later }]);
  await second.thenState({ Points: 1 }, { at: NOON });
});

test('a clock that steps back does not take the ledger with it', async () => {
  using clock = holdClock(NOON);
  const first = await scenario(env.POINTS, entity)
    .when(earned)
    .thenFacts([{ recorded_at: NOON }]);
  clock.advanceMs(-HOUR_MS);
  await first.when(earned).thenFacts([{ recorded_at: NOON }]);
});

test('the clock stands still, can be set, and is real again after its block', () => {
  const RealDate = Date;
  {
    using clock = holdClock(0);
    expect(new Date().toISOString()).toBe('1970-01-01T00:00:00.000Z');
    clock.set(NOON);
    expect([Date.now(), clock.nowMs]).toEqual([Date.parse(NOON), Date.parse(NOON)]);
    expect(new Date()).toBeInstanceOf(RealDate);
    expect(new Date(5).getTime()).toBe(5);
    expect(new Date(2026, 4, 1).getFullYear()).toBe(2026);
    expect(Date.UTC(1970, 0, 1)).toBe(0);
    clock.release();
    clock.release();
  }
  expect(Date).toBe(RealDate);
});

test('two clocks cannot be held at once, nor one at no time', () => {
  expect(() => holdClock('yesterday')).toThrow('yesterday is no time');
  using clock = holdClock(NOON);
  expect(() => holdClock(NOON)).toThrow('held already');
  expect(() => clock.advanceMs(Number.NaN)).toThrow('is no time');
});

test('nothing that ships reaches for the testing kit', () => {
  const shipped = import.meta.glob(['../../sdk/src/**/*.ts', '../../tenant-template/src/**/*.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  expect(Object.keys(shipped).length).toBeGreaterThan(30);
  const reaching = Object.keys(shipped).filter((path) => /['"/]testing/.test(shipped[path] ?? ''));
  expect(reaching).toEqual([]);
});
