// When a child tries its parent again.
import { expect, test } from 'vitest';
import { nextAlarm, type SendResult } from '../../sdk/src/fact-forwarder.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const SECOND_MS = 1000;

const CASES: [what: string, result: SendResult, least: number | undefined, most?: number][] = [
  ['nothing is left: no alarm', 'done', undefined],
  ['more is left: at once', 'more', 0, 0],
  ['a fact of just now: after a second', NOW, 750, 1250],
  ['it waits for 8 s: in 8 s', NOW - 8 * SECOND_MS, 6000, 10_000],
  ['it waits for an hour: in 5 minutes', NOW - 3600 * SECOND_MS, 225_000, 375_000],
  ['the clock stepped back: after a second', NOW + 60 * SECOND_MS, 750, 1250],
];

test.each(CASES)('%s', (_what, result, least, most) => {
  expect(nextAlarm(result, NOW, 0)).toBe(least);
  expect(nextAlarm(result, NOW, 1)).toBe(most);
});
