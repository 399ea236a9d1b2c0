// Money: the worked ledger keeps to its limit whatever happens at once, and replays to the cent.
import { EntityLedger } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import * as ledgers from '../../tenant-template/src/ledgers.ts';
import { kindsOf } from '../../tenant-template/src/registry.ts';
import { account, charge, get, post } from './client.ts';

test('two charges at once cannot both use the last of the limit', async () => {
  const id = await account({ currency: 'USD', credit_limit: 100 });
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => post('/v1/facts', charge(id, 60))),
  );
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
    201,
    ...Array.from({ length: 7 }, () => 422),
  ]);
});

test('the same key sent many times at once charges once', async () => {
  const id = await account();
  const key = { 'idempotency-key': 'once' };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => post('/v1/facts', charge(id, 60), key)),
  );
  for (const { status } of answers) expect([201, 409]).toContain(status);
  expect((await get(`/v1/entities/${id}/state`)).body).toMatchObject({
    state: { BalanceState: { balance: 60 } },
  });
});

test('an account without a limit has none, and takes its currency from the first fact', async () => {
  const id = await account({});
  expect((await post('/v1/facts', charge(id, 10_000_000, 'CHF'))).status).toBe(201);
  expect((await post('/v1/facts', charge(id, 1, 'USD'))).status).toBe(422);
  expect((await get(`/v1/entities/${id}/state`)).body).toMatchObject({
    state: { BalanceState: { balance: 10_000_000, currency: 'CHF', credit_limit: null } },
  });
});

test('a balance that would lose digits is refused', async () => {
  const id = await account({});
  expect((await post('/v1/facts', charge(id, Number.MAX_SAFE_INTEGER))).status).toBe(201);
  expect((await post('/v1/facts', charge(id, 1))).status).toBe(422);
});

test('a class XxxLedger serves type xxx with its own or its declared prefix', () => {
  class InvoiceLedger extends EntityLedger {}
  class CallTrackLedger extends EntityLedger {
    static readonly idPrefix = 'call';
  }
  class ShelfLedger extends EntityLedger {}
  expect(kindsOf({ InvoiceLedger, CallTrackLedger, ShelfLedger, other: 1 })).toEqual([
    { type: 'invoice', prefix: 'inv', binding: 'INVOICE_LEDGER' },
    { type: 'call_track', prefix: 'call', binding: 'CALL_TRACK_LEDGER' },
    { type: 'shelf', prefix: 'shelf', binding: 'SHELF_LEDGER' },
  ]);
  expect(kindsOf(ledgers)).toEqual([
    { type: 'account', prefix: 'acct', binding: 'ACCOUNT_LEDGER' },
  ]);
});
