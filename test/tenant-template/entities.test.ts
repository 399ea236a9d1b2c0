// The list of a tenant's entities: those that reported themselves, by id, page by page.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { holdClock } from '@z0-app/sdk/testing';
import { expect, test } from 'vitest';
import { type Answer, charge, expectProblem, get, post } from './client.ts';

const MINUTE = 60_000;

/** Accounts with a fact each, told of to the tenant's system ledger. */
async function reported(ids: readonly string[]): Promise<void> {
  using clock = holdClock('2100-01-01T00:00:00Z');
  const { ACCOUNT_LEDGER } = env;
  for (const id of ids) {
    expect((await post('/v1/entities', { type: 'account', id })).status).toBe(201);
    expect((await post('/v1/facts', charge(id, 1))).status).toBe(201);
  }
  clock.advanceMs(MINUTE);
  for (const id of ids) {
    const ledger = ACCOUNT_LEDGER.get(ACCOUNT_LEDGER.idFromName(`account_${id}`));
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
  }
}

const pageOf = (data: readonly object[], next: unknown = null): object => {
  return { object: 'list', data, has_more: next !== null, next_cursor: next };
};
const line = (id: string): object => {
  const reported_at: unknown = expect.stringMatching(/^2100-01-01T00:01:0/);
  const storage_bytes: unknown = expect.any(Number);
  return { object: 'entity_summary', id, type: 'account', facts: 2, storage_bytes, reported_at };
};

test('entities are listed by id, page by page and by the beginning of their ids', async () => {
  const ids = ['acct_list-a', 'acct_list-b', 'acct_list-c', 'acct_other'];
  await reported(ids.toReversed());
  const list = (query: string): Promise<Answer> => get(`/v1/entities?prefix=acct_list${query}`);
  expect((await list('')).body).toEqual(pageOf(ids.slice(0, 3).map(line)));
  const first = await list('&limit=2');
  const { next_cursor } = first.body;
  expect(first.body).toEqual(pageOf(ids.slice(0, 2).map(line), expect.any(String)));
  const second = await list(`&limit=2&cursor=${String(next_cursor)}`);
  expect(second.body).toEqual(pageOf([line('acct_list-c')]));
  expect((await get('/v1/entities?prefix=acct_lost')).body).toEqual(pageOf([]));
  expect((await get('/v1/entities?prefix=acct_%25')).body).toEqual(pageOf([]));
});

test('what was never reported is not listed', async () => {
  await post('/v1/entities', { type: 'account', id: 'acct_fresh' });
  expect((await get('/v1/entities?prefix=acct_fresh')).body).toEqual(pageOf([]));
});

test.each([
  ['limit=0', '/limit'],
  ['limit=101', '/limit'],
  ['limit=ten', '/limit'],
  ['cursor=%21', '/cursor'],
  ['type=account', '/type'],
])('GET /v1/entities?%s', async (query, pointer) => {
  expectProblem(await get(`/v1/entities?${query}`), 400, 'invalid_request', pointer);
});
