// What holds for every route there is, read from the documented table: the token is checked, the
// account is checked, and a body that is broken is the caller's error and never a fault.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProject, type TestCloud, upload } from './test-cloud.ts';

const DOC = new URL('../../docs/embedded-cloudflare.md', import.meta.url);

let cloud: TestCloud;
const known: Record<string, string> = {};

beforeAll(async () => {
  cloud = await openProject(async (project) => {
    const { account, client } = project;
    const plain = { code: 'export default { fetch: () => new Response("plain") }' };
    await upload(project, '', 'one', plain);
    await upload(project, 'customers', 'one', plain);
    const { id: kv } = await client.kv.namespaces.create({ ...account, title: 'kv' });
    const { uuid: d1 = '' } = await client.d1.database.create({ ...account, name: 'd1' });
    const { queue_id: queue = '' } = await client.queues.create({ ...account, queue_name: 'q' });
    await client.r2.buckets.create({ ...account, name: 'r2' });
    Object.assign(known, { kv, d1, queue });
  });
});
afterAll(() => cloud.close());

const ROUTES = readFileSync(DOC, 'utf8')
  .split('\n')
  .map((line) => /^\| ([A-Z, ]+) \| `(\/[^`]*)` \|$/.exec(line))
  .flatMap((match) =>
    (match?.[1] ?? '')
      .split(', ')
      .filter((method) => method !== '')
      .map((method) => [method, match?.[2] ?? ''] as const),
  );

/** The route's path with what is there in place of its parameters. */
function concrete(path: string): string {
  const id = path.includes('/kv/') ? known.kv : path.includes('/d1/') ? known.d1 : 'r2';
  const values: Record<string, string | undefined> = {
    account: cloud.cloud.accountId,
    namespace: 'customers',
    script: 'one',
    queue: known.queue,
    id,
    key: 'some-key',
  };
  return path
    .replaceAll('{.+}', '')
    .replaceAll(/:(\w+)/g, (_all, name: string) => values[name] ?? 'absent');
}

const call = (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${cloud.cloud.apiUrl}${path}`, { method, ...init });

const bearer = (): string => `Bearer ${cloud.cloud.apiToken}`;

interface Envelope {
  readonly success: boolean;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
}

test('there are routes to look at', () => {
  expect(ROUTES.length).toBeGreaterThan(80);
});

test('no route answers without the token', async () => {
  for (const [method, path] of ROUTES) {
    const response = await call(method, concrete(path));
    expect([method, path, response.status]).toEqual([method, path, 401]);
  }
});

test.each(['/', '/elsewhere', '/client/v4', '/client/v5/user', '/client/v4/graphql'])(
  'nor does %s, which is no route',
  async (path) => {
    const { origin } = new URL(cloud.cloud.apiUrl);
    expect((await fetch(`${origin}${path}`)).status).toBe(401);
  },
);

test('no route serves another account', async () => {
  for (const [method, path] of ROUTES.filter(([, one]) => one.includes(':account'))) {
    const other = concrete(path).replace(cloud.cloud.accountId, 'f'.repeat(32));
    const response = await call(method, other, { headers: { authorization: bearer() } });
    expect([method, path, response.status]).toEqual([method, path, 403]);
  }
});

test('a broken body is refused in an envelope by every route that reads one', async () => {
  // These take any bytes, or read no body.
  const open = /\/values\/:key|\/objects\/:key|\/tags\/:tag|\/subdomain$/;
  for (const [method, path] of ROUTES.filter(([one]) => /^(PUT|POST|PATCH)$/.test(one))) {
    if (open.test(path)) continue;
    const headers = { authorization: bearer(), 'content-type': 'text/plain' };
    for (const body of ['{', '"a text"', '[7', '']) {
      // A tail needs no filters.
      if (body === '' && path.endsWith('/tails')) continue;
      const response = await call(method, concrete(path), { headers, body });
      const { success, errors } = (await response.json()) as Envelope;
      const seen = [method, path, body, success, errors.length];
      expect(seen).toEqual([method, path, body, false, 1]);
      expect(response.status, `${method} ${path} ${body}`).toBeLessThan(500);
      expect(errors[0]?.code).toBeGreaterThan(0);
    }
  }
  expect(cloud.reported).toEqual([]);
});

test('a form that is broken is refused, where a value may be a form', async () => {
  const headers = { authorization: bearer(), 'content-type': 'multipart/form-data; boundary=x' };
  const path = concrete('/accounts/:account/storage/kv/namespaces/:id/values/:key');
  expect((await call('PUT', path, { headers, body: 'no form' })).status).toBe(400);
});

test.each([
  ['POST', '/workers/scripts/one/assets-upload-session', 10021, 'assets'],
  [
    'POST',
    '/workers/dispatch/namespaces/customers/scripts/one/assets-upload-session',
    10021,
    'assets',
  ],
  ['POST', '/workers/assets/upload?base64=true', 10021, 'assets'],
  ['GET', '/workers/dispatch/namespaces/customers/scripts/one/versions', 10001, 'versions'],
  ['PUT', '/workers/scripts/one/routes', 10001, 'routes'],
  ['GET', '/workers/services/one/environments/production/bindings', 10001, 'environments'],
  ['POST', '/d1/database/any/time_travel/restore', 10001, 'Time travel'],
  ['POST', '/queues/any/messages/pull', 10001, 'queue'],
  ['PUT', '/r2/buckets/any/lifecycle', 10001, 'lifecycle'],
  ['GET', '/workflows/any/instances', 10001, 'instances'],
  ['GET', '/hyperdrive/configs', 10001, 'Hyperdrive'],
  ['GET', '/vectorize/v2/indexes', 10001, 'Vectorize'],
])('%s %s is refused by name', async (method, path, code, word) => {
  const response = await call(method, `/accounts/${cloud.cloud.accountId}${path}`, {
    headers: { authorization: bearer() },
  });
  expect(response.status).toBe(400);
  const { errors } = (await response.json()) as Envelope;
  expect(errors).toEqual([{ code, message: expect.stringContaining(word) }]);
  expect(errors[0]?.message).toContain('in the embedded Cloudflare. ');
});
