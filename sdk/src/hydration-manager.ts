// Replays stored facts through the ledger's own code, page by page, into an overlay. Never writes;
// whoever asked decides what the result is for.
import { type Entity, evolveEntity } from './entity.ts';
import type { Evolver } from './evolver.ts';
import type { Fact } from './fact.ts';
import type { FactManager } from './fact-manager.ts';
import type { ConfigReader } from './ledger-configs.ts';
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

/** Called after each fact with the state so far. */
type OnFact = (seq: number, overlay: StateOverlay) => void;

/** Where a replay starts and who watches it. */
export interface ReplayOptions {
  /** State to go on from; a replay from the first fact by default. */
  readonly base?: Snapshot | undefined;
  readonly onFact?: OnFact;
}

/** A replay that is fed page by page. */
export interface Accumulator {
  readonly overlay: StateOverlay;
  /** Throws LedgerError `schema_too_new` before the fact that is. */
  add(facts: readonly Fact[], onFact?: OnFact): Promise<void>;
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
      await accumulator.add(page, onFact);
    }
    return accumulator.result();
  }

  /** Facts as they come, for a reader that also checks them; `configs` are only supposed. */
  begin(base?: Snapshot, configs?: ConfigReader): Accumulator {
    const overlay = new StateOverlay(undefined, base?.values, configs);
    const failures: { seq: number; detail: string }[] = [];
    let entity: Entity | undefined;
    let version = 0;
    const evolver = this.#evolver;
    return {
      overlay,
      async add(facts, onFact) {
        let done = 0;
        const settled = (seq: number, detail: string | undefined): void => {
          if (detail !== undefined) failures.push({ seq, detail });
          version = seq;
          onFact?.(seq, overlay);
        };
        // A promise costs more than a synchronous handler; only one that is there is awaited.
        const stretch = (): Promise<void> | undefined => {
          for (let fact = facts[done]; fact; fact = facts[done]) {
            const { seq } = fact;
            // The others change the version alone.
            if (fact.type === 'lifecycle') entity = evolveEntity(entity, fact);
            const running = evolver.apply(overlay, fact);
            done += 1;
            if (running instanceof Promise) return running.then((detail) => settled(seq, detail));
            settled(seq, running);
          }
          return undefined;
        };
        await evolver.together(overlay, stretch);
      },
      result: () => ({ overlay, entity: entity && { ...entity, version }, failures }),
    };
  }
}
