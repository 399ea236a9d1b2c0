// What custom code sees of cached state: named values that it reads anywhere and writes only while
// the ledger itself runs `updateCachedState`. Never persists anything; the ledger does, in the
// commit of the fact.
import { LedgerError } from './errors.ts';
import type { StateStore } from './state-store.ts';

/** Source: seeds, self-observability. Times in milliseconds since 1970. */
export interface CacheStatsData {
  period_start: number;
  period_end: number;
  /** Values that were in memory. */
  hits: number;
  /** Values that had to be read from storage. */
  misses: number;
}

/** How often hits and misses are told. Source: seeds, self-observability. */
export interface StatsTrackingOptions {
  /** Least time between two flushes, milliseconds; default 60,000. */
  min_interval_ms?: number;
}

type StatsListener = (stats: CacheStatsData) => void;

const DEFAULT_INTERVAL_MS = 60_000;

/**
 * Named values derived from a ledger's facts: read anywhere in the ledger's own code, written only
 * inside `updateCachedState` and committed with the fact being applied. A handler that throws or
 * runs out of time leaves none of what it wrote. Errors: `conflict` from `set` anywhere else.
 * Source: seeds.
 */
export class CachedStateManager {
  readonly #store: StateStore;
  #listener: StatsListener | undefined;
  #intervalMs = DEFAULT_INTERVAL_MS;
  #periodStart = 0;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** A copy of the value, or undefined. `T` is the caller's claim about what it stored. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type it stored
  get<T>(name: string): T | undefined {
    const text = this.#store.read(name);
    this.flushIfDue();
    // Parse edge: custom code reads back what it stored under this name itself.
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  /**
   * Stages `value` (plain JSON, at most 1 MiB) for the commit of the fact being applied.
   * Errors: `conflict` outside `updateCachedState`. This is the guard behind the RPC surface:
   * a caller who invokes `updateCachedState` over a stub runs outside the ledger's own write, so
   * nothing it does here sticks.
   */
  set(name: string, value: unknown): void {
    const overlay = this.#store.staged();
    if (!overlay) {
      const detail = 'Cached state changes only while a fact is applied.';
      throw new LedgerError({ code: 'conflict', detail });
    }
    overlay.set(name, value);
  }

  /** Calls `listener` with hits and misses, at most once per interval and never without either. */
  enableStatsTracking(listener: StatsListener, options: StatsTrackingOptions = {}): void {
    this.#listener = listener;
    this.#intervalMs = options.min_interval_ms ?? DEFAULT_INTERVAL_MS;
    this.#periodStart = Date.now();
    this.#store.takeCounts();
  }

  /** Tells what was counted so far and stops; harmless when nothing is tracked. */
  disableStatsTracking(): void {
    this.flushStats();
    this.#listener = undefined;
  }

  /** Tells what was counted so far and starts a new period; says nothing of an empty one. */
  flushStats(): void {
    if (!this.#listener) return;
    const { hits, misses } = this.#store.takeCounts();
    const period_start = this.#periodStart;
    this.#periodStart = Date.now();
    if (hits + misses === 0) return;
    this.#listener({ period_start, period_end: this.#periodStart, hits, misses });
  }

  /** The same if the interval is over, else the milliseconds until it is. */
  flushIfDue(): number | undefined {
    if (!this.#listener || !this.#store.counted()) return undefined;
    const wait = this.#periodStart + this.#intervalMs - Date.now();
    if (wait > 0) return wait;
    this.flushStats();
    return undefined;
  }
}
