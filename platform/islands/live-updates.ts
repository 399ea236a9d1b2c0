// Keeps the page as new as what it shows: listens to events, and reads the page again at most once a
// second. It stops while nobody looks, and for good when the session ended.
import { type Refreshed, refreshPage } from './refresh.ts';

/** `off`: the page has nothing to watch. */
export type LiveState = 'off' | 'live' | 'paused' | 'reconnecting' | 'signed_out';

const EVENTS = ['stats', 'tenant', 'alert', 'resync'];
const MIN_PAUSE_MS = 1_000;
/** A stream that ends on purpose is back within this; nobody needs to hear of it. */
const GRACE_MS = 3_500;
const MAX_RETRY_MS = 30_000;

export class LiveUpdates {
  #state: LiveState = 'off';
  readonly #listeners = new Set<(state: LiveState) => void>();
  #source: EventSource | undefined;
  #opened = '';
  #refreshing = false;
  #wanted = false;
  #lastAt = -MIN_PAUSE_MS;
  #timer = 0;
  #poll = 0;
  #grace = 0;
  #retry = 0;
  #failures = 0;

  get state(): LiveState {
    return this.#state;
  }

  /** Calls `listener` on every change of the state; answers how to stop that. */
  listen(listener: (state: LiveState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be called once per document. */
  start(): void {
    document.addEventListener('visibilitychange', () => this.#visibilityChanged());
    addEventListener('pagehide', () => this.#close());
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) this.follow();
    });
    this.follow();
  }

  /** Brings the stream in line with what the page, as it is now, wants to hear of. */
  follow(): void {
    if (this.#state === 'paused' || this.#state === 'signed_out') return;
    const { live, refresh } = dataOf();
    clearTimeout(this.#poll);
    if (document.hidden) return;
    if (refresh !== undefined) {
      this.#poll = setTimeout(() => this.refresh(), Number(refresh) * 1_000);
    }
    if (live === undefined) {
      this.#close();
      this.#become(refresh === undefined ? 'off' : 'live');
    } else if (this.#source === undefined || this.#opened !== live) this.#open(live);
  }

  pause(): void {
    if (this.#state === 'off' || this.#state === 'signed_out') return;
    this.#close();
    clearTimeout(this.#poll);
    clearTimeout(this.#timer);
    this.#wanted = false;
    this.#become('paused');
  }

  /** Goes on, with the page as it is by now. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#become('reconnecting');
    this.refresh();
  }

  /** Reads the page again: now, or when a second has passed since it was last read. */
  refresh(): void {
    this.#wanted = true;
    if (this.#refreshing) return;
    clearTimeout(this.#timer);
    const wait = this.#lastAt + MIN_PAUSE_MS - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => void this.#refreshNow(), wait);
    else void this.#refreshNow();
  }

  async #refreshNow(): Promise<void> {
    this.#refreshing = true;
    this.#wanted = false;
    this.#lastAt = performance.now();
    const refreshed = await refreshPage();
    this.#refreshing = false;
    this.#settle(refreshed);
    if (this.#wanted) this.refresh();
  }

  #settle(refreshed: Refreshed): void {
    if (refreshed === 'signed_out') {
      this.#close();
      this.#wanted = false;
      this.#become('signed_out');
    } else this.follow();
  }

  #open(live: string): void {
    this.#close();
    const { events = '', renderedAt = '' } = dataOf();
    const query = new URLSearchParams({ since: renderedAt });
    if (live !== 'all') for (const tenant of live.split(' ')) query.append('tenant', tenant);
    const source = new EventSource(`${events}?${query}`);
    this.#source = source;
    this.#opened = live;
    source.addEventListener('open', () => {
      clearTimeout(this.#grace);
      this.#grace = 0;
      this.#failures = 0;
      this.#become('live');
    });
    for (const type of EVENTS) source.addEventListener(type, () => this.refresh());
    source.addEventListener('error', () => this.#broke(source));
    if (this.#state === 'off') this.#become('reconnecting');
  }

  /** A browser comes back by itself to what merely broke, and never to what was refused. */
  #broke(source: EventSource): void {
    if (source !== this.#source) return;
    this.#grace ||= setTimeout(() => this.#become('reconnecting'), GRACE_MS);
    if (source.readyState !== EventSource.CLOSED) return;
    this.#close();
    const wait = Math.min(2_000 * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    // The page itself says whether the session ended; otherwise the stream is opened after it.
    this.#retry = setTimeout(() => this.refresh(), this.#failures === 1 ? 0 : wait);
  }

  #visibilityChanged(): void {
    if (document.hidden) this.#close();
    else this.follow();
  }

  #close(): void {
    clearTimeout(this.#grace);
    clearTimeout(this.#retry);
    this.#grace = 0;
    this.#source?.close();
    this.#source = undefined;
  }

  #become(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function dataOf(): DOMStringMap {
  return document.querySelector('main')?.dataset ?? {};
}
