// Tells the platform every few seconds what was counted here. It never delays or fails a request:
// counting is arithmetic, and sending happens after the answer, in the background.
import { newId } from '@z0-app/sdk/ids';
import { logEvent, messageOf } from './log.ts';
import type { RequestCountsMessage } from './request-counts.ts';
import { toMessages } from './request-messages.ts';
import { type AnsweredRequest, RequestTally } from './request-tally.ts';

/** The part of a queue binding that is used here. */
export interface CountsQueue {
  send(message: RequestCountsMessage): Promise<unknown>;
}

export interface RequestReporterOptions {
  readonly queue: CountsQueue;
  /** At most one message (or its parts) an isolate in this time. */
  readonly windowMs?: number;
  readonly now?: () => number;
}

const WINDOW_MS = 5_000;
/** A window's background work may be ended by the runtime; past this, another request takes over. */
const LOST_AFTER_MS = 30_000;
/** Unsent messages kept as they are, 2 MB at worst; older ones are counted into the next window. */
const MAX_UNSENT = 20;

export class RequestReporter {
  readonly #queue: CountsQueue;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #tally = new RequestTally();
  // A send that failed may have happened: sent again with the same id, it counts once.
  readonly #unsent = new Set<RequestCountsMessage>();
  #startMs = 0;
  #openedMs: number | undefined;

  constructor(options: RequestReporterOptions) {
    this.#queue = options.queue;
    this.#windowMs = options.windowMs ?? WINDOW_MS;
    this.#now = options.now ?? Date.now;
  }

  /** Counts one answered request. The first of a window sees to it that the window is sent. */
  count(request: AnsweredRequest, context: Pick<ExecutionContext, 'waitUntil'>): void {
    const now = this.#now();
    if (this.#tally.isEmpty) this.#startMs = now;
    this.#tally.add(request);
    const isOpen = this.#openedMs !== undefined && now - this.#openedMs < LOST_AFTER_MS;
    if (isOpen) return;
    this.#openedMs = now;
    context.waitUntil(this.#sendLater());
  }

  async #sendLater(): Promise<void> {
    await scheduler.wait(this.#windowMs);
    this.#openedMs = undefined;
    this.#keepWithinBounds();
    const window = { start: this.#startMs, end: this.#now(), tenants: this.#tally.take() };
    for (const message of toMessages(window, () => newId('cnt'))) this.#unsent.add(message);
    try {
      for (const message of this.#unsent) {
        await this.#queue.send(message);
        this.#unsent.delete(message);
      }
    } catch (error) {
      logEvent('request_counts_unsent', {
        messages: this.#unsent.size,
        error: messageOf(error),
      });
    }
  }

  #keepWithinBounds(): void {
    for (const message of this.#unsent) {
      if (this.#unsent.size <= MAX_UNSENT) return;
      this.#startMs = Math.min(this.#tally.isEmpty ? message.start : this.#startMs, message.start);
      this.#tally.merge(message.tenants);
      this.#unsent.delete(message);
    }
  }
}
