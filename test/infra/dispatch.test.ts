// Dispatch, as somebody else's Workers for Platforms project uses it: what a caller sends is what
// the user Worker gets, and the other way round.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Init,
  openProject,
  type Send,
  sender,
  type TestCloud,
  until,
  upload,
} from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

interface Echo {
  readonly url: string;
  readonly method: string;
  readonly headers: [string, string][];
  readonly body: string;
  readonly env: string[];
}

let running: TestCloud;
let url: string;
let send: Send;

beforeAll(async () => {
  running = await openProject(async (test0) => {
    await upload(test0, '', 'router', dispatcher());
    await upload(test0, 'customers', 'alpha', echo());
  });
  url = running.cloud.workerUrl('router');
  send = sender(running);
});

afterAll(() => running.close());

const echoed = async (path: string, init: Init = {}): Promise<Echo> =>
  (await (await send('alpha', path, init)).json()) as Echo;

const withoutHops = (headers: [string, string][]): Record<string, string> => {
  const { connection: _hop, ...rest } = Object.fromEntries(headers);
  return rest;
};

test('URL, method, headers and a small body arrive unchanged', async () => {
  const path = '/v1/a%20b/%C3%A9?x=1&x=%2F&empty=';
  const headers = {
    'content-type': 'application/x-odd',
    'x-custom': 'kept, and as it was',
    authorization: 'Bearer of-the-caller',
    cookie: 'a=1; b=2',
    'user-agent': 'a test',
  };
  const seen = await echoed(path, { method: 'PATCH', body: '{"n":1}', headers });
  expect(seen).toMatchObject({ url: `${url}${path}`, method: 'PATCH', body: '{"n":1}' });
  expect(withoutHops(seen.headers)).toEqual({
    ...headers,
    'content-length': '7',
    host: new URL(url).host,
    'x-script': 'alpha',
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
    'accept-language': '*',
    'sec-fetch-mode': 'cors',
  });
});

test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])(
  '%s arrives as itself',
  async (method) => {
    const response = await send('alpha', '/method', { method });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-method')).toBe(method);
  },
);

test('a redirect is handed back to the caller, never followed on its behalf', async () => {
  const response = await send('alpha', '/redirect', { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([302, 'https://x.test/']);
});

test("status, repeated headers and body of the user Worker's answer come back unchanged", async () => {
  const response = await send('alpha', '/answer');
  expect(response.status).toBe(418);
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await response.text()).toBe('short and stout');
});

test('1 MB of declared length goes through whole, both ways', async () => {
  const body = crypto.getRandomValues(new Uint8Array(65_536));
  const megabyte = new Uint8Array(1_048_576).map((_byte, index) => body[index % 65_536] ?? 0);
  const response = await send('alpha', '/mirror', { method: 'POST', body: megabyte });
  expect(response.headers.get('x-mirrored')).toBe('yes');
  expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), megabyte)).toBe(0);
});

test('a streamed 1 MB goes through piece by piece: the first comes back before the last is sent', async () => {
  const piece = Buffer.alloc(65_536, 'ledger ');
  const call = request(`${url}/mirror`, { method: 'POST', headers: { 'x-script': 'alpha' } });
  call.write(piece);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  let received = 0;
  response.on('data', (chunk: Buffer) => {
    received += chunk.byteLength;
  });
  await until('the first piece to come back', () => received > 0);
  for (let sent = 1; sent < 16; sent += 1) call.write(piece);
  call.end();
  await once(response, 'end');
  expect(received).toBe(1_048_576);
});

test('a WebSocket of a user Worker speaks with the caller', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket?script=alpha`);
  const answer = new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => resolve(data));
    socket.addEventListener('error', reject);
  });
  socket.addEventListener('open', () => socket.send('hello'));
  expect(await answer).toBe('echo: hello');
  socket.close();
});

test('an account Worker answers at the common address by its host name', async () => {
  const { hostname, port } = new URL(running.cloud.workersUrl);
  const headers = { host: 'router.workers.localhost', 'x-script': 'alpha' };
  const call = request({ hostname, port, path: '/a?b=c', headers }).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const seen = JSON.parse(await text(response)) as Echo;
  expect(seen.url).toBe('http://router.workers.localhost/a?b=c');
});

test.each(['nobody.workers.localhost', 'workers.localhost', 'alpha.workers.localhost'])(
  'the common address has no Worker at %s',
  async (host) => {
    const { hostname, port } = new URL(running.cloud.workersUrl);
    const call = request({ hostname, port, path: '/', headers: { host } }).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(404);
  },
);

test("a missing Worker shows at fetch, with Cloudflare's message, and never at get", async () => {
  const response = await send('nobody', '/');
  expect(await response.json()).toEqual({
    at: 'fetch',
    message: expect.stringMatching(/^Worker not found/),
  });
});

test('a script that is uploaded after it was missed is found', async () => {
  await send('late', '/version');
  await upload(running, 'customers', 'late', echo('here'));
  expect(await (await send('late', '/version')).text()).toBe('here');
});

test('a user Worker holds its own bindings and nothing else', async () => {
  expect((await echoed('/')).env).toEqual(['COUNTER']);
});

test('two scripts with the same class name and object name share nothing', async () => {
  await upload(running, 'customers', 'beta', echo());
  expect(await (await send('alpha', '/add?n=5')).json()).toBe(5);
  expect(await (await send('beta', '/add?n=1')).json()).toBe(1);
});
