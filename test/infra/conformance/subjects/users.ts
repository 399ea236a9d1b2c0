// Who a token belongs to: what clients ask before they do anything.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import { call, resultOf } from '../wire.ts';

export const users: Subject = {
  title: 'token and account',
  expectations: [
    expectation('the token verifies as active', 'ran', async (target) => {
      const result = resultOf(await call(target, 'GET', '/user/tokens/verify'));
      expect(result).toMatchObject({ id: expect.any(String), status: 'active' });
    }),
    expectation('the user has an id', 'ran', async (target) => {
      const result = resultOf(await call(target, 'GET', '/user'));
      expect(result).toMatchObject({ id: expect.any(String), email: expect.any(String) });
    }),
    expectation('the account is in the list, page by page', 'ran', async (target) => {
      const answer = await call(target, 'GET', '/accounts?page=1');
      expect(resultOf(answer)).toContainEqual(
        expect.objectContaining({ id: target.accountId, name: expect.any(String) }),
      );
      expect(answer.envelope.result_info).toMatchObject({ page: 1, count: expect.any(Number) });
    }),
    expectation('the account is shown by id', 'doc', async (target) => {
      const result = resultOf(await target.call('GET', ''));
      expect(result).toMatchObject({ id: target.accountId, type: expect.any(String) });
    }),
    expectation('a membership names the account', 'ran', async (target) => {
      const result = resultOf(await call(target, 'GET', '/memberships?page=1'));
      expect(result).toContainEqual(
        expect.objectContaining({ account: expect.objectContaining({ id: target.accountId }) }),
      );
    }),
  ],
};
