// A token's scope holds: what it does not name, the tenant's Worker never sees.
import { reset } from 'cloudflare:test';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mint } from './tokens.ts';
import { makeWorld, putRoute, type World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
  await putRoute('acme');
});

afterEach(() => reset());

test.each([
  ['ledger:read', 'GET', true],
  ['ledger:read', 'HEAD', true],
  ['ledger:read', 'POST', false],
  ['ledger:read', 'PATCH', false],
  ['ledger:read', 'DELETE', false],
  ['ledger:write', 'POST', true],
  ['ledger:write', 'GET', false],
  ['ledger:read ledger:write', 'POST', true],
  ['ledger:read ledger:masked', 'GET', true],
  ['ledger:read ledger:masked', 'POST', false],
  ['ledger:masked', 'GET', false],
  ['LEDGER:WRITE', 'POST', false],
  ['ledger:writes', 'POST', false],
  ['', 'GET', false],
])('scope %j: %s is let through: %s', async (scope, method, through) => {
  const token = await mint(world.key, { tenant_id: 'acme', scope }, Math.floor(Date.now() / 1000));
  const headers = { authorization: `Bearer ${token}` };
  const response = await world.fetch(new Request('https://api.test/v1/facts', { method, headers }));
  expect(world.dispatched).toHaveLength(through ? 1 : 0);
  if (through) return expect(response.status).toBe(200);
  expect(response.status).toBe(403);
  expect(response.headers.get('www-authenticate')).toContain('insufficient_scope');
  if (method !== 'HEAD')
    expect(await response.json()).toMatchObject({ code: 'insufficient_scope' });
});
