// Starts and ends a whole platform as a user does, `z0 up` in a child process, with a state folder
// and ports of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalState } from '../../infra/cli/local-state.ts';
import { markedProcesses } from '../../infra/local/runtime/process-marks.ts';

export const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));
const START_LIMIT_MS = 90_000;

export const newStateDir = (): string => mkdtempSync(join(tmpdir(), 'z0-e2e-'));

export class PlatformProcess {
  readonly stateDir: string;
  readonly state: LocalState;
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(stateDir: string, child: ChildProcess, output: () => string) {
    this.stateDir = stateDir;
    this.#child = child;
    this.#output = output;
    this.state = readState(stateDir);
  }

  /** Resolves once `local.json` says that it is ready. */
  static async start(stateDir: string, args: readonly string[] = []): Promise<PlatformProcess> {
    rmSync(join(stateDir, 'local.json'), { force: true });
    const child = spawn(
      process.execPath,
      [Z0, 'up', '--port-base', '0', '--state', stateDir, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const ready = (): boolean => existsSync(join(stateDir, 'local.json'));
    await until(
      () => ready() || child.exitCode !== null,
      START_LIMIT_MS,
      () => output,
    );
    if (!ready()) throw new Error(`the platform did not start:\n${output}`);
    return new PlatformProcess(stateDir, child, () => output);
  }

  get output(): string {
    return this.#output();
  }

  /** Sends `signal` to the parent alone and answers once it ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => {
      this.#child.once('exit', resolve);
    });
    this.#child.kill(signal);
    await ended;
  }

  /** `kill -9` of the parent and of every process it started. */
  async killEverything(): Promise<void> {
    const ended = this.end('SIGKILL');
    for (const pid of this.children()) kill(pid);
    await ended;
    await until(() => this.children().length === 0, 5_000);
  }

  /** Processes that carry this platform's mark; with `script`, those of one user Worker. */
  children(script = ''): number[] {
    return markedProcesses(this.stateDir, script);
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

/** Polls `condition`; fails loudly when it does not hold in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  limitMs: number,
  explain: () => string = () => 'the condition never held',
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms: ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function readState(stateDir: string): LocalState {
  // Written by the platform under test; the first-run test checks its shape.
  return JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')) as LocalState;
}
