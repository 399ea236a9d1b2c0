// The whole path of a request through the dispatcher, up to a real tenant's Worker and back.
import { reset } from 'cloudflare:test';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mint } from './tokens.ts';
import { makeWorld, putRoute, type World } from './world.ts';

interface Echo {
  method: string;
  host: string;
  path: string;
  headers: [string, string][];
  body: string | null;
}

let world: World;

beforeEach(async () => {
  world = await makeWorld();
  await putRoute('acme');
  await putRoute('globex', { script: 'tenant-other' });
});

afterEach(() => reset());

const namesOf = (from: Response): string[] => [...from.headers.keys()];
const BASE = 'https://api.test';
const headersOf = (echo: Echo): Record<string, string> => Object.fromEntries(echo.headers);

test('method, path, query and body arrive unchanged', async () => {
  const body = '{"entity_id":"acct_1","type":"charge"}';
  const response = await world.as('acme', `${BASE}/v1/facts?a=1&a=%20b`, { method: 'POST', body });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    method: 'POST',
    path: '/v1/facts?a=1&a=%20b',
    body,
  });
});

test('a body without a declared length arrives whole', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const sent = (async () => {
    for (const part of ['one ', 'two ', 'three'])
      await writer.write(new TextEncoder().encode(part));
    await writer.close();
  })();
  const response = await world.as('acme', `${BASE}/v1/facts`, { method: 'POST', body: readable });
  await sent;
  expect(await response.json()).toMatchObject({ body: 'one two three' });
});

test('identity comes from the token alone: what a caller says about itself is removed', async () => {
  const response = await world.as('acme', `${BASE}/v1/facts`, {
    headers: {
      'x-z0-tenant-id': 'globex',
      'X-Z0-Principal': 'root',
      'x-z0-anything-else': '1',
      'proxy-authorization': 'Basic dTpw',
      cookie: 'session=operator',
      'idempotency-key': 'kept',
    },
  });
  const seen = headersOf(await response.json<Echo>());
  expect(seen).toMatchObject({
    'x-z0-tenant-id': 'acme',
    'x-z0-principal': 'user_1',
    'x-z0-client-id': 'key_1',
    'x-z0-scope': 'ledger:read ledger:write',
    'idempotency-key': 'kept',
  });
  const removed = ['authorization', 'proxy-authorization', 'cookie', 'x-z0-anything-else'];
  expect(Object.keys(seen).filter((name) => removed.includes(name))).toEqual([]);
});

test("a tenant's answer cannot speak for the platform or set cookies on its host", async () => {
  const { headers } = await world.as('acme', `${BASE}/v1/facts`);
  expect(headers.get('x-z0-principal')).toBeNull();
  expect(headers.get('set-cookie')).toBeNull();
  expect(headers.get('x-kept')).toBe('yes');
  expect(headers.get('x-request-id')).not.toBe('theirs');
});

test('the script, the limits and the outbound parameter are those of the route', async () => {
  await world.as('globex', `${BASE}/v1/facts`);
  expect(world.dispatched).toEqual([
    {
      script: 'tenant-other',
      options: { limits: { cpuMs: 50, subRequests: 20 }, outbound: { tenant_id: 'globex' } },
    },
  ]);
});

test("a caller's request id and trace go on; a span of ours is added", async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const response = await world.as('acme', `${BASE}/v1/facts`, {
    headers: { 'x-request-id': 'caller-id-1', traceparent: `00-${trace}-b7ad6b7169203331-00` },
  });
  const seen = headersOf(await response.clone().json<Echo>());
  expect(response.headers.get('x-request-id')).toBe('caller-id-1');
  expect(response.headers.get('traceparent')).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
  expect(response.headers.get('traceparent')).not.toContain('b7ad6b7169203331');
  expect(seen['x-request-id']).toBe('caller-id-1');
  expect(seen['traceparent']).toBe(response.headers.get('traceparent'));
});

test.each([
  ['a short id', 'x-request-id', 'abc'],
  ['an id with markup', 'x-request-id', '<script>alert(1)</script>'],
  ['a long id', 'x-request-id', 'a'.repeat(65)],
  ['a trace of zeros', 'traceparent', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['a span of zeros', 'traceparent', `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`],
  ['trace version ff', 'traceparent', `ff-${'a'.repeat(32)}-b7ad6b7169203331-01`],
  ['trace in upper case', 'traceparent', `00-${'A'.repeat(32)}-b7ad6b7169203331-01`],
  ['a trace of version 00 with more', 'traceparent', `00-${'a'.repeat(32)}-b7ad6b7169203331-01-x`],
])('%s is replaced, not repaired', async (_name, header, value) => {
  const response = await world.as('acme', `${BASE}/v1/facts`, { headers: { [header]: value } });
  const made = response.headers.get(header) ?? '';
  expect(made).toMatch(/^(req_[0-9a-z]{26}|00-[0-9a-f]{32}-[0-9a-f]{16}-01)$/);
  expect(made.split('-')[1] ?? 'none').not.toBe(value.split('-')[1]);
});

test('every answer says how long its stages took and how much of the rate is left', async () => {
  const { headers } = await world.as('acme', `${BASE}/v1/facts`);
  expect(headers.get('server-timing')).toMatch(
    /^theirs;dur=1, auth;dur=\d+, route;dur=\d+, dispatch;dur=\d+$/,
  );
  expect(headers.get('ratelimit-policy')).toBe('"tenant";q=1000;w=60');
  expect(headers.get('ratelimit')).toMatch(/^"tenant";r=999;t=\d+$/);
});

test('a WebSocket reaches the tenant and answers', async () => {
  await putRoute('acme', { script: 'tenant-socket' });
  const { webSocket } = await world.as('acme', `${BASE}/x/live`, {
    headers: { upgrade: 'websocket' },
  });
  if (webSocket === null) expect.unreachable('the upgrade was lost');
  const { promise, resolve } = Promise.withResolvers<unknown>();
  webSocket.addEventListener('message', (event) => resolve(event.data));
  webSocket.accept();
  webSocket.send('hello');
  expect(await promise).toBe('echo hello');
  webSocket.close();
});

test('a path prefix that names the token’s tenant is taken off', async () => {
  const response = await world.as('acme', `${BASE}/t/acme/v1/facts?a=1`);
  expect(await response.json()).toMatchObject({ path: '/v1/facts?a=1' });
});

test.each([
  ['https://acme.z0.test/v1/facts', '/v1/facts'],
  ['https://ACME.z0.test/v1/facts', '/v1/facts'],
  ['https://acme.z0.test./v1/facts', '/v1/facts'],
  ['https://acme.z0.test/t/acme/v1/facts', '/v1/facts'],
  ['https://api.test/t/acme', '/'],
  ['https://api.test/t/acme//evil.test/x', '//evil.test/x'],
  ['https://z0-dispatcher.workers.z0.test/v1/facts', '/v1/facts'],
])('%s may be used by the tenant it names or that it names nobody', async (url, path) => {
  const response = await world.as('acme', url);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ path });
});

test.each([
  ['another tenant by host', 'https://globex.z0.test/v1/facts'],
  ['another tenant by path', 'https://api.test/t/globex/v1/facts'],
  ['a tenant that does not exist, by host', 'https://nobody.z0.test/v1/facts'],
  ['a tenant that does not exist, by path', 'https://api.test/t/nobody/v1/facts'],
  ['its own tenant by path and another by host', 'https://globex.z0.test/t/acme/v1/facts'],
  ['its own tenant by host and another by path', 'https://acme.z0.test/t/globex/v1/facts'],
  ['its own tenant, spelt otherwise', 'https://api.test/t/Acme/v1/facts'],
  ['its own tenant, encoded', 'https://api.test/t/%61cme/v1/facts'],
  ['nobody', 'https://api.test/t//v1/facts'],
])('naming %s is byte for byte the answer to a missing route', async (_name, url) => {
  const headers = { 'x-request-id': 'same-for-both' };
  const missing = await world.as('unrouted', `${BASE}/v1/facts`, { headers });
  const response = await world.as('acme', url, { headers });
  expect(response.status).toBe(404);
  expect(await response.text()).toBe(await missing.text());
  expect(namesOf(response)).toEqual(namesOf(missing));
  expect(world.dispatched).toEqual([]);
});

test('a deleted tenant is as missing as one that never was', async () => {
  await putRoute('acme', { status: 'deleted' });
  const headers = { 'x-request-id': 'same-for-both' };
  const deleted = await world.as('acme', `${BASE}/v1/facts`, { headers });
  const never = await world.as('unrouted', `${BASE}/v1/facts`, { headers });
  expect(await deleted.text()).toBe(await never.text());
});

test('health needs no token and says nothing about tenants', async () => {
  const response = await world.fetch(new Request(`${BASE}/healthz`));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok' });
});

test.each([
  'https://api.test/v1/health',
  'https://acme.z0.test/healthz',
  'https://api.test/t/acme/healthz',
])('%s needs a token', async (url) => {
  expect((await world.fetch(new Request(url))).status).toBe(401);
});

test('a token in the query or in a cookie is no token', async () => {
  const token = await mint(world.key, {}, Date.now() / 1_000);
  const request = new Request(`${BASE}/v1/facts?access_token=${token}`, {
    headers: { cookie: `access_token=${token}` },
  });
  expect(await (await world.fetch(request)).json()).toMatchObject({ code: 'token_missing' });
});

test('two authorization headers are refused even if one of them is good', async () => {
  const token = await mint(world.key, {}, Date.now() / 1_000);
  const request = new Request(`${BASE}/v1/facts`);
  request.headers.append('authorization', `Bearer ${token}`);
  request.headers.append('authorization', `Bearer ${token}`);
  expect(await (await world.fetch(request)).json()).toMatchObject({ code: 'token_invalid' });
});
