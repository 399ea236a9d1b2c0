// Who may call the API, and what a call that leads nowhere gets.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openCloud, type TestCloud } from './test-cloud.ts';

let running: TestCloud;

beforeAll(async () => {
  running = await openCloud();
});

beforeEach(() => {
  running.reported.length = 0;
});

afterAll(() => running.close());

interface Envelope {
  readonly success: boolean;
  readonly errors: { readonly code: number; readonly message: string }[];
  readonly messages: unknown[];
  readonly result: unknown;
}

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${running.cloud.apiUrl}${path}`, init);

const asOperator = (path: string, init: RequestInit = {}): Promise<Response> =>
  call(path, { ...init, headers: { authorization: `Bearer ${running.cloud.apiToken}` } });

test.each([
  ['no token', undefined],
  ['an empty token', 'Bearer '],
  ['the scheme alone', 'Bearer'],
  ['a wrong token', 'Bearer wrong'],
  ['another scheme', 'Basic TOKEN'],
  ['a token that is longer', 'Bearer TOKENx'],
])('%s is refused with 401 and code 10000', async (_name, header) => {
  const authorization = header?.replace('TOKEN', running.cloud.apiToken);
  const response = await call('/user', {
    headers: authorization === undefined ? {} : { authorization },
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({
    success: false,
    errors: [{ code: 10000, message: 'Authentication error' }],
    messages: [],
    result: null,
  });
});

test('the token is checked before the endpoint: nobody learns from outside what exists', async () => {
  expect((await call('/no/such/endpoint')).status).toBe(401);
  expect(running.reported).toEqual([]);
});

test.each(['', '/workers/scripts', '/workers/dispatch/namespaces', '/queues'])(
  'another account is refused with 403 and code 10023 at %s',
  async (rest) => {
    const response = await asOperator(`/accounts/${'0'.repeat(32)}${rest}`);
    expect(response.status).toBe(403);
    expect(((await response.json()) as Envelope).errors[0]?.code).toBe(10023);
  },
);

test('the token verifies, and has one account', async () => {
  const { client, cloud } = running;
  expect(await client.user.tokens.verify()).toMatchObject({ status: 'active' });
  const accounts = [];
  for await (const { id } of client.accounts.list()) accounts.push(id);
  expect(accounts).toEqual([cloud.accountId]);
});

test.each(['GET', 'POST', 'PATCH'])(
  'an unknown endpoint answers %s with a Cloudflare envelope and 404, and is reported in one line',
  async (method) => {
    const path = `/accounts/${running.cloud.accountId}/magic/transit`;
    const response = await asOperator(path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      success: false,
      errors: [{ code: 7003, message: expect.stringContaining('/magic/transit') }],
      messages: [],
      result: null,
    });
    expect(running.reported).toEqual([
      `no such endpoint in the embedded Cloudflare: ${method} /client/v4${path}`,
    ]);
  },
);

test.each([
  ['no body', undefined],
  ['broken JSON', '{'],
  ['a list', '[]'],
  ['a body without the name', '{}'],
  ['a name that is no string', '{"name":1}'],
])('%s where an object is expected is refused with 400, not with a fault', async (_name, body) => {
  const path = `/accounts/${running.cloud.accountId}/workers/dispatch/namespaces`;
  const response = await asOperator(path, { method: 'POST', ...(body && { body }) });
  expect(response.status).toBe(400);
  expect(((await response.json()) as Envelope).errors[0]?.code).toBe(10001);
  expect(running.reported).toEqual([]);
});

test('a body is read whatever content type it came with', async () => {
  const path = `/accounts/${running.cloud.accountId}/queues`;
  const response = await call(path, {
    method: 'POST',
    body: '{"queue_name":"as-text"}',
    headers: { authorization: `Bearer ${running.cloud.apiToken}`, 'content-type': 'text/plain' },
  });
  expect(response.status).toBe(200);
});
