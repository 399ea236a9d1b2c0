// One workerd process with one user Worker in it: start, drain, end, and why it ended. It decides
// nothing about when; the supervisor does.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, rmSync } from 'node:fs';
import { request } from 'node:http';
import { setPriority } from 'node:os';
import { type Config, serializeConfig } from 'miniflare';
import workerd from 'workerd';
import { markedEnv } from './process-marks.ts';
import { openSockets, sample } from './watchdog.ts';

/** Why a process is no longer there. `drained`: it had answered all it was given. */
export type EndReason = 'drained' | 'crashed' | 'cpu' | 'memory' | 'wall' | 'reply';

// Cloudflare's own words, which dispatch Workers match on.
export const END_MESSAGES: Record<Exclude<EndReason, 'drained'>, string> = {
  cpu: 'Worker exceeded CPU time limit.',
  memory: 'Worker exceeded memory limit.',
  wall: 'Worker exceeded wall time limit.',
  reply: 'Worker exceeded reply size limit.',
  crashed: 'Network connection lost.',
};

/** What tells one process from every other of the same run. */
export interface ProcessIdentity {
  readonly generation: number;
  /** Which of the dispatch bindings' sockets it listens on; free again once it ended. */
  readonly slot: number;
  /** Unguessable; a request that carries another one is refused. */
  readonly token: string;
}

/** What a process has to do. */
interface Load {
  readonly inFlight: number;
  /** WebSockets it ever accepted. */
  readonly upgrades: number;
}

/** The code did not start; the message is the runtime's own. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

export interface ProcessFiles {
  readonly stateDir: string;
  /** Unix socket paths; short, because the system caps them near 100 bytes. */
  readonly frontSocket: string;
  readonly controlSocket: string;
  readonly logFile: string;
}

const LOG_LIMIT_BYTES = 5 * 1024 * 1024;
const START_LIMIT_MS = 10_000;
/** Cloudflare gives a script a second; a trial runs it twice, and workerd needs some of it itself. */
const START_CPU_LIMIT_MS = 2500;
const START_LOOK_MS = 100;
/** As `nice` counts: 0 is usual, 19 the last in line. */
const LOW_PRIORITY = 10;
/** One line of workerd's control pipe; a unix socket has no port of its own. */
const LISTENING = /"socket":"([^"]+)"(?:,"port":(\d+))?/g;

export class UserWorkerProcess {
  readonly identity: ProcessIdentity;
  readonly files: ProcessFiles;
  readonly #child: ChildProcess;
  readonly exited: Promise<void>;
  #endReason: EndReason | undefined;
  #streams = false;
  /** Sockets of a process that nobody is connected to. */
  #ownSockets = 0;

  private constructor(identity: ProcessIdentity, files: ProcessFiles, child: ChildProcess) {
    this.identity = identity;
    this.files = files;
    this.#child = child;
    let heapExhausted = false;
    child.stderr?.on('data', (chunk: Buffer) => {
      heapExhausted ||= chunk.toString().includes('out of memory');
    });
    this.exited = new Promise((resolve) => {
      // 'close' comes after the last output, which tells a full heap from other crashes.
      child.once('close', () => {
        this.#endReason ??= heapExhausted ? 'memory' : 'crashed';
        for (const socket of [files.frontSocket, files.controlSocket]) {
          rmSync(socket, { force: true });
        }
        resolve();
      });
    });
  }

  /** Starts workerd with `config` and resolves once it accepts connections; rejects with its words. */
  static async start(
    identity: ProcessIdentity,
    config: Config,
    files: ProcessFiles,
  ): Promise<UserWorkerProcess> {
    // On the command line, so that the script's name shows in a list of processes.
    const control = `--socket-addr=control=unix:${files.controlSocket}`;
    const child = spawnWorkerd(config, files.stateDir, [control]);
    pipeLog(child, files.logFile);
    const started = new UserWorkerProcess(identity, files, child);
    await socketsListening(child, ['front', 'control']);
    started.#ownSockets = openSockets(child.pid ?? 0);
    return started;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Connections to the process and from it: no fewer than the requests that wait in it. */
  get connections(): number {
    return Math.max(0, openSockets(this.#child.pid ?? 0) - this.#ownSockets);
  }

  get endReason(): EndReason | undefined {
    return this.#endReason;
  }

  /** Ends the process at once; requests inside it are lost, which `reason` tells their callers. */
  async kill(reason: EndReason): Promise<void> {
    this.#endReason ??= reason;
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Refuses new requests, waits up to `limitMs` for those inside, then ends the process. */
  async drain(limitMs: number): Promise<void> {
    const rest = await this.control(`/drain?limit_ms=${limitMs}`, limitMs + 1000);
    if (rest?.inFlight !== 0) return this.kill('crashed');
    // SIGTERM lets workerd write its last answers to the end; a kill could cut one that was counted
    // as given, and its request would be sent again.
    this.#endReason ??= 'drained';
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.#endReason = 'crashed';
      this.#child.kill('SIGKILL');
    }, limitMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** It answers with streams, whose ends only its connections tell. */
  startedStreams(): void {
    this.#streams = true;
  }

  /** Whether it has requests, streams or WebSockets, or is too busy to say. */
  async isBusy(): Promise<boolean> {
    const load = await this.control('/', 1000);
    if (load === undefined || load.inFlight > 0) return true;
    // Of both only the beginning is seen; connections that callers keep for later end by themselves.
    return (this.#streams || load.upgrades > 0) && this.connections > 0;
  }

  /** What is inside, or `undefined` when the process does not answer in time. */
  control(path: string, timeoutMs: number): Promise<Load | undefined> {
    return new Promise((resolve) => {
      const { controlSocket: socketPath } = this.files;
      // A connection of its own: one that is kept would count as somebody's.
      const options = { socketPath, path, timeout: timeoutMs, agent: false };
      const call = request(options, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => resolve(loadOf(body)));
      });
      call.on('timeout', () => call.destroy());
      call.on('error', () => resolve(undefined));
      call.end();
    });
  }
}

/** Starts workerd with `config`; the process carries the mark of `stateDir`. */
export function spawnWorkerd(
  config: Config,
  stateDir: string,
  args: readonly string[],
): ChildProcess {
  const child = spawn(
    workerd.default,
    ['serve', '--binary', '--experimental', '--control-fd=3', ...args, '-'],
    { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env: markedEnv(stateDir) },
  );
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(serializeConfig(config));
  return child;
}

/** Others go first wherever the processors do not suffice for all. */
export function lowerPriority({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, LOW_PRIORITY);
  } catch {
    // It ended meanwhile.
  }
}

/** Resolves once the control pipe has named every socket in `names`, with their ports. */
export function socketsListening(
  child: ChildProcess,
  names: readonly string[],
): Promise<Map<string, number>> {
  return new Promise((resolve, reject) => {
    const ports = new Map<string, number>();
    let stderr = '';
    let events = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < 4000) stderr += chunk.toString();
    });
    const over = (message: string): void => {
      clearTimeout(timer);
      clearInterval(watch);
      child.kill('SIGKILL');
      reject(new StartupError(message));
    };
    const refuse = (): void => over(startupMessage(stderr));
    const timer = setTimeout(refuse, START_LIMIT_MS);
    const watch = setInterval(() => {
      const cpuMs = sample(child.pid ?? 0)?.cpuMs ?? 0;
      // Cloudflare's own words.
      if (cpuMs > START_CPU_LIMIT_MS) over('Script startup exceeded CPU time limit.');
    }, START_LOOK_MS);
    child.once('error', refuse);
    child.once('exit', refuse);
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      events += chunk.toString();
      for (const [, socket = '', port] of events.matchAll(LISTENING))
        ports.set(socket, Number(port));
      if (!names.every((name) => ports.has(name))) return;
      clearTimeout(timer);
      clearInterval(watch);
      child.off('exit', refuse);
      resolve(ports);
    });
  });
}

/** The lines a developer can act on, without workerd's own stack addresses. */
function startupMessage(stderr: string): string {
  const lines = stderr
    .split('\n')
    .filter(
      (line) =>
        line.trim() !== '' &&
        !line.startsWith('stack:') &&
        // The same code once more; see startup-check.ts.
        !line.startsWith('service described:') &&
        !line.includes('became the default'),
    )
    .map((line) => line.replace(/^service user: /, ''));
  return lines.slice(0, 8).join('\n') || 'The script did not start.';
}

function pipeLog(child: ChildProcess, file: string): void {
  const log = createWriteStream(file, { flags: 'a', mode: 0o600 });
  let written = 0;
  const write = (chunk: Buffer): void => {
    if (written > LOG_LIMIT_BYTES) return;
    written += chunk.byteLength;
    log.write(written > LOG_LIMIT_BYTES ? '… log limit reached, the rest is dropped\n' : chunk);
  };
  child.stdout?.on('data', write);
  child.stderr?.on('data', write);
  child.once('close', () => log.end());
}

function loadOf(body: string): Load | undefined {
  try {
    // The door is ours and in the same release: its answers are not parsed further.
    return JSON.parse(body) as Load;
  } catch {
    return undefined;
  }
}
