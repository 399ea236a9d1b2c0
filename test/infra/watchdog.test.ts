// When a process is over its limits, decided from its CPU clock, its memory and its sign of life.
import { expect, test } from 'vitest';
import {
  hardCpuLimitMs,
  judge,
  type Probe,
  type Sample,
  sample,
} from '../../infra/local/runtime/watchdog.ts';

const MB = 1024 * 1024;
const LIMIT_MS = 50;
const HARD_MS = hardCpuLimitMs(LIMIT_MS);

const at = (atMs: number, cpuMs: number, privateBytes = 20 * MB): Sample => ({
  atMs,
  cpuMs,
  privateBytes,
});
const asked = (askedAtCpuMs: number, answered = false): Probe => ({
  askedAtCpuMs,
  allowedCpuMs: hardCpuLimitMs(LIMIT_MS),
  answered,
});

test.each([
  ['the first look at a busy process', undefined, at(100, 90), undefined, 'fine'],
  ['an idle one', at(0, 1000), at(100, 1000), undefined, 'fine'],
  ['a busy one', at(0, 1000), at(100, 1100), undefined, 'ask'],
  ['one that shares its core with others', at(0, 1000), at(100, 1010), undefined, 'ask'],
  ['a busy one that has answered', at(0, 1000), at(100, 1100), asked(900, true), 'ask'],
  ['a silent one within its limit', at(0, 1000), at(100, 1000 + HARD_MS - 1), asked(1000), 'fine'],
  ['a silent one at its limit', at(0, 1000), at(100, 1000 + HARD_MS), asked(1000), 'cpu'],
  [
    'a silent one that gets no CPU time, however long',
    at(0, 1000),
    at(3_600_000, 1010),
    asked(1000),
    'fine',
  ],
  ['an answer wipes what was used before', at(0, 5000), at(100, 5000), asked(1000, true), 'fine'],
  ['one with little memory', at(0, 0), at(100, 0, 127 * MB), undefined, 'fine'],
  ['one with far too much memory', at(0, 0), at(100, 0, 1024 * MB), undefined, 'memory'],
  ['memory comes before CPU time', at(0, 1000), at(100, 99_000, 1024 * MB), asked(0), 'memory'],
  ['two looks at the same moment', at(100, 1000), at(100, 1000), undefined, 'fine'],
] as const)('%s', (_what, previous, now, probe, judgement) => {
  expect(judge(previous, now, probe)).toBe(judgement);
});

test.each([0, 10, 50, 30_000])(
  'a limit of %i ms leaves room beyond the plan, never less',
  (limitMs) => {
    expect(hardCpuLimitMs(limitMs)).toBeGreaterThan(limitMs);
  },
);

test('a process can be sampled, and its CPU clock goes forward', () => {
  const before = sample(process.pid);
  const until = performance.now() + 60;
  while (performance.now() < until);
  const after = sample(process.pid);
  expect(before?.privateBytes).toBeGreaterThan(MB);
  expect(after?.cpuMs).toBeGreaterThan(before?.cpuMs ?? Number.POSITIVE_INFINITY);
});

test('a process that is gone has no sample', () => {
  expect(sample(2 ** 22 + 1)).toBeUndefined();
});
