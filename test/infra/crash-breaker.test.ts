// When a user Worker that keeps being ended is given a rest, and when it may try again.
import { expect, test } from 'vitest';
import { CrashBreaker } from '../../infra/local/runtime/crash-breaker.ts';

const CPU = 'Worker exceeded CPU time limit.';

test.each<[string, number[], number, string | undefined]>([
  ['two ends are bad luck', [0, 1000], 1001, undefined],
  ['three in a minute are not', [0, 1000, 2000], 2001, CPU],
  ['three in more than a minute are', [0, 30_000, 60_000], 60_001, undefined],
  ['after ten seconds one may try', [0, 1000, 2000], 12_000, undefined],
  ['and rests again when it is ended', [0, 1000, 2000, 12_500], 12_501, CPU],
  ['a minute after, all is forgotten', [0, 1000, 2000], 62_001, undefined],
])('%s', (_, ends, now, expected) => {
  const breaker = new CrashBreaker();
  for (const end of ends) breaker.ended(end, CPU);
  expect(breaker.resting(now)).toBe(expected);
});

test('new code starts at once', () => {
  const breaker = new CrashBreaker();
  for (const end of [0, 1, 2]) breaker.ended(end, CPU);
  breaker.reset();
  expect(breaker.resting(3)).toBeUndefined();
});
