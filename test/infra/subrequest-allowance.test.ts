// How many calls may leave a user Worker's process for the requests it was given.
import { expect, test } from 'vitest';
import { SubrequestAllowance } from '../../infra/local/worker-code/subrequest-allowance.ts';

const spentAt = (allowance: SubrequestAllowance, limit: number, nowMs: number): number => {
  let spent = 0;
  while (spent < 1000 && allowance.spend(limit, nowMs)) spent += 1;
  return spent;
};

test.each([
  ['nothing was asked: an alarm', 0, 10],
  ['one request', 1, 20],
  ['three requests', 3, 40],
])('%s', (_, requests, calls) => {
  const allowance = new SubrequestAllowance();
  for (let request = 0; request < requests; request += 1) allowance.entered(100_000);
  expect(spentAt(allowance, 10, 100_001)).toBe(calls);
  expect(allowance.spend(10, 159_999)).toBe(false);
});

test('a new minute begins anew', () => {
  const allowance = new SubrequestAllowance();
  allowance.entered(100_000);
  expect(spentAt(allowance, 10, 100_001)).toBe(20);
  expect(spentAt(allowance, 10, 160_000)).toBe(10);
});
