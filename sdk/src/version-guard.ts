// Keeps older code from going on where newer code left off. Looks at the last fact once for each
// time the object starts: what is appended after that is of this code's own version.
import type { FactManager } from './fact-manager.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { ReadFact } from './upcaster.ts';

export class VersionGuard {
  readonly #facts: FactManager;
  readonly #memory: LedgerMemory;
  readonly #readFact: ReadFact;
  #passed = false;

  constructor(facts: FactManager, memory: LedgerMemory, readFact: ReadFact) {
    this.#facts = facts;
    this.#memory = memory;
    this.#readFact = readFact;
  }

  /** Throws LedgerError `schema_too_new` when the last fact is newer than the code. */
  check(): void {
    const { entity, head } = this.#memory.current();
    if (this.#passed || !entity) return;
    const last = this.#facts.at(head.seq);
    if (last) this.#readFact(last);
    this.#passed = true;
  }
}
