// One reader of a live log: its stream, its filter, and what it missed. A reader that does not read
// loses events, which are counted and told; it never makes anybody wait.
import type { TailEvent } from './tail-event.ts';
import type { TailFilter } from './tail-filter.ts';
import { droppedText, endText, startText, type TailEnd } from './tail-text.ts';

const RETRY_MS = 2_000;
/** What may wait for a reader; bytes. */
const MAX_UNREAD_BYTES = 256 * 1_024;
/** Heartbeats in a row that found no room, after which it is taken to be gone. */
const MAX_STUCK = 2;

export interface TailReaderOptions {
  /** Whose streams are counted together. */
  readonly viewer: string;
  readonly passes: TailFilter;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
  /** Called once: it ended, or left by itself. */
  readonly left: () => void;
}

const encoder = new TextEncoder();

export class TailReader {
  readonly viewer: string;
  readonly endsAt: number;
  readonly stream: ReadableStream<Uint8Array>;
  readonly #passes: TailFilter;
  readonly #left: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Not told yet; `null`: nobody counted, `0`: nothing. */
  #lost: number | null = 0;
  #stuck = 0;

  constructor({ viewer, passes, endsAt, left }: TailReaderOptions) {
    this.viewer = viewer;
    this.endsAt = endsAt;
    this.#passes = passes;
    this.#left = left;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#leave(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
    );
  }

  /** Whether it did not read anything for some time, while there was something to read. */
  get isStuck(): boolean {
    return this.#stuck >= MAX_STUCK;
  }

  start(id: number): void {
    this.#send(startText(id, RETRY_MS, new Date(this.endsAt).toISOString()));
  }

  /** `text` is `event` as it is sent. */
  offer(event: TailEvent, text: string): void {
    if (!this.#passes(event, Math.random)) return;
    if (!this.tellLoss() || !this.#send(text)) this.lose(1);
  }

  lose(count: number | null): void {
    this.#lost = count === null || this.#lost === null ? null : this.#lost + count;
  }

  /** Tells what was lost; whether nothing is left to be told. */
  tellLoss(): boolean {
    if (this.#lost === 0) return true;
    const isTold = this.#send(droppedText(this.#lost));
    if (isTold) this.#lost = 0;
    return isTold;
  }

  beat(text: string): void {
    const isTold = this.tellLoss() && this.#send(text);
    this.#stuck = isTold ? 0 : this.#stuck + 1;
  }

  end(reason: TailEnd): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.tellLoss();
    try {
      // There is always room for the last word.
      controller.enqueue(encoder.encode(endText(reason)));
      controller.close();
    } catch {
      // Closed from the other side in between.
    }
    this.#leave();
  }

  /** Whether there was room for it. */
  #send(text: string): boolean {
    const controller = this.#controller;
    if (controller === undefined || (controller.desiredSize ?? 0) <= 0) return false;
    try {
      controller.enqueue(encoder.encode(text));
      return true;
    } catch {
      this.#leave();
      return false;
    }
  }

  #leave(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#left();
  }
}
