// Puts facts of another ledger into an object that has none of its own, as they are: for replaying a
// history somewhere else. No ledger imports it, it checks nothing, and a copy is never written to.
import { CLEAR } from './clear-vault.ts';
import type { Fact } from './fact.ts';
import { FactIndex } from './fact-index.ts';
import { FactManager } from './fact-manager.ts';
import { SchemaManager } from './schema-manager.ts';

/** A ledger's own tables, filled from the outside before the ledger first reads them. */
export class LedgerCopy {
  readonly #storage: DurableObjectStorage;
  readonly #schema: SchemaManager;
  readonly #facts: FactManager;
  readonly #index: FactIndex;

  constructor(storage: DurableObjectStorage) {
    const { sql } = storage;
    this.#storage = storage;
    this.#schema = new SchemaManager(sql);
    this.#facts = new FactManager(sql, CLEAR);
    this.#index = new FactIndex(sql, this.#schema);
  }

  /** Adds `facts`, in their order; those that are there already are passed over. Gives the head. */
  add(facts: readonly Fact[]): number {
    this.#storage.transactionSync(() => {
      if (!this.#schema.exists()) this.#schema.create();
      const head = this.#facts.head().seq;
      const fresh = facts.filter(({ seq }) => seq > head);
      for (const fact of fresh) {
        const { hash: _, ...rest } = fact;
        const recordedAt = Date.parse(fact.recorded_at);
        this.#facts.insert({ fact, recordedAt, body: JSON.stringify(rest) });
      }
      this.#index.write(fresh);
    });
    return this.#facts.head().seq;
  }
}
