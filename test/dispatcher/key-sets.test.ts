// Keys come and go while tokens are in use: what a rotation, a removal and an outage mean.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Authenticator } from '../../dispatcher/src/authenticator.ts';
import { KeySets } from '../../dispatcher/src/key-sets.ts';
import { issuerKey } from '../../dispatcher/src/route-record.ts';
import { AUDIENCE, ISSUER, makeKey, mint, NOW, type TestKey } from './tokens.ts';
import { putIssuer } from './world.ts';

let nowMs = 0;
let first: TestKey;
let second: TestKey;
let authenticator: Authenticator;

beforeEach(async () => {
  nowMs = NOW * 1_000;
  first = await makeKey('first');
  second = await makeKey('second');
  await putIssuer(ISSUER, [first.publicJwk]);
  const now = (): number => nowMs;
  authenticator = new Authenticator({
    keySets: new KeySets(env.ROUTES, now),
    audience: AUDIENCE,
    now,
  });
});

afterEach(() => reset());

const verdictOn = async (token: string): Promise<string> => {
  const verdict = await authenticator.authenticate(`Bearer ${token}`);
  return verdict.ok ? 'ok' : verdict.reason;
};

test('a key newer than the copy is found at once, then at most every 30 seconds', async () => {
  await verdictOn(await mint(first));
  await putIssuer(ISSUER, [first.publicJwk, second.publicJwk]);
  expect(await verdictOn(await mint(second))).toBe('ok');

  const third = await makeKey('third');
  await putIssuer(ISSUER, [first.publicJwk, second.publicJwk, third.publicJwk]);
  nowMs += 29_999;
  expect(await verdictOn(await mint(third))).toBe('unknown_key');
  nowMs += 1;
  expect(await verdictOn(await mint(third))).toBe('ok');
});

test('a verified token dies with its key, as soon as the new set is seen', async () => {
  const token = await mint(first);
  expect(await verdictOn(token)).toBe('ok');
  await putIssuer(ISSUER, [second.publicJwk]);
  nowMs += 60_000;
  expect(await verdictOn(token)).toBe('unknown_key');
});

test('a token verified before does not outlive its key by having been verified', async () => {
  const seen = await mint(first, { jti: 'seen' });
  const unseen = await mint(first, { jti: 'unseen' });
  await verdictOn(seen);
  await putIssuer(ISSUER, [second.publicJwk]);
  // Another token makes the set be read again; both old tokens must fall at that moment.
  expect(await verdictOn(await mint(second))).toBe('ok');
  expect(await verdictOn(unseen)).toBe('unknown_key');
  expect(await verdictOn(seen)).toBe('unknown_key');
});

test('a verified token dies with its issuer', async () => {
  const token = await mint(first);
  await verdictOn(token);
  await env.ROUTES.delete(issuerKey(ISSUER));
  nowMs += 60_000;
  expect(await verdictOn(token)).toBe('issuer');
});

test('a verified token expires on time', async () => {
  const token = await mint(first, { exp: NOW + 10 });
  expect(await verdictOn(token)).toBe('ok');
  nowMs += 69_999;
  expect(await verdictOn(token)).toBe('ok');
  nowMs += 1;
  expect(await verdictOn(token)).toBe('expired');
});

test('an unreadable key set leaves the last good one in force for an hour, then nothing is known', async () => {
  const token = await mint(first);
  await verdictOn(token);
  await env.ROUTES.put(issuerKey(ISSUER), '{"broken":');
  nowMs += 59 * 60_000;
  expect(await verdictOn(await mint(first, { exp: NOW + 90_000 }))).toBe('ok');
  nowMs += 2 * 60_000;
  expect(await verdictOn(await mint(first, { exp: NOW + 90_000 }))).toBe('keys_unavailable');
});

test('a private key in a published set is refused, and costs that key only', async () => {
  const leaked = await makeKey('leaked');
  await putIssuer(ISSUER, [{ ...leaked.publicJwk, d: 'AAAA' }, first.publicJwk]);
  expect(await verdictOn(await mint(leaked))).toBe('unknown_key');
  expect(await verdictOn(await mint(first))).toBe('ok');
});

test.each([
  ['a curve that does not exist', { crv: 'P-999' }],
  ['an algorithm that is not its own', { alg: 'ES256' }],
  ['operations without verify', { key_ops: ['sign'] }],
  ['a coordinate that is no string', { x: 7 }],
  ['a coordinate that is no key', { x: 'AAAA' }],
  ['another key type', { kty: 'oct', k: 'AAAA' }],
])('a key with %s is refused', async (_name, changes) => {
  await putIssuer(ISSUER, [{ ...first.publicJwk, ...changes }]);
  expect(await verdictOn(await mint(first))).toBe('unknown_key');
});
