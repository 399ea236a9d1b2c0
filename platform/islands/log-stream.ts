// Listens to a tenant's live log for the page that shows it: keeps the newest lines up to a bound, and
// those that came while it was paused. It draws nothing.
import type { TailEvent } from '../src/tail/tail-event.ts';

export type LogState = 'connecting' | 'live' | 'paused' | 'reconnecting' | 'waiting' | 'refused';

export interface LogLine {
  readonly id: string;
  /** What was heard, or how many events were left out: `null` when nobody counted. */
  readonly event: TailEvent | { readonly missed: number | null };
}

const MAX_LINES = 500;
/** As often as lines are drawn at most. */
const DRAW_MS = 150;
const MAX_RETRY_MS = 30_000;

export class LogStream {
  readonly #url: string;
  readonly #changed: () => void;
  #state: LogState = 'connecting';
  #refusal = '';
  /** Newest first. */
  #lines: readonly LogLine[] = [];
  /** Came since it was drawn last; oldest first. */
  #fresh: LogLine[] = [];
  #source: EventSource | undefined;
  #timer = 0;
  #retry = 0;
  #failures = 0;
  #count = 0;
  /** Whether nothing was heard for a while. */
  #hasGap = false;
  #isPaused = false;

  constructor(url: string, changed: () => void) {
    this.#url = url;
    this.#changed = changed;
  }

  get state(): LogState {
    return this.#isPaused && this.#state !== 'refused' ? 'paused' : this.#state;
  }

  /** Why there is none. */
  get refusal(): string {
    return this.#refusal;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** How many came while it was paused, up to the bound. */
  get held(): number {
    return this.#isPaused ? this.#fresh.length : 0;
  }

  /** To be called once. */
  start(): void {
    addEventListener('pagehide', () => this.#close());
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) this.#open();
    });
    document.addEventListener('visibilitychange', () => {
      if (this.#state === 'waiting' && !document.hidden) this.#open();
    });
    this.#open();
  }

  pause(): void {
    this.#isPaused = true;
    this.#changed();
  }

  resume(): void {
    this.#isPaused = false;
    this.#draw();
  }

  clear(): void {
    this.#lines = [];
    this.#fresh = [];
    this.#changed();
  }

  #open(): void {
    this.#close();
    const source = new EventSource(this.#url);
    this.#source = source;
    source.addEventListener('start', () => {
      this.#failures = 0;
      if (this.#hasGap) this.#addMissed(null);
      this.#hasGap = false;
      this.#become('live');
    });
    source.addEventListener('tail_event', ({ data, lastEventId }: MessageEvent<string>) => {
      // Written by the platform, of the same release as this script.
      this.#add(lastEventId, JSON.parse(data) as TailEvent);
    });
    source.addEventListener('dropped', ({ data }: MessageEvent<string>) => {
      // The same.
      const { count } = JSON.parse(data) as { count: number | null };
      this.#addMissed(count);
    });
    source.addEventListener('end', () => {
      if (!document.hidden) return;
      // Nobody looks: nothing is listened to until somebody does.
      this.#close();
      this.#hasGap = true;
      this.#become('waiting');
    });
    source.addEventListener('error', () => void this.#broke(source));
  }

  /** A browser comes back by itself to what merely broke, and never to what was refused. */
  async #broke(source: EventSource): Promise<void> {
    if (source !== this.#source) return;
    this.#become('reconnecting');
    if (source.readyState !== EventSource.CLOSED) return;
    this.#close();
    const detail = await refusalAt(this.#url);
    if (detail !== undefined) {
      this.#refusal = detail;
      this.#become('refused');
      return;
    }
    // Opened anew, a stream does not know what was heard before.
    this.#hasGap = true;
    const wait = Math.min(1_000 * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#open(), wait);
  }

  #addMissed(count: number | null): void {
    this.#count += 1;
    this.#add(`missed-${this.#count}`, { missed: count });
  }

  #add(id: string, event: LogLine['event']): void {
    this.#fresh.push({ id, event });
    if (this.#fresh.length > MAX_LINES) this.#fresh.shift();
    if (this.#timer !== 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.#isPaused) this.#changed();
      else this.#draw();
    }, DRAW_MS);
  }

  #draw(): void {
    this.#lines = [...this.#fresh.toReversed(), ...this.#lines].slice(0, MAX_LINES);
    this.#fresh = [];
    this.#changed();
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #become(state: LogState): void {
    this.#state = state;
    this.#changed();
  }
}

/** Why the stream is refused for good, in the platform's words; `undefined`: it may come yet. */
async function refusalAt(url: string): Promise<string | undefined> {
  const stop = new AbortController();
  try {
    const answer = await fetch(url, { signal: stop.signal });
    if (answer.status === 401) return 'Your session ended. Load this page again to sign in.';
    if (answer.ok || (answer.status >= 500 && answer.status !== 501)) return undefined;
    // A problem document; its text is looked at before it is used.
    const { detail } = (await answer.json()) as { detail?: unknown };
    return typeof detail === 'string' ? detail : 'The stream was refused.';
  } catch {
    return undefined;
  } finally {
    stop.abort();
  }
}
