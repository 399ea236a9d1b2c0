// One running platform a state folder: who holds the lock, and who only seems to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { releaseLock, takeLock } from '../../infra/local/runtime/state-lock.ts';
import { makeStateDir } from './test-cloud.ts';

let stateDir: string;

beforeEach(() => {
  stateDir = makeStateDir();
});

afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const lockFile = (): string => join(stateDir, 'lock.json');
const held = (): Record<string, unknown> =>
  JSON.parse(readFileSync(lockFile(), 'utf8')) as Record<string, unknown>;
const put = (content: unknown): void => writeFileSync(lockFile(), JSON.stringify(content));

test('an empty folder is taken, with nothing to clean up, by a file only its owner can read', () => {
  expect(takeLock(stateDir, '/sockets/sockets')).toEqual({ ok: true, staleSocketDir: undefined });
  expect(held()).toMatchObject({ pid: process.pid, socketDir: '/sockets/sockets' });
  expect(statSync(lockFile()).mode & 0o077).toBe(0);
});

test('a live holder is named and keeps its lock', () => {
  takeLock(stateDir, '/sockets/first');
  const before = held();
  expect(takeLock(stateDir, '/sockets/second')).toEqual({ ok: false, pid: process.pid });
  expect(held()).toEqual(before);
});

test('a holder that died is taken over, and its socket folder handed on', async () => {
  takeLock(stateDir, '/sockets/sockets');
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid;
  await once(child, 'exit');
  put({ ...held(), pid, socketDir: '/sockets/left-behind' });
  expect(takeLock(stateDir, '/sockets/mine')).toEqual({
    ok: true,
    staleSocketDir: '/sockets/left-behind',
  });
  expect(held()).toMatchObject({ pid: process.pid, socketDir: '/sockets/mine' });
});

test('a live process that only has the id of a dead holder is not mistaken for it', () => {
  takeLock(stateDir, '/sockets/sockets');
  put({ ...held(), started: 'at another time' });
  expect(takeLock(stateDir, '/sockets/mine')).toMatchObject({
    ok: true,
    staleSocketDir: '/sockets/sockets',
  });
});

test.each(['', '{"pid":', 'null', '[]', '{"pid":"1","started":"x","socketDir":"y"}'])(
  'a lock cut short by a crash holds nobody off: %j',
  (text) => {
    writeFileSync(lockFile(), text);
    expect(takeLock(stateDir, '/sockets/mine')).toMatchObject({ ok: true });
  },
);

test('a released folder can be taken again; releasing twice is fine', () => {
  takeLock(stateDir, '/sockets/first');
  releaseLock(stateDir);
  releaseLock(stateDir);
  expect(takeLock(stateDir, '/sockets/second')).toEqual({ ok: true, staleSocketDir: undefined });
});
