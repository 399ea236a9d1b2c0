// `wrangler tail` and the API's tails: what a Worker logs and how its requests end reaches who listens
// to that Worker, and nobody else.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  openProject,
  type Send,
  scriptsPath,
  sender,
  type TestCloud,
  until,
  upload,
} from './test-cloud.ts';
import { dispatcher } from './workers.ts';

const CHATTY = `
import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {
  add() {
    console.info('in the object', NAME);
  }
  wake() {
    return this.ctx.storage.setAlarm(Date.now());
  }
  alarm() {
    console.log('woken');
  }
  say(text) {
    console.log(text);
  }
}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    console.log('hello from', NAME, { deep: [1, null] }, 3);
    const counter = env.COUNTER.get(env.COUNTER.idFromName('one'));
    if (pathname === '/throw') throw new RangeError('the account is unknown here');
    if (pathname === '/loop') for (;;) {}
    if (pathname === '/object') await counter.add();
    if (pathname === '/alarm') await counter.wake();
    if (pathname === '/flood') {
      const calls = Array.from({ length: Number(searchParams.get('n')) }, () => counter.say('x'));
      await Promise.all(calls);
    }
    if (pathname === '/long') console.log('x'.repeat(4_000_000));
    return new Response('hello');
  },
};`;

const chatty = (name: string): { code: string; metadata: Record<string, unknown> } => ({
  code: CHATTY.replaceAll('NAME', JSON.stringify(name)),
  metadata: {
    bindings: [{ type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' }],
    migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter'] },
  },
});

const ACCOUNT_WORKER = `export default {
  fetch(request) {
    console.log('at the door', request.method);
    if (request.url.endsWith('/throw')) throw new TypeError('not today');
    return new Response('hello');
  },
};`;

let running: TestCloud;
let send: Send;
beforeAll(async () => {
  running = await openProject(async (project) => {
    await upload(project, '', 'router', dispatcher());
    await upload(project, '', 'speaker', { code: ACCOUNT_WORKER });
    await upload(project, 'customers', 'alice', chatty('alice'));
    await upload(project, 'customers', 'bob', chatty('bob'));
  });
  send = sender(running);
});
afterAll(() => running.close());

const listeners: Listener[] = [];
afterEach(async () => {
  for (const listener of listeners) listener.close();
  await Promise.all(listeners.splice(0).map(({ closed }) => closed));
});

interface Heard {
  readonly outcome: string;
  readonly scriptName: string;
  readonly entrypoint?: string;
  readonly logs: readonly { readonly message: unknown[]; readonly level: string }[];
  readonly exceptions: readonly { readonly name: string; readonly message: string }[];
  readonly event: Record<string, unknown> | null;
}

interface Listener {
  readonly id: string;
  readonly heard: Heard[];
  readonly closed: Promise<number>;
  close(): void;
}

const tailsPath = (namespace: string, script: string): string =>
  `${scriptsPath(running, namespace)}/${script}/tails`;

async function listen(
  namespace: string,
  script: string,
  filters: object[] = [],
): Promise<Listener> {
  const { result } = await running.client.post<{ result: { id: string; url: string } }>(
    tailsPath(namespace, script),
    { body: { filters } },
  );
  const socket = new WebSocket(result.url, 'trace-v1');
  const heard: Heard[] = [];
  // What the API wrote, in the shape that this test is about.
  socket.addEventListener('message', ({ data }) => {
    heard.push(JSON.parse(String(data)) as Heard);
  });
  const closed = new Promise<number>((done) => {
    socket.addEventListener('close', ({ code }) => done(code));
  });
  await new Promise((done) => {
    socket.addEventListener('open', done);
  });
  const listener = { id: result.id, heard, closed, close: () => socket.close() };
  listeners.push(listener);
  return listener;
}

const logged = ({ heard }: Listener): unknown[][] =>
  heard.flatMap(({ logs }) => logs.map(({ message }) => message));

test('wrangler tail prints what an account Worker logs and how its requests end', {
  timeout: 60_000,
}, async () => {
  const { apiToken, accountId, apiUrl } = running.cloud;
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json');
  const cli = join(dirname(manifest), 'wrangler-dist/cli.js');
  const child = spawn(
    process.execPath,
    ['--no-warnings', cli, 'tail', 'speaker', '--format', 'json'],
    {
      cwd: running.stateDir,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        CLOUDFLARE_API_BASE_URL: apiUrl,
        CLOUDFLARE_API_TOKEN: apiToken,
        CLOUDFLARE_ACCOUNT_ID: accountId,
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG_PATH: join(running.stateDir, 'wrangler-logs'),
        CI: '1',
      },
    },
  );
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const url = running.cloud.workerUrl('speaker');
  await until('a line of wrangler', async () => {
    await fetch(url).catch(() => undefined);
    return printed.includes('at the door');
  });
  await fetch(`${url}/throw`, { method: 'POST' });
  await until('the exception', () => printed.includes('not today'));
  expect(printed).toContain('"scriptName": "speaker"');
  expect(printed).toContain('"outcome": "exception"');
  expect(printed).toContain(`"url": "${url}/throw"`);
  child.kill('SIGINT');
  await once(child, 'exit');
  const { result } = await running.client.get<{ result: unknown[] }>(tailsPath('', 'speaker'));
  expect(result).toEqual([]);
});

test("a user Worker's logs, its objects' logs and its exceptions arrive in Cloudflare's form", async () => {
  const listener = await listen('customers', 'alice');
  await send('alice', '/object', { headers: { 'x-mark': 'seen' } });
  await send('alice', '/throw');
  await until('three events', () => listener.heard.length >= 3);
  expect(listener.heard).toHaveLength(3);
  expect(listener.heard).toContainEqual(
    expect.objectContaining({
      scriptName: 'alice',
      dispatchNamespace: 'customers',
      outcome: 'ok',
      exceptions: [],
      eventTimestamp: expect.any(Number),
      logs: [
        {
          level: 'log',
          message: ['hello from', 'alice', { deep: [1, null] }, 3],
          timestamp: expect.any(Number),
        },
      ],
      event: {
        request: expect.objectContaining({
          method: 'GET',
          url: expect.stringContaining('/object'),
          headers: expect.objectContaining({ 'x-mark': 'seen' }),
        }),
        response: { status: 200 },
      },
    }),
  );
  expect(listener.heard).toContainEqual(
    expect.objectContaining({
      entrypoint: 'Counter',
      event: { rpcMethod: 'add' },
      logs: [expect.objectContaining({ level: 'info', message: ['in the object', 'alice'] })],
    }),
  );
  expect(listener.heard).toContainEqual(
    expect.objectContaining({
      outcome: 'exception',
      exceptions: [
        expect.objectContaining({ name: 'RangeError', message: 'the account is unknown here' }),
      ],
    }),
  );
});

test('an alarm is heard, which nobody asked for', async () => {
  const listener = await listen('customers', 'alice');
  await send('alice', '/alarm');
  const alarm = await until('the alarm', () =>
    listener.heard.find(({ event }) => event?.scheduledTime !== undefined),
  );
  expect(alarm).toMatchObject({ outcome: 'ok', logs: [{ message: ['woken'] }] });
});

test('nothing of one user Worker reaches who listens to another', async () => {
  const [alice, bob] = [await listen('customers', 'alice'), await listen('customers', 'bob')];
  await Promise.all(['alice', 'bob', 'alice', 'bob'].map((script) => send(script, '/object')));
  await until('both', () => alice.heard.length === 4 && bob.heard.length === 4);
  expect(JSON.stringify(alice.heard)).not.toContain('bob');
  expect(alice.heard.every(({ scriptName }) => scriptName === 'alice')).toBe(true);
  expect(bob.heard.every(({ scriptName }) => scriptName === 'bob')).toBe(true);
});

test('who asks for exceptions gets exceptions', async () => {
  const [all, failed] = [
    await listen('customers', 'alice'),
    await listen('customers', 'alice', [{ outcome: ['exception', 'exceededCpu'] }]),
  ];
  await send('alice', '/hello');
  await send('alice', '/throw');
  await until('all of it', () => all.heard.length === 2 && failed.heard.length > 0);
  expect(failed.heard.map(({ outcome }) => outcome)).toEqual(['exception']);
});

test('a tail that follows another one misses nothing, nor does one that meets new code', async () => {
  const first = await listen('customers', 'bob');
  first.close();
  await first.closed;
  // Heard by nobody, so the process is told to keep quiet.
  await send('bob', '/hello');
  const second = await listen('customers', 'bob');
  await send('bob', '/hello');
  await until('the first event', () => second.heard.length === 1);
  const { code, metadata } = chatty('bob renewed');
  const { migrations: _applied, ...again } = metadata;
  await upload(running, 'customers', 'bob', { code, metadata: again });
  await send('bob', '/hello');
  await until('the new code', () => logged(second).some(([, name]) => name === 'bob renewed'));
});

test('a process that is ended over its limits is told of', async () => {
  const listener = await listen('customers', 'alice');
  const response = await send('alice', '/loop');
  expect(await response.json()).toMatchObject({ message: 'Worker exceeded CPU time limit.' });
  await until('its end', () => listener.heard.some(({ outcome }) => outcome === 'exceededCpu'));
});

test('of a flood of logs a part arrives, the rest is counted, and nothing is lost unseen', async () => {
  const calls = 1000;
  const options = JSON.stringify({ limits: { cpuMs: 10_000 } });
  const listener = await listen('customers', 'alice');
  const response = await send('alice', `/flood?n=${calls}`, { headers: { 'x-options': options } });
  expect(response.status).toBe(200);
  const events = (): number => listener.heard.filter(({ event }) => !event?.type).length;
  const droppedOnes = (): number =>
    listener.heard
      .map(({ event }) => /\((\d+) dropped\)$/.exec(String(event?.message))?.[1])
      .reduce((sum, count) => sum + Number(count ?? 0), 0);
  // The request itself is one more.
  await until('all of it', () => events() + droppedOnes() >= calls + 1);
  expect(events() + droppedOnes()).toBe(calls + 1);
  expect(droppedOnes()).toBeGreaterThan(0);
  expect(listener.heard).toContainEqual(
    expect.objectContaining({ event: expect.objectContaining({ type: 'overload' }) }),
  );
});

test('a log of megabytes is cut, and the next request is heard', async () => {
  const listener = await listen('customers', 'alice');
  await send('alice', '/long');
  await until('the next request', async () => {
    // The flood before may have used up this second's share.
    await send('alice', '/hello');
    return listener.heard.some(({ event }) => JSON.stringify(event).includes('/hello'));
  });
  expect(JSON.stringify(listener.heard).length).toBeLessThan(1_000_000);
});

const refusal = async (work: PromiseLike<unknown>): Promise<unknown> => {
  try {
    return await work;
  } catch (error) {
    return error;
  }
};
const failure = (status: number, code: number): object => ({
  status,
  errors: [expect.objectContaining({ code })],
});

test('a script has ten tails at most; one that is deleted ends, and makes room', async () => {
  await Promise.all(Array.from({ length: 10 }, () => listen('customers', 'alice')));
  const body = { filters: [] };
  const path = tailsPath('customers', 'alice');
  expect(await refusal(running.client.post(path, { body }))).toMatchObject(failure(400, 10057));
  await running.client.delete(`${path}/${listeners[0]?.id}`);
  expect(await listeners[0]?.closed).toBe(4001);
  await listen('customers', 'alice');
  for (const listener of listeners) listener.close();
  await until('no tails', async () => {
    const { result } = await running.client.get<{ result: unknown[] }>(path);
    return result.length === 0;
  });
});

test.each([
  ['an account Worker that is not there', '', 'nobody', { filters: [] }, failure(404, 10007)],
  ['a user Worker that is not there', 'customers', 'nobody', {}, failure(404, 10092)],
  [
    'a filter that nobody knows',
    'customers',
    'alice',
    { filters: [{ mood: 'good' }] },
    failure(400, 10001),
  ],
])('%s is refused', async (_what, namespace, script, body, expected) => {
  const asked = running.client.post(tailsPath(namespace, script), { body });
  expect(await refusal(asked)).toMatchObject(expected);
});

test('an address without a tail behind it, or without its protocol, is no way in', async () => {
  const url = running.cloud.apiUrl.replace('http', 'ws').replace('/client/v4', '/tails/nobody');
  const closing = (protocols: string[]): Promise<number> =>
    new Promise((done) => {
      const socket = new WebSocket(url, protocols);
      socket.addEventListener('close', ({ code }) => done(code));
    });
  expect(await closing(['trace-v1'])).toBe(4001);
  expect(await closing([])).toBe(1006);
});
