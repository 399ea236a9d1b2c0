// Starting, stopping and dying: nothing is left running, and the next start works.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, expect, inject, test } from 'vitest';
import { asTenant, headOf } from './client.ts';
import { kill, newStateDir, PlatformProcess, until, Z0 } from './platform-process.ts';

const stateDir = newStateDir();
let platform: PlatformProcess | undefined;

afterAll(async () => {
  await platform?.killEverything();
  rmSync(stateDir, { recursive: true, force: true });
});

test('a second copy runs beside the first, with ports and state of its own', async () => {
  platform = await PlatformProcess.start(stateDir);
  const other = inject('stateDir');
  expect(platform.stateDir).not.toBe(other);
  const acme = await asTenant(platform.state, 'acme');
  expect((await acme('GET', '/v1/health')).status).toBe(200);
});

test('a second start on the same state folder is refused while the first lives', async () => {
  await expect(PlatformProcess.start(stateDir)).rejects.toThrow('is in use by process');
  // The refused start removed nothing: the first one still answers.
  const acme = await asTenant(running().state, 'acme');
  expect((await acme('GET', '/v1/health')).status).toBe(200);
});

test('a port that is taken is named at once, and nothing is left running', async () => {
  const taken = new URL(running().state.cloudflare_api_url).port;
  const otherDir = newStateDir();
  const { status, stderr } = spawnSync(
    process.execPath,
    [Z0, 'up', '--port-base', taken, '--state', otherDir],
    { encoding: 'utf8', timeout: 30_000 },
  );
  expect(status).toBe(1);
  expect(stderr).toContain(`port ${taken} is in use`);
  expect(stderr).toContain('--port-base');
  rmSync(otherDir, { recursive: true, force: true });
});

test('after kill -9 of the parent nothing of it lives on, and the next start has the same data', async () => {
  const before = await headOf(await asTenant(running().state, 'acme'), 'acct_coffee');
  expect(running().children().length).toBeGreaterThan(0);
  await running().end('SIGKILL');
  await until(() => running().children().length === 0, 10_000);
  platform = await PlatformProcess.start(stateDir);
  expect(running().output).toContain('did not stop cleanly');
  expect(await headOf(await asTenant(running().state, 'acme'), 'acct_coffee')).toEqual(before);
});

test('after kill -9 of the account Workers’ process requests work again', async () => {
  const acme = await asTenant(running().state, 'acme');
  const users = new Set(
    ['acme', 'globex', 'initech'].flatMap((id) => running().children(`tenant-${id}`)),
  );
  for (const pid of running().children()) if (!users.has(pid)) kill(pid);
  await until(
    async () => (await acme('GET', '/v1/health').catch(() => ({ status: 0 }))).status === 200,
    20_000,
  );
});

test('Ctrl-C ends every child within 5 s and takes local.json away', async () => {
  const startedAt = performance.now();
  await running().end('SIGINT');
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(running().children()).toEqual([]);
});

function running(): PlatformProcess {
  if (platform === undefined) throw new Error('the platform did not start');
  return platform;
}
