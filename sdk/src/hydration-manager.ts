// Replays stored facts through the ledger's own code, page by page, into an overlay. Never writes;
// whoever asked decides what the result is for.
import { type Entity, evolveEntity } from './entity.ts';
import type { Evolver } from './evolver.ts';
import type { Fact } from './fact.ts';
import type { FactManager } from './fact-manager.ts';
import type { Snapshot } from './snapshot-store.ts';
import { StateOverlay } from './state-overlay.ts';

/** What a prefix of the ledger says. */
export interface Replay {
  readonly overlay: StateOverlay;
  /** Undefined after a replay that did not start with the first fact. */
  readonly entity: Entity | undefined;
  /** Facts whose handler threw; they contribute nothing, as they did when they were appended. */
  readonly failures: readonly { seq: number; detail: string }[];
}

/** Where a replay starts and who watches it. */
export interface ReplayOptions {
  /** State to go on from; a replay from the first fact by default. */
  readonly base?: Snapshot | undefined;
  /** Called after each fact with the state so far. */
  readonly onFact?: (seq: number, overlay: StateOverlay) => void;
}

/** A replay that is fed fact by fact. */
export interface Accumulator {
  readonly overlay: StateOverlay;
  /** Synchronous unless the handler is not. */
  add(fact: Fact): Promise<void> | undefined;
  result(): Replay;
}

export class HydrationManager {
  readonly #facts: FactManager;
  readonly #evolver: Evolver;

  constructor(facts: FactManager, evolver: Evolver) {
    this.#facts = facts;
    this.#evolver = evolver;
  }

  /** Replays facts up to `toSeq` on an overlay of its own; live state is not touched. */
  async replay(toSeq: number, { base, onFact }: ReplayOptions = {}): Promise<Replay> {
    const accumulator = this.begin(base);
    for (const page of this.#facts.factPages(toSeq, (base?.seq ?? 0) + 1)) {
      for (const fact of page) {
        const { seq } = fact;
        const running = accumulator.add(fact);
        // A promise costs more than a synchronous handler; only one that is there is awaited.
        if (running) await running;
        onFact?.(seq, accumulator.overlay);
      }
    }
    return accumulator.result();
  }

  /** Facts one by one, for a reader that also checks them. */
  begin(base?: Snapshot): Accumulator {
    const overlay = new StateOverlay(undefined, base?.values);
    const failures: { seq: number; detail: string }[] = [];
    let entity: Entity | undefined;
    const evolver = this.#evolver;
    return {
      overlay,
      add(fact) {
        entity = evolveEntity(entity, fact);
        const { seq } = fact;
        const running = evolver.apply(overlay, fact);
        if (running instanceof Promise) {
          return running.then((detail) => {
            if (detail !== undefined) failures.push({ seq, detail });
          });
        }
        if (running !== undefined) failures.push({ seq, detail: running });
        return undefined;
      },
      result: () => ({ overlay, entity, failures }),
    };
  }
}
