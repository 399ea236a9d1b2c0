// `z0 dev` in a process of its own, as a developer runs it in a terminal: what it says is read from its
// stdout, one event a line. It signals no process but the one it started, and those of that one's group.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));
const LIMIT_MS = 90_000;

export interface DevEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export class DevProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #events: DevEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #said = '';
  /** Events that were looked at. */
  #read = 0;

  constructor(cwd: string, args: readonly string[] = []) {
    const { Z0_STATE: _unset, ...env } = process.env;
    this.child = spawn(process.execPath, [Z0, 'dev', '--json', '--port-base', '0', ...args], {
      cwd,
      env: { ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a terminal gives it one.
      detached: true,
    });
    let text = '';
    this.child.stdout.on('data', (chunk: Buffer) => {
      const lines = `${text}${chunk.toString()}`.split('\n');
      text = lines.pop() ?? '';
      // It printed them itself.
      this.#events.push(...lines.map((line) => JSON.parse(line) as DevEvent));
      for (const look of this.#waiting) look();
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    this.child.once('close', () => {
      for (const look of this.#waiting) look();
    });
  }

  /** What it told a person. */
  get said(): string {
    return this.#said;
  }

  /** The next event of this kind; what comes before it is passed over. */
  async next(kind: string): Promise<DevEvent> {
    return this.#until(() => this.#take(kind), kind);
  }

  /** Writes `text` as an editor does, and answers what becomes of it. */
  async save(path: string, text: string): Promise<DevEvent> {
    this.#read = this.#events.length;
    const draft = `${path}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, path);
    return this.#until(() => this.#take('live', 'fault'), `an answer to ${path}`);
  }

  /** How it ended, and the code it ended with. */
  async ended(): Promise<unknown> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const [code]: unknown[] = await once(this.child, 'exit', {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return code;
  }

  /** As Ctrl-C does it: to this process and to all of its group at once. */
  async interrupt(): Promise<unknown> {
    if (this.child.pid === undefined) throw new TypeError('it never started');
    process.kill(-this.child.pid, 'SIGINT');
    return this.ended();
  }

  #take(...kinds: string[]): DevEvent | undefined {
    const index = this.#events.findIndex(
      (one, at) => at >= this.#read && kinds.includes(one.event),
    );
    if (index === -1) return undefined;
    this.#read = index + 1;
    return this.#events[index];
  }

  async #until(look: () => DevEvent | undefined, what: string): Promise<DevEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<DevEvent>();
    const check = (): void => {
      const found = look();
      if (found !== undefined) resolve(found);
      else if (this.child.exitCode !== null) reject(new Error(`it ended: ${this.#said}`));
    };
    const timer = setTimeout(() => {
      const events = JSON.stringify(this.#events.slice(-5));
      reject(new Error(`no ${what} within ${LIMIT_MS} ms: ${events}\n${this.#said}`));
    }, LIMIT_MS);
    this.#waiting.add(check);
    try {
      check();
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }
}

/** Where the ledgers of a project of `z0 init` are. */
export const ledgersOf = (dir: string): string => join(dir, 'src/ledgers.ts');
