// What the ledger promises about time, whatever the clock does.
import { expect, test, vi } from 'vitest';
import { add, append, createdLedger, headOf, inside, valueOf, withKey } from './world.ts';

const HOUR_MS = 3_600_000;
// Late in the evening (UTC): the shortest life a day bucket can give a key.
const EVENING = Date.parse('2026-06-01T23:59:00Z');

test('recorded_at never goes back when the clock does', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: EVENING });
  try {
    const stub = await createdLedger();
    const first = valueOf(await append(stub, add(1)));
    vi.setSystemTime(EVENING - HOUR_MS);
    const second = valueOf(await append(stub, add(1)));
    expect(second.recorded_at).toBe(first.recorded_at);
    expect(second.id > first.id).toBe(true);
    expect(valueOf(await inside(stub, (ledger) => ledger.getFact(second.id)))).toEqual(second);
    expect(valueOf(await inside(stub, (ledger) => ledger.verify())).ok).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  [24, true],
  [49, false],
])('after %i hours a key still replays: %s', async (hours, replays) => {
  vi.useFakeTimers({ toFake: ['Date'], now: EVENING });
  try {
    const stub = await createdLedger();
    valueOf(await append(stub, add(1), withKey('k')));
    vi.setSystemTime(EVENING + hours * HOUR_MS);
    expect((await append(stub, add(1), withKey('k'))).replayed ?? false).toBe(replays);
    expect(await headOf(stub)).toBe(replays ? 2 : 3);
  } finally {
    vi.useRealTimers();
  }
});
