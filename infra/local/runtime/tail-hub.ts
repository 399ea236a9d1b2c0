// Who listens to which script, and what of its events they get: filters, caps, fan-out. Pure but for
// the times and sinks it is given; it keeps no event.
import { randomBytes } from 'node:crypto';
import {
  MAX_EVENTS,
  QUIET_MS,
  type TailBatch,
  type TailKey,
  WINDOW_MS,
} from '../worker-code/tail-protocol.ts';
import type { TailEvent, TailFilter } from './tail-filters.ts';

/** Where a listener's messages go. */
export interface TailSink {
  /** `false`: it has not taken what it has, so this one was not sent. */
  send(text: string): boolean;
  end(): void;
}

export interface Tail {
  /** Unguessable: who knows it may listen. */
  readonly id: string;
  readonly expiresAtMs: number;
}

interface OpenTail extends Tail {
  readonly key: string;
  readonly script: string;
  filters: readonly TailFilter[];
  sink: TailSink | undefined;
  windowMs: number;
  sent: number;
  /** Events it did not get and was not told of. */
  dropped: number;
  lastDropMs: number;
  isOverloaded: boolean;
}

/** Of one script. */
export const MAX_TAILS = 10;
const LIFETIME_MS = 6 * 60 * 60 * 1000;
/** Until the script has been told. */
const ON_ITS_WAY_MS = 250;
/** Between its creation and its listener's coming. */
const UNUSED_MS = 60_000;

const keyOf = ({ namespace, script }: TailKey): string => JSON.stringify([namespace, script]);

export class TailHub {
  readonly #tails = new Map<string, OpenTail>();
  /** Until when a script was told that nobody listens. */
  readonly #quietUntilMs = new Map<string, number>();
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** `undefined`: the script has all it may. */
  open(key: TailKey, filters: readonly TailFilter[], nowMs: number): Tail | undefined {
    if (this.list(key).length >= MAX_TAILS) return undefined;
    const tail: OpenTail = {
      id: randomBytes(16).toString('hex'),
      expiresAtMs: nowMs + LIFETIME_MS,
      key: keyOf(key),
      script: key.script,
      filters,
      sink: undefined,
      windowMs: 0,
      sent: 0,
      dropped: 0,
      lastDropMs: 0,
      isOverloaded: false,
    };
    this.#tails.set(tail.id, tail);
    return tail;
  }

  /** `false`: there is no such tail, or somebody listens to it already. */
  join(id: string, sink: TailSink): boolean {
    const tail = this.#tails.get(id);
    if (tail === undefined || tail.sink !== undefined) return false;
    tail.sink = sink;
    return true;
  }

  setFilters(id: string, filters: readonly TailFilter[]): void {
    const tail = this.#tails.get(id);
    if (tail !== undefined) tail.filters = filters;
  }

  close(id: string): void {
    this.#tails.get(id)?.sink?.end();
    this.#tails.delete(id);
  }

  /** Ends those whose time is over; milliseconds since 1970. */
  expire(nowMs: number): void {
    for (const { id, expiresAtMs, sink } of this.#tails.values()) {
      const unusedMs = expiresAtMs - LIFETIME_MS + UNUSED_MS;
      if (nowMs >= (sink === undefined ? unusedMs : expiresAtMs)) this.close(id);
    }
  }

  list(key: TailKey): Tail[] {
    const wanted = keyOf(key);
    return [...this.#tails.values()].filter((tail) => tail.key === wanted);
  }

  isWatched(key: TailKey): boolean {
    return this.list(key).length > 0;
  }

  /** Whether any account Worker is; they share one process. */
  isAccountWatched(): boolean {
    const prefix = JSON.stringify(['']).slice(0, -1);
    return [...this.#tails.values()].some(({ key }) => key.startsWith(prefix));
  }

  /** From when on the script tells everything, should it have been told that nobody listens. */
  quietUntilMs(key: TailKey): number {
    return this.#quietUntilMs.get(keyOf(key)) ?? 0;
  }

  /** Whether anybody listens to the script. */
  publish(batch: TailBatch, nowMs: number): boolean {
    const key = keyOf(batch);
    const tails = [...this.#tails.values()].filter((tail) => tail.key === key);
    if (tails.length === 0) {
      this.#quietUntilMs.set(key, nowMs + QUIET_MS + ON_ITS_WAY_MS);
      return false;
    }
    this.#quietUntilMs.delete(key);
    for (const text of batch.events) {
      // Written by worker-code/tail.ts from the runtime's own records.
      const event = JSON.parse(text) as TailEvent;
      for (const tail of tails) {
        if (tail.filters.every((passes) => passes(event, this.#random))) give(tail, text, nowMs);
      }
    }
    for (const tail of tails) {
      if (batch.dropped > 0) drop(tail, batch.dropped, nowMs);
      tellOfLoad(tail, nowMs);
    }
    return true;
  }
}

function give(tail: OpenTail, text: string, nowMs: number): void {
  // Nobody has come yet: what happened before is not theirs.
  if (tail.sink === undefined) return;
  if (nowMs - tail.windowMs >= WINDOW_MS) {
    tail.windowMs = nowMs;
    tail.sent = 0;
  }
  if (tail.sent >= MAX_EVENTS || !tail.sink.send(text)) return drop(tail, 1, nowMs);
  tail.sent += 1;
}

function drop(tail: OpenTail, count: number, nowMs: number): void {
  tail.dropped += count;
  tail.lastDropMs = nowMs;
}

/** Says when events begin to be dropped, how many were, and when it is over. */
function tellOfLoad(tail: OpenTail, nowMs: number): void {
  if (tail.dropped > 0 && tell(tail, 'overload', overloadText(tail.dropped), nowMs)) {
    tail.dropped = 0;
    tail.isOverloaded = true;
  } else if (tail.isOverloaded && nowMs - tail.lastDropMs >= 2 * WINDOW_MS) {
    tail.isOverloaded = !tell(tail, 'overload-stop', OVERLOAD_STOP, nowMs);
  }
}

const overloadText = (dropped: number): string =>
  `Tail is currently in sampling mode due to the high volume of messages. To prevent messages from being dropped consider adding filters. (${dropped} dropped)`;
const OVERLOAD_STOP = 'Tail has exited sampling mode and is no longer dropping messages.';

function tell(tail: OpenTail, type: string, message: string, nowMs: number): boolean {
  const event = { type, message };
  const { script: scriptName } = tail;
  const told = { outcome: 'unknown', scriptName, exceptions: [], logs: [], eventTimestamp: nowMs };
  return tail.sink?.send(JSON.stringify({ ...told, event })) ?? false;
}
