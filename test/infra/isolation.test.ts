// What a user Worker can reach: its outbound Worker, the account Workers it is bound to, and the
// public internet when it has no outbound Worker. Nothing on this machine.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProject, type Send, sender, type TestCloud, upload } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

/** Answers every request with what it saw, and whose outbound Worker it is. */
const OUTBOUND = `
export default {
  fetch: (request, env) =>
    Response.json({
      caught: request.url,
      customer: env.customer,
      own: env.OWN,
      undeclared: env.undeclared ?? null,
      from: request.headers.get('x-from'),
    }),
};`;

/** The account Worker that user Workers are bound to. */
const GATEWAY = `
import { WorkerEntrypoint } from 'cloudflare:workers';
export class Gateway extends WorkerEntrypoint {
  whoami(...claims) {
    return { props: this.ctx.props, claims };
  }
  fetch(request) {
    return Response.json({ props: this.ctx.props, url: request.url });
  }
  refuse() {
    throw new RangeError('not today');
  }
}
export default { fetch: () => new Response('the front') };`;

const USER = `
import { connect } from 'cloudflare:sockets';
export { Counter } from './echo.js';
import echo from './echo.js';

const tell = async (work) => {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
};
const routes = {
  '/whoami': (env) => env.GATEWAY.whoami({ tenant: 'globex' }, { props: { tenant: 'globex' } }),
  '/gateway-fetch': async (env) => (await env.GATEWAY.fetch('http://gateway.test/path')).json(),
  '/gateway-refuse': (env) => env.GATEWAY.refuse(),
  '/gateway-absent': (env) => env.GATEWAY.absent(),
  '/connect': async (_env, query) => {
    const socket = connect(query.get('to'));
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode('GET / HTTP/1.0\\r\\n\\r\\n'));
    const { value } = await socket.readable.getReader().read();
    return new TextDecoder().decode(value);
  },
  '/cf': (_env, _query, request) => ({ cf: request.cf === undefined ? 'undefined' : 'defined' }),
  '/cache': async () => {
    await caches.default.put('https://x.test/a', new Response('a', { headers: { 'cache-control': 'max-age=60' } }));
    return (await caches.default.match('https://x.test/a'))?.text() ?? 'nothing';
  },
};

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const route = routes[pathname];
    if (route === undefined) return echo.fetch(request, env, ctx);
    return Response.json(await tell(() => route(env, searchParams, request)));
  },
};`;

const user = {
  code: USER,
  modules: { 'echo.js': echo().code },
  metadata: {
    bindings: [
      { type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' },
      {
        type: 'service',
        name: 'GATEWAY',
        service: 'gateway',
        entrypoint: 'Gateway',
        props: { tenant: 'acme' },
      },
      { type: 'plain_text', name: 'TENANT_ID', text: 'acme' },
      { type: 'json', name: 'SETTINGS', json: { deep: [1] } },
    ],
    migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter'] },
  },
};

let running: TestCloud;
let send: Send;
let reached = 0;
let bystander: Server;
let bystanderPort: number;

beforeAll(async () => {
  bystander = createServer((_request, response) => {
    reached += 1;
    response.end('reached');
  });
  await new Promise<void>((resolve) => bystander.listen(0, '127.0.0.1', resolve));
  bystanderPort = (bystander.address() as AddressInfo).port;
  running = await openProject(async (project) => {
    const own = { bindings: [{ type: 'plain_text', name: 'OWN', text: 'own binding' }] };
    await upload(project, '', 'gate', { code: OUTBOUND, metadata: own });
    await upload(project, '', 'gateway', { code: GATEWAY });
    await upload(project, '', 'router', dispatcher());
    const outbound = { service: 'gate', params: ['customer'] };
    await upload(project, '', 'gated-router', dispatcher(outbound));
    await upload(project, 'customers', 'acme', user);
    await upload(project, 'customers', 'open', user);
    await upload(project, 'customers', 'two', user);
  });
  send = sender(running);
});

afterAll(async () => {
  await running.close();
  await new Promise((resolve) => bystander.close(resolve));
});

const json = async (script: string, path: string): Promise<unknown> =>
  (await send(script, path)).json();

const gated = async (script: string, path: string, customer: string): Promise<unknown> => {
  const url = `${running.cloud.workerUrl('gated-router')}${path}`;
  const options = JSON.stringify({ outbound: { customer, undeclared: 'x' } });
  return (await fetch(url, { headers: { 'x-script': script, 'x-options': options } })).json();
};

const target = encodeURIComponent('https://api.example.test/v1?a=1');
const caught = (customer: string): unknown => ({
  status: 200,
  body: expect.stringContaining(
    JSON.stringify({
      caught: 'https://api.example.test/v1?a=1',
      customer,
      own: 'own binding',
      undeclared: null,
      from: 'tenant',
    }),
  ),
});

test.each([
  ['a user Worker', '/fetch'],
  ['a Durable Object of it', '/object-fetch'],
])('a fetch by %s reaches the outbound Worker, with the declared parameters', async (_by, path) => {
  expect(await gated('acme', `${path}?url=${target}`, 'acme')).toEqual(caught('acme'));
});

test('the outbound parameters are those of the dispatch, also when they change and change back', async () => {
  for (const customer of ['one', 'other', 'one']) {
    expect(await gated('two', `/fetch?url=${target}`, customer)).toEqual(caught(customer));
  }
});

test('with an outbound Worker, not even a fetch to this machine gets around it', async () => {
  const local = encodeURIComponent(`http://127.0.0.1:${bystanderPort}/`);
  expect(await gated('acme', `/fetch?url=${local}`, 'acme')).toMatchObject({ status: 200 });
  expect(reached).toBe(0);
});

test.each([
  ['/fetch', '127.0.0.1'],
  ['/fetch', 'localhost'],
  ['/fetch', '[::1]'],
  ['/fetch', '0.0.0.0'],
  ['/fetch', '127.1'],
  ['/object-fetch', '127.0.0.1'],
])('without an outbound Worker, %s of %s on this machine is refused', async (path, host) => {
  const url = encodeURIComponent(`http://${host}:${bystanderPort}/`);
  expect(await json('open', `${path}?url=${url}`)).toHaveProperty('error');
  expect(reached).toBe(0);
});

test('the API cannot be reached from a user Worker', async () => {
  const url = encodeURIComponent(`${running.cloud.apiUrl}/user/tokens/verify`);
  expect(await json('open', `/fetch?url=${url}`)).toHaveProperty('error');
});

test('connect() fails, with and without an outbound Worker', async () => {
  const path = `/connect?to=127.0.0.1:${bystanderPort}`;
  expect(await gated('acme', path, 'acme')).toHaveProperty('error');
  expect(await json('open', path)).toHaveProperty('error');
  expect(reached).toBe(0);
});

test("a service binding's props arrive as they were uploaded, whatever the caller claims", async () => {
  const claims = [{ tenant: 'globex' }, { props: { tenant: 'globex' } }];
  expect(await json('acme', '/whoami')).toEqual({ value: { props: { tenant: 'acme' }, claims } });
  expect(await json('acme', '/gateway-fetch')).toEqual({
    value: { props: { tenant: 'acme' }, url: 'http://gateway.test/path' },
  });
});

test("an account Worker's refusal and a method it does not have reach the user Worker as errors", async () => {
  expect(await json('acme', '/gateway-refuse')).toEqual({ error: 'not today' });
  expect(await json('acme', '/gateway-absent')).toHaveProperty('error');
});

test('a service binding goes on working after the account Workers were restarted', async () => {
  await upload(running, '', 'newcomer', {
    code: 'export default { fetch: () => new Response("hi") }',
  });
  await running.cloud.ready();
  expect(await json('acme', '/whoami')).toMatchObject({ value: { props: { tenant: 'acme' } } });
});

test('untrusted mode: request.cf is undefined', async () => {
  expect(await json('acme', '/cf')).toEqual({ value: { cf: 'undefined' } });
});

test('untrusted mode: caches.default cannot be used', async () => {
  expect(await json('acme', '/cache')).toHaveProperty('error');
});
