// A token that reads masked: the ledger is asked to hide personal fields wherever it can, and what
// cannot be hidden is refused.
import { EntityLedger } from '@z0-app/sdk';
import { Hono } from 'hono/tiny';
import { afterEach, expect, test, vi } from 'vitest';
import type { AppEnv } from '../../tenant-template/src/app.ts';
import { reading } from '../../tenant-template/src/route.ts';
import { ROUTES } from '../../tenant-template/src/routes/route-table.ts';
import { noQuery } from '../../tenant-template/src/schemas.ts';
import { account, charge, expectProblem, get, headOf, post, send } from './client.ts';

const masked = { 'x-z0-scope': 'ledger:read ledger:masked' };

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['getEntity', '', [{ masked: true }]],
  ['listFacts', '/facts?limit=1', [{ limit: 1, masked: true }]],
  ['getFact', '/facts/fct_1', ['fct_1', { masked: true }]],
  ['getState', '/state?seq=1', [{ seq: 1, masked: true }]],
  ['outcomes', '/outcomes?subject=deal_1', ['deal_1', { masked: true }]],
  ['getRelationships', '/relationships', [{ masked: true }]],
] as const)('%s is asked to hide personal fields', async (method, path, asked) => {
  const id = await account();
  const ledger = vi.spyOn(EntityLedger.prototype, method);
  await get(`/v1/entities/${id}${path}`, masked);
  expect(ledger.mock.calls).toEqual([asked]);
});

test('a caller cannot ask for it, or not for it, by a query', async () => {
  const id = await account();
  for (const path of ['', '/facts', '/state']) {
    const answer = await get(`/v1/entities/${id}${path}?masked=false`, masked);
    expectProblem(answer, 400, 'invalid_request', '/masked');
  }
});

test('a ledger without personal data answers as ever', async () => {
  const id = await account();
  await post('/v1/facts', charge(id, 1));
  for (const path of ['', '/facts', '/state', '/relationships', '/verify']) {
    const plain = await get(`/v1/entities/${id}${path}`);
    expect(plain.status).toBe(200);
    expect((await get(`/v1/entities/${id}${path}`, masked)).body).toEqual(plain.body);
  }
});

/** What a write answers is not masked, and neither is a replay under other settings. */
const UNMASKED = ROUTES.filter(({ method }) => method !== 'GET');

test.each(UNMASKED.map(({ method, path }) => [method, path] as const))(
  '%s %s is refused to a masked token, whatever else it may do',
  async (method, path) => {
    const id = await account();
    const headers = { 'x-z0-scope': 'ledger:read ledger:write ledger:masked' };
    const body = JSON.stringify(charge(id, 1));
    const answer = await send(method, path.replaceAll(/:\w+/g, id), body, headers);
    expectProblem(answer, 403, 'insufficient_scope');
    expect(await headOf(id)).toBe(1);
  },
);

test('a route that says nothing of masking is refused, and none of ours says nothing', async () => {
  const silent = ROUTES.filter(({ method, maskable }) => method === 'GET' && maskable !== true);
  expect(silent).toEqual([]);
  const handle = vi.fn(() => Promise.resolve(new Response()));
  const about = { method: 'GET', path: '/x/report', summary: 'Report', answer: 'health' } as const;
  const route = reading(about, noQuery, handle);
  const app = new Hono<AppEnv>().get('/x/report', (c) => {
    c.set('identity', { tenantId: 'acme', principal: 'key_1', masked: true });
    return route.handle(c);
  });
  expect((await app.request('/x/report', {}, { TENANT_ID: 'acme' })).status).toBe(403);
  expect(handle).not.toHaveBeenCalled();
});

test('a scope that only resembles it masks nothing', async () => {
  const id = await account();
  const ledger = vi.spyOn(EntityLedger.prototype, 'getEntity');
  await get(`/v1/entities/${id}`, { 'x-z0-scope': 'ledger:read ledger:masked2' });
  expect(ledger.mock.calls).toEqual([[{}]]);
});
