// The scopes that only the platform may have: a tenant's own issuer can write them into a token, and
// the tenant's Worker never sees them.
import { beforeAll, expect, test } from 'vitest';
import { makeKey, mint, type TestKey } from './tokens.ts';
import { makeWorld, putIssuer, putRoute, type World } from './world.ts';

const OWN_ISSUER = 'https://idp.acme.test';
const WANTED = 'ledger:read ledger:write platform:run platform:other';

let world: World;
let own: TestKey;

beforeAll(async () => {
  world = await makeWorld();
  own = await makeKey('own-key');
  await putIssuer(OWN_ISSUER, [own.publicJwk], 'acme');
  await putRoute('acme');
});

async function scopeSeen(token: string): Promise<string | undefined> {
  const request = new Request('https://api.test/internal/scheduled', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'x-z0-scope': 'platform:run' },
  });
  const response = await world.fetch(request);
  expect(response.status).toBe(200);
  const { headers } = (await response.json()) as { headers: [string, string][] };
  return headers.find(([name]) => name === 'x-z0-scope')?.[1];
}

test('a token of a tenant’s own issuer loses the platform’s scopes, and keeps the others', async () => {
  const token = await mint(own, { iss: OWN_ISSUER, scope: WANTED }, Date.now() / 1_000);
  expect(await scopeSeen(token)).toBe('ledger:read ledger:write');
});

test('a token that the platform itself made keeps them', async () => {
  const token = await mint(world.key, { scope: WANTED }, Date.now() / 1_000);
  expect(await scopeSeen(token)).toBe(WANTED);
});
