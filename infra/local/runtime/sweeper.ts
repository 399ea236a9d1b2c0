// Keeps few processes alive: stops idle ones, makes room for new ones, and wakes a stopped user
// Worker when one of its alarms is due. How a process is started and stopped, the supervisor knows.
import { type LifeCycleLimits, type LiveProcess, toStop } from './life-cycle.ts';
import { StartupError } from './user-worker-process.ts';

export interface Swept {
  live(): LiveProcess[];
  /** Lets it finish what it has; requests meanwhile wait for the next process. */
  stop(key: string): Promise<void>;
  start(key: string): Promise<unknown>;
}

const INTERVAL_MS = 1000;
/** Before an alarm of a user Worker that did not start is tried again. */
const FAILED_START_MS = 60_000;
/** How often a start looks for room when every process is at work, and for how long. */
const ROOM_INTERVAL_MS = 100;
const ROOM_LIMIT_MS = 30_000;

export class Sweeper {
  readonly #swept: Swept;
  readonly #limits: LifeCycleLimits;
  /** Of stopped user Workers, by key; milliseconds since 1970. */
  readonly #alarms = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  /** One start after the other looks for room, so that no two count on the same. */
  #admission: Promise<unknown> = Promise.resolve();

  constructor(swept: Swept, limits: LifeCycleLimits) {
    this.#swept = swept;
    this.#limits = limits;
    this.#timer = setInterval(() => void this.#sweep(), INTERVAL_MS);
  }

  /** Call when a user Worker has stopped, with its next alarm. */
  stopped(key: string, alarmMs: number | undefined): void {
    if (alarmMs === undefined) this.#alarms.delete(key);
    else this.#alarms.set(key, alarmMs);
  }

  /** Call when it runs, or is gone for good: its alarms are nobody's business here. */
  forget(key: string): void {
    this.#alarms.delete(key);
  }

  /**
   * Runs `begin` once there is room for one more process. With `most` of them alive, all at work, it
   * waits. Rejects with `StartupError` when that takes too long.
   */
  async admit<T>(most: number, begin: () => Promise<T>): Promise<T> {
    const turn = this.#admission.then(() => this.#room(most));
    // The process counts as alive from here on, so the next in line may look.
    const begun = turn.then(() => ({ work: begin() }));
    this.#admission = begun.catch(() => undefined);
    const { work } = await begun;
    return work;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #room(most: number): Promise<void> {
    const deadline = performance.now() + ROOM_LIMIT_MS;
    for (;;) {
      const live = this.#swept.live();
      if (live.length < this.#limits.maxLive) return;
      const [longestIdle] = await toStop(live, this.#limits, Date.now(), 1);
      if (longestIdle !== undefined) await this.#swept.stop(longestIdle);
      else if (live.length < most) return;
      else if (performance.now() > deadline) {
        throw new StartupError(`All ${most} processes of user Workers are at work.`);
      } else await new Promise((resolve) => setTimeout(resolve, ROOM_INTERVAL_MS));
    }
  }

  async #sweep(): Promise<void> {
    const now = Date.now();
    for (const [key, atMs] of this.#alarms) {
      if (atMs > now) continue;
      // Until it runs, or for as long as a Worker that does not start is left alone.
      this.#alarms.set(key, now + FAILED_START_MS);
      void this.#swept.start(key).catch(() => undefined);
    }
    const stops = await toStop(this.#swept.live(), this.#limits, now);
    await Promise.all(stops.map((key) => this.#swept.stop(key)));
  }
}
