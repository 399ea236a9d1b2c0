// What Configs do to a credit account.
import { env } from 'cloudflare:workers';
import { type JsonObject, ledgerOf } from '@z0-app/sdk';
import { scenario } from '@z0-app/sdk/testing';
import { expect, test } from 'vitest';

const writer = { tenantId: 'acme', principal: 'alice' };
const account = { id: 'acct_1', type: 'account' };
const drawn = (amount: number) => ({ type: 'drawn', data: { amount } });
const credit = (settings: JsonObject, id = 'cfg_credit') => ({
  id,
  type: 'credit',
  settings,
});

test('a fact records its Config, and keeps it when the Config changes', async () => {
  const cheap = await scenario(env.CREDIT_LEDGER, account)
    .configs([credit({ fee: 5 })])
    .when(drawn(100))
    .thenFacts([{ type: 'drawn', config_id: 'cfg_credit', config_version: 1 }]);
  const dear = await cheap
    .configs([credit({ fee: 7 })])
    .when(drawn(100))
    .thenFacts([{ type: 'drawn', config_id: 'cfg_credit', config_version: 2 }]);
  await dear.thenState({ Owed: 212 });
});

test('a rule is data: no more may be owed than it says', async () => {
  const rule = {
    name: 'within_limit',
    applies_to: { type: 'drawn' },
    expression: {
      left: { fact: '/data/amount' },
      op: '<=',
      right: { difference: [1000, { state: '/Owed' }] },
    },
    detail: 'The limit is 1,000.',
  };
  await scenario(env.CREDIT_LEDGER, account)
    .configs([{ id: 'cfg_rules', type: 'invariants', settings: { rules: [rule] } }])
    .given([drawn(700)])
    .when(drawn(301))
    .thenRefused('invariant_violated', '/data/amount');
});

test('other settings can be supposed, and nothing is written', async () => {
  const name = 'account_acct_2';
  const used = await scenario(env.CREDIT_LEDGER, account, { name })
    .configs([credit({ fee: 5 })])
    .when(drawn(100))
    .thenState({ Owed: 105 });
  const supposed = await ledgerOf(env.CREDIT_LEDGER, name).whatIf(credit({ fee: 9 }));
  expect(supposed).toMatchObject({
    value: { now: { Owed: 105 }, supposed: { Owed: 109 }, differs: ['Owed'] },
  });
  await used.thenState({ Owed: 105 });
});

test('an account may narrow what its tenant sets, and not widen it', async () => {
  const settings = { fee: 5, limit: 1000, constraints: { limit: 'at_most' } };
  const tenant = ledgerOf(env.TENANT_SYSTEM_LEDGER, 'acme');
  expect(await tenant.putConfig(credit(settings), writer)).toMatchObject({ ok: true });

  const name = 'account_acct_3';
  const own = scenario(env.CREDIT_LEDGER, account, { name });
  await own.configs([credit({ limit: 400 }, 'cfg_own')]).thenState({ Owed: 0 });
  const ledger = ledgerOf(env.CREDIT_LEDGER, name);
  expect(await ledger.effectiveConfig('credit')).toMatchObject({
    value: {
      id: 'cfg_own',
      settings: { fee: 5, limit: 400 },
      sources: [
        { id: 'cfg_credit', scope: 'tenant' },
        { id: 'cfg_own', scope: 'entity' },
      ],
    },
  });

  expect(await ledger.putConfig(credit({ limit: 1001 }, 'cfg_own'), writer)).toMatchObject({
    error: { code: 'config_widened', errors: [{ pointer: '/settings/limit' }] },
  });
});
