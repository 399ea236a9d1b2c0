// Runs the ledger's own code over a fact inside an overlay, and bounds it: what it throws or does
// too late becomes a sentence, never an exception for the write path.
import { within } from './deadline.ts';
import { type Fact, isHookError } from './fact.ts';
import type { StateOverlay } from './state-overlay.ts';
import type { StateStore, Turn } from './state-store.ts';
import type { ReadFact } from './upcaster.ts';

export type ApplyFact = (fact: Fact) => void | Promise<void>;

/** An async handler has this long; every write waits behind it. */
const HANDLER_TIMEOUT_MS = 10_000;

export class Evolver {
  readonly #states: StateStore;
  readonly #applyFact: ApplyFact;
  readonly #readFact: ReadFact;
  readonly #timeoutMs: number;
  /** Whether the handler ever gave a promise. */
  #isAsync = false;
  /** The turn of the stretch that is running, and the same once its first fact is applied. */
  #stretch: Turn | undefined;
  #shared: Turn | undefined;

  constructor(
    states: StateStore,
    applyFact: ApplyFact,
    readFact: ReadFact,
    timeoutMs = HANDLER_TIMEOUT_MS,
  ) {
    this.#states = states;
    this.#applyFact = applyFact;
    this.#readFact = readFact;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Applies `fact`: what it staged is kept, or dropped when it threw. Gives the failure as text.
   * Synchronous for synchronous handlers, so that the common append never yields. Throws
   * LedgerError `schema_too_new`: a replay stops there rather than guess.
   */
  apply(overlay: StateOverlay, fact: Fact): string | undefined | Promise<string | undefined> {
    const lifted = this.#readFact(fact);
    if (isHookError(fact)) return undefined;
    const handler = (): void | Promise<void> => this.#applyFact(lifted);
    const shared = this.#shared;
    if (shared && !this.#isAsync) {
      const running = run(shared, handler);
      if (!(running instanceof Promise)) return running;
      // What facts before left running could stage in this turn: once more, in one of its own.
      end(shared, '');
      running.catch(() => undefined);
    }
    const turn: Turn = { store: this.#states, overlay, open: true };
    const running = this.#states.inside(turn, () => run(turn, handler));
    if (running instanceof Promise) {
      this.#isAsync = true;
      return settle(turn, running, this.#timeoutMs);
    }
    this.#shared = this.#stretch;
    return running;
  }

  /**
   * Runs `stretch` until it gives no promise, and gives what it gives. Its `apply`s share a turn
   * while handlers are synchronous: entering one costs more than most handlers. Nothing else runs
   * within a stretch, and the turn is open only during each handler. A handler that turns out
   * asynchronous after others were not is run again.
   */
  async together<R>(
    overlay: StateOverlay,
    stretch: () => Promise<void> | R | undefined,
  ): Promise<R | undefined> {
    const step = (turn: Turn): Promise<void> | R | undefined => {
      this.#stretch = turn;
      try {
        return stretch();
      } finally {
        this.#stretch = undefined;
        this.#shared = undefined;
      }
    };
    for (;;) {
      const turn: Turn = { store: this.#states, overlay, open: false };
      const left = this.#states.inside(turn, () => step(turn));
      if (!(left instanceof Promise)) return left;
      await left;
    }
  }
}

/** The failure of a handler that is done, or its promise. */
function run(turn: Turn, handler: () => void | Promise<void>): string | undefined | Promise<void> {
  turn.open = true;
  try {
    const running = handler();
    return running instanceof Promise ? running : end(turn);
  } catch (error) {
    return end(turn, messageOf(error));
  }
}

async function settle(
  turn: Turn,
  running: Promise<void>,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    await within(timeoutMs, running);
    return end(turn);
  } catch (error) {
    return end(turn, messageOf(error));
  }
}

function end(turn: Turn, failure?: string): string | undefined {
  turn.open = false;
  if (failure === undefined) turn.overlay.keep();
  else turn.overlay.drop();
  return failure;
}

/** What custom code threw, short enough for a fact. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, 500).toWellFormed();
}
