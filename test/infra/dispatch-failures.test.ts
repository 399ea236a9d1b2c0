// What a dispatch Worker is told when a user Worker fails, and that it fails alone.
import { cpus } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exists, userWorkerPid } from './processes.ts';
import { openProject, type Send, sender, type TestCloud, until, upload } from './test-cloud.ts';
import { dispatcher, echo, echoAgain } from './workers.ts';

const CPU = 'Worker exceeded CPU time limit.';
// One a kind of failure, so that none inherits another's process or limits.
const SCRIPTS = [
  'alpha',
  'beta',
  'killed',
  'looping',
  'wide',
  'hoarding',
  'crowded',
  'narrowed',
  'hopeless',
];
const withCpuMs = (cpuMs: number): { headers: Record<string, string> } => ({
  headers: { 'x-options': JSON.stringify({ limits: { cpuMs } }) },
});
const failure = (message: string): object => ({ at: 'fetch', message });

let running: TestCloud;
let send: Send;

beforeAll(async () => {
  running = await openProject(async (project) => {
    await upload(project, '', 'router', dispatcher());
    for (const name of SCRIPTS) await upload(project, 'customers', name, echo());
  });
  send = sender(running);
});

afterAll(() => running.close());

test("a user Worker's own error arrives as it was thrown", async () => {
  const response = await send('alpha', '/throw');
  expect(await response.json()).toEqual(failure('the account is unknown here'));
});

test('its own error arrives also when the Worker computes on after it has thrown', async () => {
  const response = await send('wide', '/throw-then-busy?ms=1500', withCpuMs(30_000));
  expect(await response.json()).toEqual(failure('the account is unknown here'));
});

test.each([
  ['the Worker', '/loop'],
  ['its Durable Object', '/object-loop'],
])(
  'an endless loop in %s ends with the CPU error, and the next request works',
  async (_in, path) => {
    const before = await (await send('looping', '/add?n=0')).json();
    const startedAt = performance.now();
    expect(await (await send('looping', path)).json()).toEqual(failure(CPU));
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await (await send('looping', '/add?n=0')).json()).toBe(before);
  },
);

test('while one Worker loops, its neighbour keeps answering', async () => {
  await send('beta', '/version');
  const neighbour = userWorkerPid(running.stateDir, 'beta');
  let over = false;
  const looping = send('looping', '/loop', withCpuMs(500)).finally(() => {
    over = true;
  });
  let answered = 0;
  while (!over) {
    expect(await (await send('beta', '/version')).text()).toBe('one');
    answered += 1;
  }
  expect(await (await looping).json()).toEqual(failure(CPU));
  expect(answered).toBeGreaterThan(20);
  expect(userWorkerPid(running.stateDir, 'beta')).toBe(neighbour);
});

test('more loops than the machine has cores all end', async () => {
  const loops = Array.from({ length: cpus().length + 2 }, async (_, index) => {
    await upload(running, 'customers', `loop-${index}`, echo());
    return (await send(`loop-${index}`, '/loop')).json();
  });
  const answers = await Promise.all(loops);
  expect(answers).toEqual(answers.map(() => failure(CPU)));
});

test('a limit given at dispatch is the limit: longer work than the default is let through', async () => {
  expect(await (await send('wide', '/busy?ms=600', withCpuMs(30_000))).text()).toBe('done');
});

test('many requests that each keep their limit are never taken for one that does not', async () => {
  const requests = Array.from({ length: 60 }, async () =>
    (await send('crowded', '/busy?ms=20', withCpuMs(50))).text(),
  );
  expect(new Set(await Promise.all(requests))).toEqual(new Set(['done']));
});

test('a request with a narrow limit does not pay for the one before it', async () => {
  expect(await (await send('narrowed', '/busy?ms=600', withCpuMs(30_000))).text()).toBe('done');
  expect(await (await send('narrowed', '/version', withCpuMs(50))).text()).toBe('one');
  expect(await (await send('narrowed', '/version', withCpuMs(50))).text()).toBe('one');
});

test('a limit given once holds for later requests that give it again', async () => {
  await send('narrowed', '/version', withCpuMs(30_000));
  await send('narrowed', '/version', withCpuMs(50));
  expect(await (await send('narrowed', '/busy?ms=600', withCpuMs(30_000))).text()).toBe('done');
});

test('a Worker that hoards memory is ended alone, and the next request works', async () => {
  await send('beta', '/version');
  const neighbour = userWorkerPid(running.stateDir, 'beta');
  const response = await send('hoarding', '/hoard', withCpuMs(30_000));
  expect(await response.json()).toEqual(failure('Worker exceeded memory limit.'));
  expect(await (await send('hoarding', '/version')).text()).toBe('one');
  expect(userWorkerPid(running.stateDir, 'beta')).toBe(neighbour);
});

test('after kill -9 of its process the next request works, and its objects hold what they held', async () => {
  const value = await (await send('alpha', '/add?n=7')).json();
  const pid = userWorkerPid(running.stateDir, 'alpha');
  process.kill(pid, 'SIGKILL');
  await until('the killed process to be gone', () => !exists(pid));
  const response = await send('alpha', '/add?n=0');
  expect(await response.json()).toBe(value);
  expect(userWorkerPid(running.stateDir, 'alpha')).not.toBe(pid);
});

test('a request inside a process that is killed is told the connection was lost, once', async () => {
  const value = await (await send('killed', '/add?n=0')).json();
  const pid = userWorkerPid(running.stateDir, 'killed');
  const inside = send('killed', '/slow?ms=20000');
  await until('the slow request to be inside', async () => (await send('killed', '/version')).ok);
  process.kill(pid, 'SIGKILL');
  expect(await (await inside).json()).toEqual(failure('Network connection lost.'));
  expect(await (await send('killed', '/add?n=0')).json()).toBe(value);
});

test('after three ends in a minute it rests: callers are told at once, and new code starts at once', async () => {
  for (let round = 0; round < 3; round += 1) {
    expect(await (await send('hopeless', '/loop')).json()).toEqual(failure(CPU));
  }
  expect(await (await send('hopeless', '/version')).json()).toEqual(failure(CPU));
  expect(() => userWorkerPid(running.stateDir, 'hopeless')).toThrow('no process serves hopeless');
  expect(await (await send('beta', '/version')).text()).toBe('one');
  await upload(running, 'customers', 'hopeless', echoAgain('two'));
  expect(await (await send('hopeless', '/version')).text()).toBe('two');
});
