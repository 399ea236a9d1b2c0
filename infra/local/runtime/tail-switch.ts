// Turns tails on: a process says what it does only when it was started for that, since it costs every
// request something. So the first tail of a script starts its process anew, as an upload does.
import { setTimeout as wait } from 'node:timers/promises';
import type { TailRecord } from '../api/api-context.ts';
import type { Script } from '../state/script-store.ts';
import type { TailKey } from '../worker-code/tail-protocol.ts';
import type { TailFilter } from './tail-filters.ts';
import type { Tail, TailHub } from './tail-hub.ts';
import { tailPath } from './tail-sockets.ts';
import { END_MESSAGES, type EndReason } from './user-worker-process.ts';

/** Those who start processes. */
export interface Tailed {
  /** Returns once every account Worker runs with tails. */
  accountTailed(): Promise<void>;
  /** Returns once the user Worker's next request meets a process that was started after this call. */
  startAnew(script: Script): Promise<void>;
}

/** As `wrangler tail` knows them. */
const OUTCOMES: Record<Exclude<EndReason, 'drained'>, string> = {
  cpu: 'exceededCpu',
  memory: 'exceededMemory',
  wall: 'exceededWallTime',
  reply: 'unknown',
  crashed: 'unknown',
};

export class TailSwitch {
  readonly #hub: TailHub;
  /** User Workers whose last process was started with tails. */
  readonly #tailed = new Set<string>();

  constructor(hub: TailHub) {
    this.#hub = hub;
  }

  /** Whether the process of a user Worker that is being started is to say what it does. */
  starting(namespace: string, script: string): boolean {
    const name = JSON.stringify([namespace, script]);
    const isWatched = this.#hub.isWatched({ namespace, script });
    if (isWatched) this.#tailed.add(name);
    else this.#tailed.delete(name);
    return isWatched;
  }

  /** A process that is ended says nothing itself of the requests that were in it. */
  ended({ namespace, name: script }: Script, reason: Exclude<EndReason, 'drained'>): void {
    const nowMs = Date.now();
    const event = {
      outcome: OUTCOMES[reason],
      scriptName: script,
      dispatchNamespace: namespace,
      exceptions: [{ name: 'Error', message: END_MESSAGES[reason], timestamp: nowMs }],
      logs: [],
      eventTimestamp: nowMs,
      event: null,
    };
    this.#hub.publish({ namespace, script, events: [JSON.stringify(event)], dropped: 0 }, nowMs);
  }

  /** `undefined`: the script has as many tails as it may. */
  async open(
    script: Script,
    filters: readonly TailFilter[],
    runtime: Tailed,
  ): Promise<TailRecord | undefined> {
    const key: TailKey = { namespace: script.namespace, script: script.name };
    const tail = this.#hub.open(key, filters, Date.now());
    if (tail === undefined) return undefined;
    try {
      await this.#turnOn(script, key, runtime);
    } catch (error) {
      this.#hub.close(tail.id);
      throw error;
    }
    return recordOf(tail);
  }

  list({ namespace, name }: Script): TailRecord[] {
    return this.#hub.list({ namespace, script: name }).map(recordOf);
  }

  /** Whether the script had such a tail. */
  close(script: Script, id: string): boolean {
    const found = this.list(script).some((tail) => tail.id === id);
    if (found) this.#hub.close(id);
    return found;
  }

  async #turnOn(script: Script, key: TailKey, runtime: Tailed): Promise<void> {
    if (script.namespace === '') await runtime.accountTailed();
    else if (!this.#tailed.has(JSON.stringify([key.namespace, key.script]))) {
      await runtime.startAnew(script);
    }
    // One that was tailed before and told that nobody listens keeps quiet for a moment.
    await wait(Math.max(0, this.#hub.quietUntilMs(key) - Date.now()));
  }
}

const recordOf = ({ id, expiresAtMs }: Tail): TailRecord => ({
  id,
  path: tailPath(id),
  expiresAt: new Date(expiresAtMs).toISOString(),
});
