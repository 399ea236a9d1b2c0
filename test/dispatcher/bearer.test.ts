// Where a token may stand in a request, and what a verified one says.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authenticator } from '../../dispatcher/src/authenticator.ts';
import { KeySets } from '../../dispatcher/src/key-sets.ts';
import { AUDIENCE, ISSUER, makeKey, mint, NOW, type TestKey } from './tokens.ts';
import { putIssuer } from './world.ts';

let key: TestKey;
let authenticator: Authenticator;
const now = (): number => NOW * 1_000;

beforeAll(async () => {
  key = await makeKey('key-1');
  await putIssuer(ISSUER, [key.publicJwk]);
  const keySets = new KeySets(env.ROUTES, now);
  authenticator = new Authenticator({ keySets, audience: AUDIENCE, now });
});

afterAll(() => reset());

test.each([
  ['no header', null],
  ['an empty header', ''],
  ['another scheme', 'Basic dTpw'],
  ['the scheme alone', 'Bearer'],
  ['the scheme and a space', 'Bearer '],
  ['a token without a scheme', 'eyJhbGciOiJFZERTQSJ9.e30.AAAA'],
])('%s is a missing token', async (_name, header) => {
  const verdict = await authenticator.authenticate(header);
  expect(verdict.ok ? 'ok' : verdict.error.code).toBe('token_missing');
});

test('the scheme is read without case', async () => {
  expect((await authenticator.authenticate(`bEARER ${await mint(key)}`)).ok).toBe(true);
});

test('a verified token carries its principal and nothing else', async () => {
  const verdict = await authenticator.authenticate(`Bearer ${await mint(key, { admin: true })}`);
  expect(verdict).toEqual({
    ok: true,
    principal: {
      tenantId: 'acme',
      subject: 'user_1',
      clientId: 'key_1',
      scope: 'ledger:read ledger:write',
    },
  });
});
