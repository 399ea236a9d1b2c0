// Keeps one process per user Worker: starts it on the first request, replaces it on upload, ends it
// when it goes over its limits, and tells callers how a process ended. Never touches another one's.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DispatchSettings, Script, ScriptStore } from '../state/script-store.ts';
import type { CallLimit } from '../worker-code/call-limits.ts';
import { CrashBreaker } from './crash-breaker.ts';
import { nextAlarmMs } from './due-alarms.ts';
import { DEFAULT_LIMITS, type LifeCycleLimits, type LiveProcess } from './life-cycle.ts';
import { socketName } from './process-marks.ts';
import { Sweeper } from './sweeper.ts';
import type { TailSwitch } from './tail-switch.ts';
import { userWorkerConfig } from './user-worker-config.ts';
import {
  END_MESSAGES,
  type EndReason,
  type ProcessFiles,
  type ProcessIdentity,
  StartupError,
  UserWorkerProcess,
} from './user-worker-process.ts';
import { hardCpuLimitMs, judge, type Probe, type Sample, sample } from './watchdog.ts';

export interface SupervisorPlace {
  readonly stateDir: string;
  readonly socketDir: string;
  readonly supervisorAddress: string;
  readonly tails: TailSwitch;
}

export type Verdict =
  | { kind: 'running' }
  | { kind: 'drained' }
  | { kind: 'ended'; message: string };

/** A request that was given to a process and not answered. */
export interface LostRequest {
  readonly generation: number;
  readonly sentAtMs: number;
}

/** One process of all that a script ever had. */
interface ProcessName {
  readonly namespace: string;
  readonly script: string;
  readonly generation: number;
}

interface Slot {
  process: UserWorkerProcess | undefined;
  /** From the moment there is room for it until it runs. */
  starting: Promise<UserWorkerProcess> | undefined;
  /** From the first request for it until it runs. */
  waiting: Promise<UserWorkerProcess> | undefined;
  /** What `process` runs. */
  script: Script | undefined;
  /** Settles when a replacement under way is over; new requests wait for it. */
  gate: Promise<void>;
  /** `undefined` until it is dispatched to, or asks for them. */
  settings: DispatchSettings | undefined;
  /** When it was last asked for or did something; milliseconds since 1970. */
  activeMs: number;
  probe: Probe | undefined;
  lastSample: Sample | undefined;
  readonly breaker: CrashBreaker;
  readonly ended: Map<number, { readonly reason: EndReason; readonly atMs: number }>;
}

const DEFAULT_CPU_MS = 50;
const WATCH_INTERVAL_MS = 100;
const DRAIN_LIMIT_MS = 5000;
const REMEMBERED_ENDS = 16;

/** How many user Workers can run at once: dispatch bindings know this many sockets beforehand. */
const SLOTS = 128;

/** The addresses that dispatch bindings are given, by slot. */
export function slotAddresses(socketDir: string): string[] {
  return Array.from({ length: SLOTS }, (_, slot) => `unix:${frontSocket(socketDir, slot)}`);
}

function frontSocket(socketDir: string, slot: number): string {
  return join(socketDir, `front-${slot}`);
}

export class Supervisor {
  readonly #place: SupervisorPlace;
  readonly #scripts: ScriptStore;
  readonly #report: (line: string) => void;
  readonly #slots = new Map<string, Slot>();
  readonly #watch: NodeJS.Timeout;
  readonly #sweeper: Sweeper;
  readonly #freeSlots: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  #generation = 0;
  #closed = false;

  constructor(
    place: SupervisorPlace,
    scripts: ScriptStore,
    report: (line: string) => void,
    limits: LifeCycleLimits = DEFAULT_LIMITS,
  ) {
    this.#place = place;
    this.#scripts = scripts;
    this.#report = report;
    this.#watch = setInterval(() => this.#watchAll(), WATCH_INTERVAL_MS);
    const swept = {
      live: () => this.#live(),
      stop: (key: string) => this.#stop(key),
      start: (key: string) => this.#wake(key),
    };
    this.#sweeper = new Sweeper(swept, limits);
    // Alarms that were set before the last end are as good as any.
    for (const script of scripts.userWorkers()) {
      this.#sweeper.stopped(keyOf(script), nextAlarmMs(this.#storageDir(script)));
    }
  }

  /** The process that serves the script, started if need be; `undefined`: there is no such script. */
  async resolve(
    namespace: string,
    name: string,
    settings: DispatchSettings,
  ): Promise<UserWorkerProcess | undefined> {
    const slot = this.#slot(namespace, name);
    const isKnown = JSON.stringify(slot.settings) === JSON.stringify(settings);
    slot.settings = settings;
    slot.activeMs = Date.now();
    await slot.gate;
    const script = this.#scripts.find(namespace, name);
    if (script !== undefined && !isKnown) this.#scripts.setDispatchSettings(script, settings);
    if (slot.process?.endReason === undefined && slot.process !== undefined) return slot.process;
    return script && this.#started(slot, script);
  }

  /** What became of the process that a caller lost: the caller decides whether to try again. */
  async verdict(namespace: string, name: string, lost: LostRequest): Promise<Verdict> {
    const { generation, sentAtMs } = lost;
    const slot = this.#slot(namespace, name);
    await slot.gate;
    const current = slot.process;
    if (current?.identity.generation === generation) {
      // Silent: ending, frozen or only busy. The system or the watchdog ends the first two.
      while (current.endReason === undefined) {
        if ((await current.control('/', 500)) !== undefined) return { kind: 'running' };
      }
      await current.exited;
    }
    const { reason, atMs } = slot.ended.get(generation) ?? { reason: 'crashed', atMs: sentAtMs };
    // Both clocks are this machine's, and ours is read after the end: no request inside is missed.
    if (reason === 'drained' || atMs < sentAtMs) return { kind: 'drained' };
    return { kind: 'ended', message: END_MESSAGES[reason] };
  }

  /** The process went over a limit that only its callers can see. */
  async over(process: ProcessName, limit: CallLimit): Promise<void> {
    await this.#named(process)?.kill(limit);
  }

  streams(process: ProcessName): void {
    this.#named(process)?.startedStreams();
  }

  /** What the script was dispatched with last: it holds for what it does by itself, too. */
  settingsOf(namespace: string, name: string): DispatchSettings {
    return this.#settingsOf(this.#slot(namespace, name));
  }

  /** New code: requests wait, the old process finishes what it has, removed classes lose their data. */
  async replace(script: Script): Promise<void> {
    await this.#closeGate(script, () => {
      const folder = this.#storageDir(script);
      const kept = new Set(this.#scripts.classes(script).map(({ uniqueKey }) => uniqueKey));
      for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
        if (!kept.has(entry)) rmSync(join(folder, entry), { recursive: true, force: true });
      }
    });
  }

  /** The script is gone: its process ends and its data with it. */
  async remove(script: Script): Promise<void> {
    await this.#closeGate(script, () =>
      rmSync(this.#storageDir(script), { recursive: true, force: true }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#sweeper.close();
    const slots = [...this.#slots.values()];
    await Promise.allSettled(slots.map(async (slot) => slot.waiting));
    await Promise.all(slots.map(async (slot) => slot.process?.kill('drained')));
  }

  async #started(slot: Slot, script: Script): Promise<UserWorkerProcess | undefined> {
    if (this.#closed) return undefined;
    const resting = slot.breaker.resting(Date.now());
    if (resting !== undefined) throw new StartupError(resting);
    slot.waiting ??= this.#sweeper
      .admit(SLOTS, () => {
        slot.starting = this.#start(slot, script).finally(() => {
          slot.starting = undefined;
        });
        return slot.starting;
      })
      .finally(() => {
        slot.waiting = undefined;
      });
    return slot.waiting;
  }

  #live(): LiveProcess[] {
    return [...this.#slots].flatMap(([key, { process, starting, activeMs, script }]) => {
      const always = async (): Promise<boolean> => true;
      if (starting) return [{ key, activeMs, isBusy: always, alarmMs: () => undefined }];
      if (!process || !script || process.endReason !== undefined) return [];
      const isBusy = (): Promise<boolean> => process.isBusy();
      return [{ key, activeMs, isBusy, alarmMs: () => nextAlarmMs(this.#storageDir(script)) }];
    });
  }

  /** Nothing is waited for but the process itself: a start that waits may be waiting for this. */
  async #stop(key: string): Promise<void> {
    const slot = this.#slots.get(key);
    const process = slot?.process;
    if (!slot || !process) return;
    const done = slot.gate.then(() => process.drain(DRAIN_LIMIT_MS));
    slot.gate = done.catch(() => undefined);
    await done;
  }

  /** For an alarm: workerd itself rings what is due once the process runs. */
  async #wake(key: string): Promise<void> {
    const script = this.#scripts.find(...partsOf(key));
    if (!script) return this.#sweeper.forget(key);
    const slot = this.#slot(script.namespace, script.name);
    slot.activeMs = Date.now();
    await slot.gate;
    if (!slot.process) await this.#started(slot, script);
  }

  async #start(slot: Slot, script: Script): Promise<UserWorkerProcess> {
    const identity = this.#newIdentity();
    const files = this.#files(script, identity);
    const storageDir = this.#storageDir(script);
    mkdirSync(storageDir, { recursive: true, mode: 0o700 });
    const config = userWorkerConfig(
      {
        ...script,
        modules: this.#scripts.modules(script),
        secrets: this.#scripts.secrets(script),
        classes: this.#scripts.classes(script),
      },
      {
        namespace: script.namespace,
        script: script.name,
        storageDir,
        frontAddress: `unix:${files.frontSocket}`,
        frontToken: identity.token,
        supervisorAddress: this.#place.supervisorAddress,
        isTailed: this.#place.tails.starting(script.namespace, script.name),
      },
    );
    const process = await UserWorkerProcess.start(identity, config, files).catch((error) => {
      this.#freeSlots.push(identity.slot);
      throw error;
    });
    slot.process = process;
    slot.script = script;
    slot.activeMs = Date.now();
    this.#sweeper.forget(keyOf(script));
    slot.probe = undefined;
    slot.lastSample = undefined;
    void process.exited.then(() => this.#ended(slot, script, process));
    return process;
  }

  #ended(slot: Slot, script: Script, process: UserWorkerProcess): void {
    const reason = process.endReason ?? 'crashed';
    this.#freeSlots.push(process.identity.slot);
    slot.ended.set(process.identity.generation, { reason, atMs: Date.now() });
    for (const old of [...slot.ended.keys()].slice(0, -REMEMBERED_ENDS)) slot.ended.delete(old);
    if (slot.process === process) slot.process = undefined;
    this.#sweeper.stopped(keyOf(script), nextAlarmMs(this.#storageDir(script)));
    if (reason === 'drained') return;
    slot.breaker.ended(Date.now(), END_MESSAGES[reason]);
    this.#place.tails.ended(script, reason);
    this.#report(`user Worker ${script.name} ended: ${reason}`);
  }

  async #closeGate(script: Script, afterwards: () => void): Promise<void> {
    const slot = this.#slot(script.namespace, script.name);
    const before = slot.gate;
    const work = async (): Promise<void> => {
      await before;
      await slot.waiting?.catch(() => undefined);
      await slot.process?.drain(DRAIN_LIMIT_MS);
      slot.breaker.reset();
      afterwards();
    };
    const done = work();
    slot.gate = done.catch(() => undefined);
    await done;
  }

  #watchAll(): void {
    for (const slot of this.#slots.values()) {
      const { process } = slot;
      if (process?.pid === undefined || process.endReason !== undefined) continue;
      const now = sample(process.pid);
      if (now === undefined) continue;
      const judgement = judge(slot.lastSample, now, slot.probe);
      if (now.cpuMs !== slot.lastSample?.cpuMs) slot.activeMs = Date.now();
      slot.lastSample = now;
      if (judgement === 'cpu' || judgement === 'memory') void process.kill(judgement);
      if (judgement === 'ask') this.#ask(slot, process, now);
    }
  }

  #ask(slot: Slot, process: UserWorkerProcess, now: Sample): void {
    const cpuMs = this.#settingsOf(slot).limits?.cpuMs ?? DEFAULT_CPU_MS;
    const { connections } = process;
    const probe: Probe = {
      askedAtCpuMs: now.cpuMs,
      allowedCpuMs: hardCpuLimitMs(cpuMs) + connections * cpuMs,
      answered: false,
    };
    slot.probe = probe;
    void process.control('/', 60_000).then(() => {
      probe.answered = true;
    });
  }

  /** Those of the last dispatch; of a run before this one when only an alarm has come yet. */
  #settingsOf(slot: Slot): DispatchSettings {
    slot.settings ??= slot.script && this.#scripts.dispatchSettings(slot.script);
    return slot.settings ?? {};
  }

  #named({ namespace, script, generation }: ProcessName): UserWorkerProcess | undefined {
    const { process } = this.#slot(namespace, script);
    return process?.identity.generation === generation ? process : undefined;
  }

  #slot(namespace: string, name: string): Slot {
    const key = keyOf({ namespace, name });
    const found = this.#slots.get(key);
    if (found !== undefined) return found;
    const slot: Slot = {
      process: undefined,
      starting: undefined,
      gate: Promise.resolve(),
      waiting: undefined,
      script: undefined,
      settings: undefined,
      activeMs: 0,
      probe: undefined,
      lastSample: undefined,
      breaker: new CrashBreaker(),
      ended: new Map(),
    };
    this.#slots.set(key, slot);
    return slot;
  }

  #storageDir(script: Script): string {
    return join(this.#place.stateDir, 'cloudflare', 'user-workers', script.uid);
  }

  #newIdentity(): ProcessIdentity {
    const slot = this.#freeSlots.shift();
    if (slot === undefined) throw new StartupError(`More than ${SLOTS} user Workers run at once.`);
    this.#generation += 1;
    return { generation: this.#generation, slot, token: randomBytes(16).toString('hex') };
  }

  #files(script: Script, { slot, generation }: ProcessIdentity): ProcessFiles {
    const { stateDir, socketDir } = this.#place;
    const name = `${socketName(script.name)}.${generation}`;
    return {
      stateDir,
      frontSocket: frontSocket(socketDir, slot),
      controlSocket: join(socketDir, `${name}.control`),
      logFile: join(stateDir, 'logs', `${script.uid}.log`),
    };
  }
}

/** Names one user Worker of all namespaces, and is taken apart again by `partsOf`. */
const keyOf = ({ namespace, name }: Pick<Script, 'namespace' | 'name'>): string =>
  JSON.stringify([namespace, name]);

// Made by `keyOf`.
const partsOf = (key: string): [string, string] => JSON.parse(key) as [string, string];
