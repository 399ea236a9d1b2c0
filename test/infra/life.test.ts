// Start, stop and sudden death: one run a state folder, nothing left behind, nothing lost, and no
// signal to a process that is somebody else's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateInUseError, startLocalCloudflare } from '../../infra/local/local-cloudflare.ts';
import { exists, isAlive, processesOf, userWorkerPid } from './processes.ts';
import { makeStateDir, openCloud, openProject, sender, until, upload } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

const LIMIT_MS = 60_000;

interface Driver {
  readonly child: ChildProcess;
  readonly router: string;
  readonly reported: string[];
}

let stateDir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  stateDir = makeStateDir();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const { pid } of processesOf(stateDir)) process.kill(pid, 'SIGKILL');
  rmSync(stateDir, { recursive: true, force: true });
});

/** The embedded Cloudflare in a process of its own. */
async function drive(): Promise<Driver> {
  const file = new URL('./driver.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  // An exit before the first line leaves a number here, which is no JSON object either.
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [string];
  return { child, ...(JSON.parse(line) as { router: string; reported: string[] }) };
}

/** A state folder with a dispatch Worker and a user Worker that has counted to `value`. */
async function prepare(value: number): Promise<void> {
  const project = await openProject(async (running) => {
    await upload(running, '', 'router', dispatcher());
    await upload(running, 'customers', 'alpha', echo());
  }, stateDir);
  await sender(project)('alpha', `/add?n=${value}`);
  await project.close();
}

const ask = (driver: Driver, path: string): Promise<Response> =>
  fetch(`${driver.router}${path}`, { headers: { 'x-script': 'alpha' } });

/** A process that only looks like one of ours: marked with another state folder. */
function decoy(mark: string): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    env: { ...process.env, Z0_LOCAL_STATE: mark },
    stdio: 'ignore',
  });
  children.push(child);
  return child;
}

test('close() leaves no process, and everything is there at the next start', {
  timeout: LIMIT_MS,
}, async () => {
  await prepare(3);
  expect(processesOf(stateDir)).toEqual([]);
  const again = await openCloud(stateDir);
  await again.cloud.ready();
  expect(await (await sender(again)('alpha', '/add?n=4')).json()).toBe(7);
  expect(again.reported).toEqual([]);
  await again.close();
  expect(processesOf(stateDir)).toEqual([]);
});

test('close() ends within 5 s even when a Worker loops', { timeout: LIMIT_MS }, async () => {
  await prepare(0);
  const running = await openCloud(stateDir);
  await running.cloud.ready();
  const headers = { 'x-options': '{"limits":{"cpuMs":60000}}' };
  const looping = sender(running)('alpha', '/loop', { headers }).catch(() => undefined);
  await until('the loop to run', () =>
    processesOf(stateDir).some(({ command }) => command.includes('/alpha.')),
  );
  const startedAt = performance.now();
  await running.close();
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await looping;
  expect(processesOf(stateDir)).toEqual([]);
});

test('closing a cloud that was never ready is fine', { timeout: LIMIT_MS }, async () => {
  const running = await openCloud(stateDir);
  await running.close();
  expect(processesOf(stateDir)).toEqual([]);
});

test('addresses, account and token stay the same from run to run', {
  timeout: LIMIT_MS,
}, async () => {
  const first = await openCloud(stateDir);
  const { accountId, apiToken, apiUrl, workersUrl } = first.cloud;
  await first.close();
  const second = await openCloud(stateDir);
  expect(second.cloud).toMatchObject({ accountId, apiToken, apiUrl, workersUrl });
  await second.close();
});

test('a second start on a folder in use is refused and disturbs nothing', {
  timeout: LIMIT_MS,
}, async () => {
  await prepare(5);
  const driver = await drive();
  await ask(driver, '/version');
  const before = processesOf(stateDir).map(({ pid }) => pid);
  const second = startLocalCloudflare({ stateDir, portBase: 0, report: () => undefined });
  await expect(second).rejects.toBeInstanceOf(StateInUseError);
  await expect(second).rejects.toThrow(String(driver.child.pid));
  expect(processesOf(stateDir).map(({ pid }) => pid)).toEqual(before);
  expect(await (await ask(driver, '/add?n=0')).json()).toBe(5);
});

test('two folders run side by side', { timeout: LIMIT_MS }, async () => {
  const [first, second] = await Promise.all([openCloud(), openCloud()]);
  expect(first.cloud.apiUrl).not.toBe(second.cloud.apiUrl);
  expect(first.cloud.apiToken).not.toBe(second.cloud.apiToken);
  await Promise.all([first.close(), second.close()]);
});

test('after SIGKILL what was left ends by itself, only that, and the next start has the data', {
  timeout: LIMIT_MS,
}, async () => {
  await prepare(5);
  const driver = await drive();
  expect(await (await ask(driver, '/add?n=1')).json()).toBe(6);
  const orphans = processesOf(stateDir).map(({ pid }) => pid);
  expect(orphans).toContain(userWorkerPid(stateDir, 'alpha'));
  const strangers = [decoy(`${stateDir}-other`), decoy(''), decoy(stateDir.slice(0, -1))];
  driver.child.kill('SIGKILL');
  await once(driver.child, 'exit');
  await until('the end of what it started', () => !orphans.some(isAlive));

  const again = await drive();
  expect(strangers.map(({ pid = 0 }) => isAlive(pid))).toEqual([true, true, true]);
  expect(again.reported).toEqual([
    expect.stringMatching(/did not stop cleanly; ended \d+ of its processes/),
  ]);
  expect(await (await ask(again, '/add?n=0')).json()).toBe(6);
});

test('every write that was acknowledged before a SIGKILL of everything is there after it', {
  timeout: LIMIT_MS,
}, async () => {
  await prepare(0);
  const driver = await drive();
  let acknowledged = 0;
  let sent = 0;
  const writer = async (): Promise<void> => {
    for (;;) {
      sent += 1;
      const value: unknown = await (await ask(driver, '/add?n=1')).json();
      if (typeof value !== 'number') return;
      acknowledged += 1;
    }
  };
  const writers = Array.from({ length: 4 }, () => writer().catch(() => undefined));
  await until('some writes', () => acknowledged >= 50);
  const own = processesOf(stateDir).map(({ pid }) => pid);
  driver.child.kill('SIGKILL');
  for (const pid of own.filter(exists)) process.kill(pid, 'SIGKILL');
  await Promise.all(writers);

  const again = await drive();
  const value = Number(await (await ask(again, '/add?n=0')).json());
  expect(value).toBeGreaterThanOrEqual(acknowledged);
  expect(value).toBeLessThanOrEqual(sent);
});

test('SIGTERM is an orderly stop: the process ends and leaves nothing', {
  timeout: LIMIT_MS,
}, async () => {
  await prepare(2);
  const driver = await drive();
  await ask(driver, '/version');
  driver.child.kill('SIGTERM');
  const [code] = (await once(driver.child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(processesOf(stateDir)).toEqual([]);
});
