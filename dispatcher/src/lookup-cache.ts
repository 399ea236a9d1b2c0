// An isolate's copy of records kept elsewhere: fresh for a while, stale when the source fails. It
// never shares a promise between requests: workerd cancels a request's I/O with its caller, and
// whoever else awaited it would hang.
import { BoundedMap } from './bounded-map.ts';

/** `unavailable` means that nobody knows: the source failed and no copy is young enough. */
export type Lookup<T> =
  | { readonly state: 'found'; readonly value: T }
  | { readonly state: 'missing' }
  | { readonly state: 'unavailable' };

export interface LookupCacheOptions<T> {
  /** Reads the source; `undefined` is a miss, a rejection is a failure. `previous` is the old copy. */
  readonly load: (key: string, previous: T | undefined) => Promise<T | undefined>;
  readonly freshMs: number;
  /** How long a miss is believed. */
  readonly missMs: number;
  /** How old a copy may grow while the source fails. */
  readonly staleIfErrorMs: number;
  readonly maxEntries: number;
  readonly onError: (key: string, error: unknown) => void;
  readonly now?: () => number;
}

interface Entry<T> {
  readonly value: T;
  readonly loadedAt: number;
  /** Until then the copy is served without asking. */
  refreshAt: number;
}

/** One request refreshes; the others keep the copy they have for at most this long. */
const REFRESH_CLAIM_MS = 1_000;
/** After a failure the source is left alone for this long. */
const RETRY_MS = 1_000;

const MISSING = { state: 'missing' } as const;
const UNAVAILABLE = { state: 'unavailable' } as const;

export class LookupCache<T> {
  readonly #options: LookupCacheOptions<T>;
  readonly #now: () => number;
  readonly #entries: BoundedMap<Entry<T>>;
  // Apart from the entries, so that made-up keys cannot push real ones out.
  readonly #missedUntil: BoundedMap<number>;

  constructor(options: LookupCacheOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#entries = new BoundedMap(options.maxEntries);
    this.#missedUntil = new BoundedMap(options.maxEntries);
  }

  async get(key: string): Promise<Lookup<T>> {
    const now = this.#now();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      if (now < (this.#missedUntil.get(key) ?? 0)) return MISSING;
    } else if (now < entry.refreshAt) {
      return { state: 'found', value: entry.value };
    } else if (now - entry.loadedAt < 2 * this.#options.freshMs) {
      // A copy left alone for longer is not handed to anyone before the source was asked.
      entry.refreshAt = now + REFRESH_CLAIM_MS;
    }
    return this.reload(key);
  }

  /** Asks the source whatever the age of the copy. */
  async reload(key: string): Promise<Lookup<T>> {
    const entry = this.#entries.get(key);
    try {
      const value = await this.#options.load(key, entry?.value);
      const now = this.#now();
      if (value === undefined) {
        this.#entries.delete(key);
        this.#missedUntil.set(key, now + this.#options.missMs);
        return MISSING;
      }
      const refreshAt = now + this.#options.freshMs;
      this.#entries.set(key, { value, loadedAt: now, refreshAt });
      return { state: 'found', value };
    } catch (error) {
      this.#options.onError(key, error);
      const now = this.#now();
      if (entry === undefined || now - entry.loadedAt > this.#options.staleIfErrorMs) {
        return UNAVAILABLE;
      }
      entry.refreshAt = now + RETRY_MS;
      return { state: 'found', value: entry.value };
    }
  }
}
