// Kills processes of an embedded Cloudflare in use, `kill -9`, one random moment after the other, and
// tells what was lost. It signals only processes that carry the mark of its own state folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { CloudProcess } from './cloud-process.ts';
import type { Fault } from './kept-promises.ts';
import { KilledProject, pause } from './killed-project.ts';
import { isAlive, processesOf, type SeenProcess } from './processes.ts';
import { makeStateDir } from './test-cloud.ts';

/** What is killed, and how often of all moments. */
const KINDS = {
  'the parent': 4,
  'the parent while it starts': 1,
  'the parent and all it started': 1,
  'the account Workers': 4,
  'the account Workers twice': 1,
  'a user Worker': 4,
  'a user Worker while it starts': 2,
  'a user Worker while it is replaced': 3,
  'an upload on trial': 2,
} as const;
export type Kind = keyof typeof KINDS;

export interface KillFigures {
  readonly moments: Map<Kind, number>;
  readonly acknowledged: number;
  readonly changes: number;
  /** Requests without success by what they were told: `0` for a connection that broke. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly faults: readonly Fault[];
  readonly starts: readonly number[];
  /** From each kill until everything was served and looked at again; milliseconds. */
  readonly backMs: readonly number[];
}

const LONGEST_WAIT_MS = 200;
const LONGEST_START_MS = 1500;
const LOOK_LIMIT_MS = 3000;
const LOOK_EVERY_MS = 3;

/** A small generator, so that a run can be had again by its seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs a project on a new state folder through `moments` kills. */
export async function runKills(
  moments: number,
  seed: number,
  tell: (line: string) => void = () => undefined,
): Promise<KillFigures> {
  const stateDir = makeStateDir();
  const strangers = [decoy(`${stateDir}-other`), decoy('')];
  let run: KillRun | undefined;
  try {
    run = await KillRun.prepare(stateDir, seeded(seed));
    for (const kind of planned(moments, seeded(seed + 1))) tell(await run.moment(kind));
    const figures = await run.finish();
    const dead = strangers.filter(({ pid = 0 }) => !isAlive(pid));
    const faults = dead.map((): Fault => ({ kind: 'lost', what: 'a process that is not ours' }));
    return { ...figures, faults: [...figures.faults, ...faults] };
  } finally {
    await run?.abandon();
    for (const stranger of strangers) stranger.kill('SIGKILL');
    for (const { pid } of processesOf(stateDir)) kill(pid);
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Every kind once at least, the rest by weight, in random order. */
function planned(moments: number, random: () => number): Kind[] {
  const kinds = Object.keys(KINDS).filter((key): key is Kind => key in KINDS);
  const weighted = kinds.flatMap((kind) => Array.from({ length: KINDS[kind] }, () => kind));
  const plan = kinds.slice(0, moments);
  for (let index = 0; plan.length < moments; index += 1) {
    const kind = weighted[Math.floor((index * 7) % weighted.length)];
    if (kind !== undefined) plan.push(kind);
  }
  return plan
    .map((kind) => ({ kind, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ kind }) => kind);
}

/** A process that only looks like one of ours: marked with another state folder. */
function decoy(mark: string): ChildProcess {
  const env = { ...process.env, Z0_LOCAL_STATE: mark };
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env, stdio: 'ignore' });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

class KillRun {
  readonly #stateDir: string;
  readonly #random: () => number;
  readonly #project: KilledProject;
  readonly #moments = new Map<Kind, number>();
  readonly #faults: Fault[] = [];
  readonly #starts: number[] = [];
  readonly #backMs: number[] = [];
  /** Whose turn it is to be killed: none so often that its breaker opens. */
  #next = 0;

  private constructor(stateDir: string, random: () => number, project: KilledProject) {
    this.#stateDir = stateDir;
    this.#random = random;
    this.#project = project;
  }

  static async prepare(stateDir: string, random: () => number): Promise<KillRun> {
    const project = await KilledProject.deploy(await CloudProcess.start(stateDir), random);
    project.begin();
    return new KillRun(stateDir, random, project);
  }

  /** Answers one line about it. */
  async moment(kind: Kind): Promise<string> {
    await pause(this.#random() * LONGEST_WAIT_MS);
    const killedAt = performance.now();
    await this.#kill(kind);
    this.#moments.set(kind, (this.#moments.get(kind) ?? 0) + 1);
    const faults = await this.#project.faults();
    const backMs = performance.now() - killedAt;
    this.#backMs.push(backMs);
    this.#faults.push(...faults.map((fault) => ({ ...fault, what: `${kind}: ${fault.what}` })));
    return `${kind}: back after ${backMs.toFixed(0)} ms, ${faults.length} faults`;
  }

  async finish(): Promise<KillFigures> {
    await this.#project.stop();
    this.#faults.push(...(await this.#project.faults()));
    await this.#project.cloud.end('SIGTERM');
    const left = processesOf(this.#stateDir).length;
    if (left > 0) this.#faults.push({ kind: 'lost', what: `${left} processes outlive the end` });
    return {
      moments: this.#moments,
      acknowledged: this.#project.acknowledged,
      changes: this.#project.changes,
      refusals: this.#project.refusals,
      faults: this.#faults,
      starts: this.#starts,
      backMs: this.#backMs,
    };
  }

  /** After a failure, too: nothing of it goes on. */
  async abandon(): Promise<void> {
    await this.#project.cloud.end('SIGKILL');
    await this.#project.stop();
  }

  async #kill(kind: Kind): Promise<void> {
    switch (kind) {
      case 'the parent':
      case 'the parent and all it started':
        return this.#killParent(kind === 'the parent and all it started');
      case 'the parent while it starts':
        return this.#killParent(false, true);
      case 'the account Workers':
        return this.#killSeen(isAccount);
      case 'the account Workers twice':
        await this.#killSeen(isAccount);
        await pause(this.#random() * LONGEST_WAIT_MS);
        return this.#killSeen(isAccount);
      case 'a user Worker':
        return this.#killSeen(serves(this.#nextShop()));
      case 'a user Worker while it starts': {
        const shop = this.#nextShop();
        await this.#killSeen(serves(shop));
        return this.#killSeen(serves(shop), this.#random() * 40);
      }
      case 'a user Worker while it is replaced': {
        const shop = this.#nextShop();
        const replaced = this.#project.replace(shop);
        await pause(this.#random() * LONGEST_WAIT_MS);
        await this.#killSeen(serves(shop));
        return replaced;
      }
      case 'an upload on trial': {
        const replaced = this.#project.replace(this.#nextShop());
        await this.#killSeen(isTrial, this.#random() * 40);
        return replaced;
      }
    }
  }

  #nextShop(): string {
    const { shops } = this.#project;
    this.#next += 1;
    return shops[this.#next % shops.length] ?? '';
  }

  /** Kills the process that `is` meant, when there is one or comes one, a moment after it was seen. */
  async #killSeen(is: (one: SeenProcess) => boolean, afterMs = 0): Promise<void> {
    const deadline = performance.now() + LOOK_LIMIT_MS;
    while (performance.now() < deadline) {
      // One that was killed before and is not buried yet has no environment any more.
      const found = processesOf(this.#stateDir).findLast(is);
      if (found !== undefined) {
        await pause(afterMs);
        kill(found.pid);
        return;
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  async #killParent(everything: boolean, whileStarting = false): Promise<void> {
    const { cloud } = this.#project;
    const children = processesOf(this.#stateDir);
    const ended = cloud.end('SIGKILL');
    if (everything) for (const { pid } of children) kill(pid);
    await ended;
    if (whileStarting) await this.#killStarting();
    await this.#restart();
    const left = children.filter(({ pid }) => isAlive(pid));
    if (left.length > 0) {
      this.#faults.push({
        kind: 'lost',
        what: `${left.length} processes of the run before live on`,
      });
    }
  }

  async #killStarting(): Promise<void> {
    const child = CloudProcess.spawn(this.#stateDir);
    const ended = once(child, 'exit');
    await pause(this.#random() * LONGEST_START_MS);
    child.kill('SIGKILL');
    await ended;
  }

  async #restart(): Promise<void> {
    const { cloud: before } = this.#project;
    const startedAt = performance.now();
    const cloud = await CloudProcess.start(this.#stateDir);
    this.#starts.push(performance.now() - startedAt);
    this.#project.cloud = cloud;
    const moved = (
      ['cloudflare_api_url', 'workers_url', 'account_id', 'api_token'] as const
    ).filter((name) => cloud.state[name] !== before.state[name]);
    for (const name of moved) this.#faults.push({ kind: 'lost', what: `${name} is another` });
  }
}

const serves =
  (script: string) =>
  ({ command }: SeenProcess): boolean =>
    command.includes('--socket-addr=control=unix:') && command.includes(`/${script}.`);

/** Miniflare's own. */
const isAccount = ({ command }: SeenProcess): boolean => command.includes('--external-addr=');

const isTrial = ({ command }: SeenProcess): boolean =>
  command.includes('--control-fd=3 -') && !command.includes('--socket-addr=');
