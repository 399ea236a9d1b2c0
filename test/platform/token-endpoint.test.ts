// What the token endpoint gives, to whom, and how it says no.
import { exports } from 'cloudflare:workers';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { mintKey } from '../../platform/src/keys/key-secret.ts';
import { activeTenant, call, createKey, freshId, jsonOf } from './world.ts';

interface TokenAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
}

let tenant = '';
let client = { id: '', secret: '' };

async function post(form: string, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch('https://platform.test/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: form,
  });
}

async function withSecret(id: string, secret: string): Promise<Response> {
  return post(
    new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
    }).toString(),
  );
}

beforeAll(async () => {
  tenant = await activeTenant();
  const key = await createKey(tenant);
  client = { id: key.client_id, secret: key.client_secret ?? '' };
});

describe('POST /oauth/token', () => {
  it('gives a token that the published keys verify, with the claims of RFC 9068', async () => {
    const response = await withSecret(client.id, client.secret);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const answer = await jsonOf<TokenAnswer>(response);
    expect(answer).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'ledger:read ledger:write',
    });
    const jwks = await jsonOf<JSONWebKeySet>(await call('GET', '/.well-known/jwks.json'));
    const { payload } = await jwtVerify(answer.access_token, createLocalJWKSet(jwks), {
      issuer: 'https://platform.test',
      audience: 'urn:z0:test',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
    });
    expect(decodeProtectedHeader(answer.access_token).kid).toBe('first');
    expect(payload).toMatchObject({
      sub: client.id,
      client_id: client.id,
      tenant_id: tenant,
      scope: 'ledger:read ledger:write',
      jti: expect.any(String),
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
  });

  it('takes the credentials as HTTP Basic, too', async () => {
    const basic = `Basic ${btoa(`${client.id}:${client.secret}`)}`;
    const response = await post('grant_type=client_credentials', { authorization: basic });
    expect(response.status).toBe(200);
  });

  it('grants a subset of the scopes when asked for one', async () => {
    const basic = `Basic ${btoa(`${client.id}:${client.secret}`)}`;
    const form = 'grant_type=client_credentials&scope=ledger:read';
    const answer = await jsonOf<TokenAnswer>(await post(form, { authorization: basic }));
    expect(answer.scope).toBe('ledger:read');
  });
});

type Case = [what: string, form: (c: typeof client) => string, status: number, error: string];
const credentials = (c: typeof client) => `client_id=${c.id}&client_secret=${c.secret}`;
const GRANT = 'grant_type=client_credentials';

const REFUSED: Case[] = [
  ['no credentials', () => GRANT, 401, 'invalid_client'],
  ['a client without its secret', (c) => `${GRANT}&client_id=${c.id}`, 401, 'invalid_client'],
  [
    'an unknown client',
    (c) => `${GRANT}&client_id=key_x&client_secret=${c.secret}`,
    401,
    'invalid_client',
  ],
  [
    'a typo in the secret',
    (c) => `${GRANT}&${credentials(c).slice(0, -1)}!`,
    401,
    'invalid_client',
  ],
  [
    'a secret of no known form',
    (c) => `${GRANT}&client_id=${c.id}&client_secret=x`,
    401,
    'invalid_client',
  ],
  ['no grant type', (c) => credentials(c), 400, 'invalid_request'],
  [
    'another grant type',
    (c) => `grant_type=password&${credentials(c)}`,
    400,
    'unsupported_grant_type',
  ],
  [
    'an unknown scope',
    (c) => `${GRANT}&${credentials(c)}&scope=ledger:admin`,
    400,
    'invalid_scope',
  ],
  ['a mixed scope', (c) => `${GRANT}&${credentials(c)}&scope=ledger:read+x`, 400, 'invalid_scope'],
  ['a repeated parameter', (c) => `${GRANT}&${GRANT}&${credentials(c)}`, 400, 'invalid_request'],
  [
    'an endless form',
    (c) => `${GRANT}&${credentials(c)}&x=${'y'.repeat(9_000)}`,
    400,
    'invalid_request',
  ],
];

describe('POST /oauth/token refuses in the words of RFC 6749', () => {
  it.each(REFUSED)('%s', async (_, form, status, error) => {
    const response = await post(form(client));
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) });
  });

  it('a well-formed secret that was never given out, exactly like a wrong one', async () => {
    const stranger = mintKey('test');
    const unknown = await withSecret(stranger.keyId, stranger.secret);
    const wrong = await withSecret(client.id, stranger.secret);
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get('www-authenticate')).toBe('Basic realm="z0"');
    expect(await unknown.text()).toBe(await wrong.text());
  });

  it('two ways of authentication at once, and broken Basic headers', async () => {
    const basic = `Basic ${btoa(`${client.id}:${client.secret}`)}`;
    const both = await post(`${GRANT}&${credentials(client)}`, { authorization: basic });
    expect(await both.json()).toMatchObject({ error: 'invalid_request' });
    for (const broken of ['Basic', 'Basic !!!', `Basic ${btoa('nocolon')}`, 'Bearer x']) {
      const response = await post(GRANT, { authorization: broken });
      expect(response.status).toBe(401);
    }
  });

  it('a body that is no form', async () => {
    const response = await post('{}', { 'content-type': 'application/json' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('a revoked key, and a tenant that is suspended or not there yet', async () => {
    const id = await activeTenant();
    const [one, two] = [await createKey(id), await createKey(id)];
    const statusOf = async (key: typeof one) =>
      (await withSecret(key.client_id, key.client_secret ?? '')).status;
    await call('DELETE', `/v1/tenants/${id}/keys/${one.id}`);
    expect([await statusOf(one), await statusOf(two)]).toEqual([401, 200]);
    await call('POST', `/v1/tenants/${id}/suspend`);
    expect(await statusOf(two)).toBe(401);
    await call('POST', `/v1/tenants/${id}/resume`);
    expect(await statusOf(two)).toBe(200);
    const starting = freshId();
    await call('POST', '/v1/tenants', { body: { id: starting, name: 'A tenant' } });
    expect(await statusOf(await createKey(starting))).toBe(401);
  });
});
