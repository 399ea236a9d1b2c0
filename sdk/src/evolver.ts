// Runs the ledger's own code over a fact inside an overlay, and bounds it: what it throws or does
// too late becomes a sentence, never an exception for the write path.
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
    const turn: Turn = { store: this.#states, overlay, open: true };
    try {
      const running = this.#states.inside(turn, () => this.#applyFact(lifted));
      if (running instanceof Promise) return settle(turn, running, this.#timeoutMs);
      return end(turn);
    } catch (error) {
      return end(turn, messageOf(error));
    }
  }
}

async function settle(
  turn: Turn,
  running: Promise<void>,
  timeoutMs: number,
): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const detail = `did not finish within ${timeoutMs} ms`;
  const timer = setTimeout(() => late.resolve(detail), timeoutMs);
  try {
    return end(turn, await Promise.race([running.then(() => undefined), late.promise]));
  } catch (error) {
    return end(turn, messageOf(error));
  } finally {
    clearTimeout(timer);
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
