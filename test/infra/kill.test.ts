// `kill -9` at random moments, a small form of what the benchmark does 200 times: whatever is killed,
// what was acknowledged is there once, and the next start works on the same folder and addresses.
import { expect, test } from 'vitest';
import { runKills } from './kill-run.ts';

const MOMENTS = 16;
/** Another number is another run; this one makes a failure repeatable. */
const SEED = 5;

test('nothing acknowledged is lost or doubled, whichever process is killed, and all of it comes back', {
  timeout: 240_000,
}, async () => {
  const figures = await runKills(MOMENTS, SEED);
  expect(figures.faults).toEqual([]);
  expect([...figures.moments.values()].reduce((sum, count) => sum + count, 0)).toBe(MOMENTS);
  expect(figures.acknowledged).toBeGreaterThan(0);
  expect(figures.changes).toBeGreaterThan(0);
});
