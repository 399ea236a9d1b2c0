// The embedded Cloudflare as one thing: API, account Workers, user Workers, one state folder. It
// knows nothing of tenants or of this platform; any Workers for Platforms project can run on it.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { createApiApp } from './api/api-app.ts';
import type { RuntimeAccess } from './api/api-context.ts';
import { AccountRuntime } from './runtime/account-runtime.ts';
import type { LifeCycleLimits } from './runtime/life-cycle.ts';
import { guardOrphans } from './runtime/orphan-guard.ts';
import { planPorts } from './runtime/ports.ts';
import { endMarkedProcesses } from './runtime/process-marks.ts';
import { tryCode } from './runtime/startup-check.ts';
import { releaseLock, takeLock } from './runtime/state-lock.ts';
import { Supervisor, slotAddresses } from './runtime/supervisor.ts';
import { serveSupervisor } from './runtime/supervisor-server.ts';
import { TailHub } from './runtime/tail-hub.ts';
import { serveTails } from './runtime/tail-sockets.ts';
import { TailSwitch } from './runtime/tail-switch.ts';
import { type Script, ScriptStore } from './state/script-store.ts';
import { StateStore } from './state/state-store.ts';
import { writeWhole } from './state/whole-file.ts';
import { type CallLimits, DEFAULT_CALL_LIMITS } from './worker-code/call-limits.ts';

export interface LocalCloudflareOptions {
  /** Everything is kept here; created when missing. */
  readonly stateDir: string;
  /** First port; 0 takes free ones. */
  readonly portBase: number;
  /** Gets one line for a person to read. */
  readonly report: (line: string) => void;
  /** When processes of user Workers stop by themselves. */
  readonly lifeCycle?: LifeCycleLimits;
  /** Of one dispatched call. */
  readonly callLimits?: CallLimits;
}

export interface LocalCloudflare {
  readonly accountId: string;
  readonly apiToken: string;
  readonly apiUrl: string;
  /** Any account Worker, by `Host: <script>.workers.localhost`. */
  readonly workersUrl: string;
  /** The Worker's own address; fixed for this run, also before it is uploaded. */
  workerUrl(script: string): string;
  /** Resolves once every uploaded account Worker runs. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** The folder is in use by a live process. */
export class StateInUseError extends Error {
  constructor(stateDir: string, pid: number) {
    super(`${stateDir} is in use by process ${pid}; stop that one first or name another --state`);
    this.name = 'StateInUseError';
  }
}

/** Starts the embedded Cloudflare, after ending what a killed one left behind in `stateDir`. */
export async function startLocalCloudflare(
  options: LocalCloudflareOptions,
): Promise<LocalCloudflare> {
  // Whatever was started is ended in reverse, on close and when a later part does not start.
  const started = new AsyncDisposableStack();
  try {
    return await start(options, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function start(
  options: LocalCloudflareOptions,
  started: AsyncDisposableStack,
): Promise<LocalCloudflare> {
  const stateDir = resolve(options.stateDir);
  const folder = join(stateDir, 'cloudflare');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socketDir = await claimStateDir(stateDir, options.report);
  started.defer(() => {
    rmSync(socketDir, { recursive: true, force: true });
    releaseLock(stateDir);
  });
  started.defer(guardOrphans(stateDir));
  const credentials = loadCredentials(join(folder, 'credentials.json'));
  const ports = await planPorts(options.portBase, join(folder, 'ports.json'));
  const state = new StateStore(join(folder, 'state.sqlite'));
  started.defer(() => state.close());
  const scripts = new ScriptStore(state);
  const supervisorAddress = `unix:${join(socketDir, 'supervisor')}`;
  const hub = new TailHub();
  const tails = new TailSwitch(hub);
  const account = new AccountRuntime({
    stateDir,
    supervisorAddress,
    slotAddresses: slotAddresses(socketDir),
    callLimits: options.callLimits ?? DEFAULT_CALL_LIMITS,
    ports,
    state,
    scripts,
    report: options.report,
    isTailed: () => hub.isAccountWatched(),
  });
  const supervisor = new Supervisor(
    { stateDir, socketDir, supervisorAddress, tails },
    scripts,
    options.report,
    options.lifeCycle,
  );
  const ear = await serveSupervisor(join(socketDir, 'supervisor'), supervisor, account, hub);
  started.defer(() => stopServer(ear));
  started.defer(async () => {
    await Promise.all([account.close(), supervisor.close()]);
  });
  const runtime = runtimeAccess(stateDir, account, supervisor, tails);
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  const workerUrl = (script: string): string => url(ports.portOf(script));
  const app = createApiApp({ ...credentials, state, scripts, runtime, workerUrl }, options.report);
  const api = await listen(app.fetch, ports.api);
  started.defer(() => stopServer(api));
  started.defer(serveTails(api, hub));
  return {
    ...credentials,
    apiUrl: `${url(ports.api)}/client/v4`,
    workersUrl: url(ports.workers),
    workerUrl,
    ready: async () => {
      await account.ready();
    },
    close: () => started.disposeAsync(),
  };
}

function stopServer(server: { close(done: () => void): unknown }): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
  });
}

function runtimeAccess(
  stateDir: string,
  account: AccountRuntime,
  supervisor: Supervisor,
  tails: TailSwitch,
): RuntimeAccess {
  const tailed = {
    accountTailed: () => account.tailed(),
    startAnew: (script: Script) => supervisor.replace(script),
  };
  return {
    tails: {
      open: (script, filters) => tails.open(script, filters, tailed),
      list: (script) => tails.list(script),
      close: (script, id) => tails.close(script, id),
    },
    resources: account,
    accountChanged: () => account.changed(),
    tryCode: (upload) => tryCode(upload, stateDir),
    userWorkerReplaced: (script) => supervisor.replace(script),
    userWorkerDeleted: (script) => supervisor.remove(script),
  };
}

/** Takes the lock, ends leftovers of a killed run, and answers a fresh folder for unix sockets. */
async function claimStateDir(stateDir: string, report: (line: string) => void): Promise<string> {
  // Not inside the state folder: a unix socket's path may not be longer than about 100 bytes.
  const socketDir = mkdtempSync(join(tmpdir(), 'z0-'));
  const lock = takeLock(stateDir, socketDir);
  if (!lock.ok) {
    rmSync(socketDir, { recursive: true, force: true });
    throw new StateInUseError(stateDir, lock.pid);
  }
  if (lock.staleSocketDir !== undefined) {
    const ended = await endMarkedProcesses(stateDir);
    rmSync(lock.staleSocketDir, { recursive: true, force: true });
    report(`the last run did not stop cleanly; ended ${ended} of its processes`);
  }
  return socketDir;
}

function loadCredentials(path: string): { accountId: string; apiToken: string } {
  if (existsSync(path)) {
    // Written by the branch below and readable by its owner alone.
    return JSON.parse(readFileSync(path, 'utf8')) as { accountId: string; apiToken: string };
  }
  const credentials = {
    accountId: randomBytes(16).toString('hex'),
    apiToken: randomBytes(30).toString('base64url'),
  };
  writeWhole(path, JSON.stringify(credentials));
  return credentials;
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<ServerType> {
  return new Promise((done, refuse) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, () => done(server));
    server.once('error', refuse);
  });
}
