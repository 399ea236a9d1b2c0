// Which port serves what: planned from a base, or free ones that a restart keeps.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planPorts } from '../../infra/local/runtime/ports.ts';
import { makeStateDir } from './test-cloud.ts';

let stateDir: string;
let memory: string;

beforeEach(() => {
  stateDir = makeStateDir();
  memory = join(stateDir, 'ports.json');
});

afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const SCRIPTS = ['one', 'two', 'three'];
type Ports = Awaited<ReturnType<typeof planPorts>>;
const allOf = (ports: Ports): number[] => [
  ports.api,
  ports.workers,
  ...SCRIPTS.map((name) => ports.portOf(name)),
];

test('from a base upwards: the API, all Workers, then one a Worker', async () => {
  expect(allOf(await planPorts(9100, memory))).toEqual([9100, 9101, 9102, 9103, 9104]);
});

test('a Worker keeps its port however often it is asked for', async () => {
  const ports = await planPorts(9100, memory);
  expect([ports.portOf('b'), ports.portOf('a'), ports.portOf('b')]).toEqual([9102, 9103, 9102]);
});

test('with base 0 all ports are free and different', async () => {
  const all = allOf(await planPorts(0, memory));
  expect(new Set(all).size).toBe(all.length);
  for (const port of all) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});

test('with base 0 the next start has the same addresses', async () => {
  const first = allOf(await planPorts(0, memory));
  expect(allOf(await planPorts(0, memory))).toEqual(first);
});

test('with base 0 a port that somebody took meanwhile is given up, the others are kept', async () => {
  const [api = 0, ...others] = allOf(await planPorts(0, memory));
  const server = createServer().listen(api, '127.0.0.1');
  await once(server, 'listening');
  const next = allOf(await planPorts(0, memory));
  server.close();
  expect(next.slice(1)).toEqual(others);
  expect(next[0]).not.toBe(api);
});
