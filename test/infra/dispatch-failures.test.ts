// What a dispatch Worker is told when a user Worker fails, and that it fails alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive, userWorkerPid } from './processes.ts';
import { openProject, type Send, sender, type TestCloud, until, upload } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

const CPU = 'Worker exceeded CPU time limit.';
const failure = (message: string): object => ({ at: 'fetch', message });

let running: TestCloud;
let send: Send;

beforeAll(async () => {
  running = await openProject(async (project) => {
    await upload(project, '', 'router', dispatcher());
    await upload(project, 'customers', 'alpha', echo());
    await upload(project, 'customers', 'beta', echo());
  });
  send = sender(running);
});

afterAll(() => running.close());

test("a user Worker's own error arrives as it was thrown", async () => {
  const response = await send('alpha', '/throw');
  expect(await response.json()).toEqual(failure('the account is unknown here'));
});

test("its own error arrives also when the Worker computes on after it has thrown", async () => {
  const options = { headers: { 'x-options': '{"limits":{"cpuMs":30000}}' } };
  const response = await send('alpha', '/throw-then-busy?ms=1500', options);
  expect(await response.json()).toEqual(failure('the account is unknown here'));
});

test.each([
  ['the Worker', '/loop'],
  ['its Durable Object', '/object-loop'],
])('an endless loop in %s ends with the CPU error, and the next request works', async (_in, path) => {
  const before = await (await send('alpha', '/add?n=0')).json();
  const startedAt = performance.now();
  expect(await (await send('alpha', path)).json()).toEqual(failure(CPU));
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(await (await send('alpha', '/add?n=0')).json()).toBe(before);
});

test('while one Worker loops, its neighbour keeps answering', async () => {
  const limits = { headers: { 'x-options': '{"limits":{"cpuMs":700}}' } };
  await send('beta', '/version');
  let over = false;
  const looping = send('alpha', '/loop', limits).finally(() => {
    over = true;
  });
  let answered = 0;
  while (!over) {
    expect(await (await send('beta', '/version')).text()).toBe('one');
    answered += 1;
  }
  expect(await (await looping).json()).toEqual(failure(CPU));
  expect(answered).toBeGreaterThan(20);
});

test('a limit given at dispatch holds: what takes longer than a default Worker may is let through', async () => {
  const limits = { headers: { 'x-options': '{"limits":{"cpuMs":30000}}' } };
  expect(await (await send('alpha', '/busy?ms=600', limits)).text()).toBe('done');
});

test('a Worker that hoards memory is ended alone, with the memory error', async () => {
  const limits = { headers: { 'x-options': '{"limits":{"cpuMs":30000}}' } };
  const neighbour = userWorkerPid(running.stateDir, 'beta');
  const response = await send('alpha', '/hoard', limits);
  expect(await response.json()).toEqual(failure('Worker exceeded memory limit.'));
  expect(await (await send('alpha', '/version')).text()).toBe('one');
  expect(userWorkerPid(running.stateDir, 'beta')).toBe(neighbour);
});

test('after kill -9 of its process the next request works, and its objects hold what they held', async () => {
  const value = await (await send('alpha', '/add?n=7')).json();
  const pid = userWorkerPid(running.stateDir, 'alpha');
  process.kill(pid, 'SIGKILL');
  await until('the killed process to be gone', () => !isAlive(pid));
  const response = await send('alpha', '/add?n=0');
  expect(await response.json()).toBe(value);
  expect(userWorkerPid(running.stateDir, 'alpha')).not.toBe(pid);
});

test('a request inside a process that is killed is told the connection was lost, once', async () => {
  const value = await (await send('alpha', '/add?n=0')).json();
  const pid = userWorkerPid(running.stateDir, 'alpha');
  const inside = send('alpha', '/slow?ms=20000');
  await until('the slow request to be inside', async () => (await send('alpha', '/version')).ok);
  process.kill(pid, 'SIGKILL');
  expect(await (await inside).json()).toEqual(failure('Network connection lost.'));
  expect(await (await send('alpha', '/add?n=0')).json()).toBe(value);
});
