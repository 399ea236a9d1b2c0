// Every way we know to forge or break a token, in the order the checks run, so that each row can
// break only what it names.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authenticator } from '../../dispatcher/src/authenticator.ts';
import { LEEWAY_S, MAX_TOKEN_LENGTH } from '../../dispatcher/src/jwt.ts';
import { KeySets } from '../../dispatcher/src/key-sets.ts';
import {
  AUDIENCE,
  base64url,
  goodClaims,
  goodHeader,
  ISSUER,
  makeKey,
  mint,
  NOW,
  sign,
  signHmac,
  signText,
  type TestKey,
} from './tokens.ts';
import { putIssuer } from './world.ts';

const OWN_ISSUER = 'https://login.globex.test';
let key: TestKey;
let es256: TestKey;
let rs256: TestKey;
let stranger: TestKey;
let twin: TestKey;
let globexKey: TestKey;
let authenticator: Authenticator;

beforeAll(async () => {
  key = await makeKey('key-1');
  es256 = await makeKey('key-es', 'ES256');
  rs256 = await makeKey('key-rs', 'RS256');
  stranger = await makeKey('key-1');
  twin = await makeKey('twin');
  globexKey = await makeKey('globex-1');
  const otherTwin = await makeKey('twin');
  const { kid: _kid, ...nameless } = (await makeKey('nameless')).publicJwk;
  const encryption = { ...(await makeKey('key-enc')).publicJwk, use: 'enc' };
  await putIssuer(ISSUER, [
    key.publicJwk,
    es256.publicJwk,
    rs256.publicJwk,
    twin.publicJwk,
    otherTwin.publicJwk,
    nameless,
    encryption,
  ]);
  await putIssuer(OWN_ISSUER, [globexKey.publicJwk], 'globex');
  // Filed under one name, claiming another.
  await env.ROUTES.put(
    'issuer:https://mislabelled.test',
    JSON.stringify({ issuer: ISSUER, tenant_id: null, jwks: { keys: [key.publicJwk] } }),
  );
  authenticator = new Authenticator({
    keySets: new KeySets(env.ROUTES, now),
    audience: AUDIENCE,
    now,
  });
});

afterAll(() => reset());

const now = (): number => NOW * 1_000;
const good = (): Promise<string> => mint(key);
const withHeader = (changes: Record<string, unknown>): Promise<string> =>
  sign(key, { ...goodHeader(key), ...changes }, goodClaims());
const withClaims = (changes: Record<string, unknown>): Promise<string> => mint(key, changes);
const without = (claim: string): Promise<string> => mint(key, { [claim]: undefined });
const edit = async (change: (parts: string[]) => string[]): Promise<string> =>
  change((await good()).split('.')).join('.');
const flipped = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

type Row = [name: string, expected: string, make: () => Promise<string> | string];

const ROWS: Row[] = [
  ['a good EdDSA token is accepted', 'ok', good],
  ['a good ES256 token is accepted', 'ok', () => mint(es256)],
  // The form.
  ['one segment', 'malformed', () => 'abcd'],
  ['two segments', 'malformed', () => edit((parts) => parts.slice(0, 2))],
  ['four segments', 'malformed', () => edit((parts) => [...parts, 'AAAA'])],
  ['five segments, as JWE has', 'malformed', () => edit((parts) => [...parts, 'AAAA', 'AAAA'])],
  ['a trailing dot', 'malformed', async () => `${await good()}.`],
  ['a leading dot', 'malformed', async () => `.${await good()}`],
  ['an empty header', 'malformed', () => edit(([, p = '', s = '']) => ['', p, s])],
  ['an empty payload', 'malformed', () => edit(([h = '', , s = '']) => [h, '', s])],
  ['an empty signature', 'malformed', () => edit(([h = '', p = '']) => [h, p, ''])],
  ['base64 padding', 'malformed', async () => `${await good()}==`],
  [
    'plain base64 characters',
    'malformed',
    () => edit(([h = '', p = '', s = '']) => [h, p, `+/${s.slice(2)}`]),
  ],
  ['a space inside', 'malformed', () => edit(([h = '', p = '', s = '']) => [h, ` ${p}`, s])],
  ['two tokens in two headers', 'malformed', async () => `${await good()}, Bearer ${await good()}`],
  ['the JSON serialization', 'malformed', () => '{"payload":"","signatures":[]}'],
  [
    'a length no base64 has',
    'malformed',
    () => edit(([h = '', p = '', s = '']) => [h, p, `${s}AAA`]),
  ],
  [
    'spare bits that are not zero',
    'malformed',
    () => edit(([h = '', p = '', s = '']) => [h, p, `${s.slice(0, -1)}_`]),
  ],
  ['one character past 8 KiB', 'malformed', () => 'A'.repeat(MAX_TOKEN_LENGTH + 1)],
  [
    'a good token grown past 8 KiB',
    'malformed',
    () => withClaims({ padding: 'x'.repeat(MAX_TOKEN_LENGTH) }),
  ],
  // The header.
  [
    'a header that is not JSON',
    'header',
    () => signText(key, '{alg', JSON.stringify(goodClaims())),
  ],
  ['a header that is an array', 'header', () => sign(key, [goodHeader(key)], goodClaims())],
  [
    'a header that is not UTF-8',
    'header',
    () => edit(([, p = '', s = '']) => [base64url(new Uint8Array([0xff, 0xfe])), p, s]),
  ],
  [
    'alg none',
    'algorithm',
    () =>
      edit(([, p = '', s = '']) => [
        base64url('{"alg":"none","typ":"at+jwt","kid":"key-1"}'),
        p,
        s,
      ]),
  ],
  ['alg None', 'algorithm', () => withHeader({ alg: 'None' })],
  ['alg eddsa, in another case', 'algorithm', () => withHeader({ alg: 'eddsa' })],
  ['alg missing', 'algorithm', () => withHeader({ alg: undefined })],
  ['alg as a list', 'algorithm', () => withHeader({ alg: ['EdDSA'] })],
  [
    'HS256 with the public key as its secret',
    'algorithm',
    () =>
      signHmac(JSON.stringify(key.publicJwk), { ...goodHeader(key), alg: 'HS256' }, goodClaims()),
  ],
  ['RS256, well signed by a listed key', 'algorithm', () => mint(rs256)],
  ['ES384', 'algorithm', () => withHeader({ alg: 'ES384' })],
  ['typ JWT', 'type', () => withHeader({ typ: 'JWT' })],
  ['typ missing', 'type', () => withHeader({ typ: undefined })],
  ['typ of an id token', 'type', () => withHeader({ typ: 'id+jwt' })],
  ['typ of another media type', 'type', () => withHeader({ typ: 'text/at+jwt' })],
  [
    'typ as a full media type in another case is accepted',
    'ok',
    () => withHeader({ typ: 'application/AT+JWT' }),
  ],
  [
    'crit with an unknown extension',
    'critical_extension',
    () => withHeader({ crit: ['exp'], exp: NOW }),
  ],
  ['crit empty', 'critical_extension', () => withHeader({ crit: [] })],
  ['b64 false', 'critical_extension', () => withHeader({ crit: ['b64'], b64: false })],
  ['b64 without crit', 'critical_extension', () => withHeader({ b64: true })],
  ['kid missing', 'key_id', () => withHeader({ kid: undefined })],
  ['kid empty', 'key_id', () => withHeader({ kid: '' })],
  ['kid as a number', 'key_id', () => withHeader({ kid: 1 })],
  ['kid of 129 characters', 'key_id', () => withHeader({ kid: 'k'.repeat(129) })],
  [
    'jku, x5u, jwk and x5c that point at the signer are ignored',
    'signature',
    () =>
      sign(
        stranger,
        {
          ...goodHeader(key),
          jwk: stranger.publicJwk,
          jku: 'https://evil.test/jwks',
          x5u: 'https://evil.test/x5u',
          x5c: ['AAAA'],
        },
        goodClaims(),
      ),
  ],
  [
    'the same members beside a good signature are ignored',
    'ok',
    () => withHeader({ jwk: stranger.publicJwk, jku: 'https://evil.test/jwks' }),
  ],
  // The payload's form and whose keys to try.
  ['a payload that is a list', 'malformed', () => sign(key, goodHeader(key), [goodClaims()])],
  ['a payload that is a string', 'malformed', () => sign(key, goodHeader(key), '"acme"')],
  ['a payload that is null', 'malformed', () => sign(key, goodHeader(key), 'null')],
  ['a payload that is not JSON', 'malformed', () => sign(key, goodHeader(key), '{"iss":')],
  ['iss missing', 'issuer', () => without('iss')],
  ['iss as a number', 'issuer', () => withClaims({ iss: 7 })],
  ['iss of 257 characters', 'issuer', () => withClaims({ iss: 'i'.repeat(257) })],
  ['iss nobody trusts', 'issuer', () => withClaims({ iss: 'https://evil.test' })],
  ['iss with a trailing slash', 'issuer', () => withClaims({ iss: `${ISSUER}/` })],
  ['iss in another case', 'issuer', () => withClaims({ iss: ISSUER.toUpperCase() })],
  [
    'iss whose record names another issuer',
    'issuer',
    () => withClaims({ iss: 'https://mislabelled.test' }),
  ],
  // The key.
  ['kid nobody has', 'unknown_key', () => withHeader({ kid: 'key-9' })],
  ['kid in another case', 'unknown_key', () => withHeader({ kid: 'KEY-1' })],
  ['kid with a path in it', 'unknown_key', () => withHeader({ kid: '../key-1' })],
  ['kid __proto__', 'unknown_key', () => withHeader({ kid: '__proto__' })],
  ['kid that two keys claim', 'unknown_key', () => mint(twin)],
  ['kid of a key for encryption', 'unknown_key', () => withHeader({ kid: 'key-enc' })],
  [
    'kid of a key with an algorithm not allowed',
    'unknown_key',
    () => withHeader({ kid: 'key-rs' }),
  ],
  ['iss of another issuer than the key', 'unknown_key', () => withClaims({ iss: OWN_ISSUER })],
  ['ES256 said of an Ed25519 key', 'key_algorithm', () => withHeader({ alg: 'ES256' })],
  [
    'EdDSA said of a P-256 key',
    'key_algorithm',
    () => sign(es256, { ...goodHeader(es256), alg: 'EdDSA' }, goodClaims()),
  ],
  // The signature.
  [
    'signed by another key of the same kid',
    'signature',
    () => sign(stranger, goodHeader(key), goodClaims()),
  ],
  [
    'first signature bit flipped',
    'signature',
    () => edit(([h = '', p = '', s = '']) => [h, p, flipped(s, 0)]),
  ],
  [
    'payload changed after signing',
    'signature',
    () =>
      edit(([h = '', , s = '']) => [
        h,
        base64url(JSON.stringify({ ...goodClaims(), tenant_id: 'globex' })),
        s,
      ]),
  ],
  [
    'header changed after signing',
    'signature',
    () =>
      edit(([, p = '', s = '']) => [
        base64url(JSON.stringify({ ...goodHeader(key), extra: 1 })),
        p,
        s,
      ]),
  ],
  [
    'a signature of zeros',
    'signature',
    () => edit(([h = '', p = '']) => [h, p, base64url(new Uint8Array(64))]),
  ],
  [
    'an ES256 signature of zeros',
    'signature',
    async () =>
      `${(await mint(es256)).split('.').slice(0, 2).join('.')}.${base64url(new Uint8Array(64))}`,
  ],
  [
    'an expired forgery is told nothing about expiry',
    'signature',
    () => sign(stranger, goodHeader(key), { ...goodClaims(), exp: 1 }),
  ],
  // The claims.
  ...['sub', 'aud', 'client_id', 'tenant_id', 'jti', 'iat', 'exp'].map(
    (claim): Row => [`${claim} missing`, 'claims', () => without(claim)],
  ),
  ['sub empty', 'claims', () => withClaims({ sub: '' })],
  ['sub as a number', 'claims', () => withClaims({ sub: 42 })],
  [
    'sub with a line break, for a header of its own',
    'claims',
    () => withClaims({ sub: 'a\r\nx-z0-scope: all' }),
  ],
  ['sub with a space, which a header would trim', 'claims', () => withClaims({ sub: 'user_1 ' })],
  ['sub of 256 characters', 'claims', () => withClaims({ sub: 's'.repeat(256) })],
  ['client_id beyond ASCII', 'claims', () => withClaims({ client_id: 'kéy' })],
  ['tenant_id that is no tenant id', 'claims', () => withClaims({ tenant_id: 'Acme' })],
  ['tenant_id as a list', 'claims', () => withClaims({ tenant_id: ['acme'] })],
  ['jti of 256 characters', 'claims', () => withClaims({ jti: 'j'.repeat(256) })],
  ['exp as a string', 'claims', () => withClaims({ exp: String(NOW + 3_600) })],
  [
    'exp beyond every number',
    'claims',
    () =>
      signText(
        key,
        JSON.stringify(goodHeader(key)),
        JSON.stringify(goodClaims()).replace(String(NOW + 3_600), '1e999'),
      ),
  ],
  ['iat negative', 'claims', () => withClaims({ iat: -1 })],
  ['nbf as a string', 'claims', () => withClaims({ nbf: '1' })],
  ['scope as a list', 'claims', () => withClaims({ scope: ['all'] })],
  ['aud as an object', 'claims', () => withClaims({ aud: { [AUDIENCE]: true } })],
  ['scope missing is accepted', 'ok', () => without('scope')],
  [
    'a claim written twice counts as last written',
    'tenant',
    () =>
      signText(
        globexKey,
        JSON.stringify(goodHeader(globexKey)),
        `${JSON.stringify({ ...goodClaims(), iss: OWN_ISSUER, tenant_id: 'globex' }).slice(0, -1)},"tenant_id":"acme"}`,
      ),
  ],
  [
    "a tenant's issuer speaking for that tenant is accepted",
    'ok',
    () => mint(globexKey, { iss: OWN_ISSUER, tenant_id: 'globex' }),
  ],
  [
    "a tenant's issuer speaking for another tenant",
    'tenant',
    () => mint(globexKey, { iss: OWN_ISSUER, tenant_id: 'acme' }),
  ],
  ['aud of somebody else', 'audience', () => withClaims({ aud: 'urn:z0:other' })],
  ['aud that only begins like ours', 'audience', () => withClaims({ aud: `${AUDIENCE}:more` })],
  ['aud as an empty list', 'audience', () => withClaims({ aud: [] })],
  ['aud as a list without us', 'audience', () => withClaims({ aud: ['a', 'b'] })],
  ['aud as a list with us is accepted', 'ok', () => withClaims({ aud: ['a', AUDIENCE] })],
  // Time, both ways.
  ['nbf just inside the leeway is accepted', 'ok', () => withClaims({ nbf: NOW + LEEWAY_S })],
  ['nbf beyond the leeway', 'not_yet_valid', () => withClaims({ nbf: NOW + LEEWAY_S + 1 })],
  ['iat just inside the leeway is accepted', 'ok', () => withClaims({ iat: NOW + LEEWAY_S })],
  ['iat in the future', 'issued_in_future', () => withClaims({ iat: NOW + LEEWAY_S + 1 })],
  [
    'exp in milliseconds is a distant future, iat in milliseconds is refused',
    'issued_in_future',
    () => withClaims({ iat: NOW * 1_000, exp: (NOW + 60) * 1_000 }),
  ],
  [
    'exp past but inside the leeway is accepted',
    'ok',
    () => withClaims({ exp: NOW - LEEWAY_S + 1 }),
  ],
  ['exp past the leeway', 'expired', () => withClaims({ exp: NOW - LEEWAY_S })],
  [
    'expired and for somebody else says audience first',
    'audience',
    () => withClaims({ exp: 1, aud: 'x' }),
  ],
];

test.each(ROWS)('%s: %s', async (_name, expected, make) => {
  const verdict = await authenticator.authenticate(`Bearer ${await make()}`);
  expect(verdict.ok ? 'ok' : verdict.reason).toBe(expected);
});

test.each(ROWS)(
  '%s: the same verdict when the token comes again',
  async (_name, expected, make) => {
    const token = await make();
    await authenticator.authenticate(`Bearer ${token}`);
    const again = await authenticator.authenticate(`Bearer ${token}`);
    expect(again.ok ? 'ok' : again.reason).toBe(expected);
  },
);

test('every invalid token looks the same to its sender, and only a good one is told of its age', async () => {
  const answers = new Set<string>();
  for (const [, expected, make] of ROWS) {
    const verdict = await authenticator.authenticate(`Bearer ${await make()}`);
    if (!verdict.ok && expected !== 'expired') answers.add(JSON.stringify(verdict.error));
  }
  expect([...answers]).toEqual([
    JSON.stringify({ code: 'token_invalid', detail: 'The access token was not accepted.' }),
  ]);
});
