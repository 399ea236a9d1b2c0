// Replays stored facts through the ledger's own code, page by page, into an overlay. Never writes;
// whoever asked decides what the result is for.
import { type Entity, evolveEntity } from './entity.ts';
import type { Evolver } from './evolver.ts';
import type { Fact } from './fact.ts';
import { type FactManager, toFact } from './fact-manager.ts';
import { StateOverlay } from './state-overlay.ts';

/** What a prefix of the ledger says. */
export interface Replay {
  readonly overlay: StateOverlay;
  readonly entity: Entity | undefined;
  /** Facts whose handler threw; they contribute nothing, as they did when they were appended. */
  readonly failures: readonly { seq: number; detail: string }[];
}

export class HydrationManager {
  readonly #facts: FactManager;
  readonly #evolver: Evolver;

  constructor(facts: FactManager, evolver: Evolver) {
    this.#facts = facts;
    this.#evolver = evolver;
  }

  /** Replays facts 1 to `toSeq` on an overlay of its own; live state is not touched. */
  async replay(toSeq: number): Promise<Replay> {
    const accumulator = this.begin();
    for (const page of this.#facts.pages(toSeq)) {
      for (const row of page) await accumulator.add(toFact(row));
    }
    return accumulator.result();
  }

  /** Facts one by one, for a reader that also checks them. */
  begin(): { add(fact: Fact): Promise<void>; result(): Replay } {
    const overlay = new StateOverlay();
    const failures: { seq: number; detail: string }[] = [];
    let entity: Entity | undefined;
    const evolver = this.#evolver;
    return {
      async add(fact) {
        entity = evolveEntity(entity, fact);
        const running = evolver.apply(overlay, fact);
        const detail = running instanceof Promise ? await running : running;
        if (detail !== undefined) failures.push({ seq: fact.seq, detail });
      },
      result: () => ({ overlay, entity, failures }),
    };
  }
}
