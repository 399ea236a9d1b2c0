// What one ledger object holds in memory: its entity, the head of its chain, and whether cached
// state is behind. Moves only after a commit; it never writes a fact.
import { CLEAR } from './clear-vault.ts';
import { type Entity, evolveEntity } from './entity.ts';
import { LedgerError } from './errors.ts';
import type { FactManager } from './fact-manager.ts';
import { EMPTY_HEAD, type Head } from './hash-chain.ts';
import type { PersonalVault } from './ledger-personal.ts';
import type { SchemaManager } from './schema-manager.ts';

export interface LedgerSnapshot {
  readonly entity: Entity | undefined;
  readonly head: Head;
  /** First fact that cached state lacks; undefined when it is up to date. */
  readonly staleSince: number | undefined;
}

/** What a fact may change of an entity, but for its version. */
const CHANGING = ['updated_at', 'lifecycle', 'tenant_id', 'data', 'metadata'] as const;

type EntityRow = { body: string; stale_since: number | null };

export class LedgerMemory {
  readonly #sql: SqlStorage;
  readonly #schema: SchemaManager;
  readonly #facts: FactManager;
  readonly #vault: PersonalVault;
  #snapshot: LedgerSnapshot | undefined;

  constructor(sql: SqlStorage, schema: SchemaManager, facts: FactManager, vault: PersonalVault) {
    this.#vault = vault;
    this.#sql = sql;
    this.#schema = schema;
    this.#facts = facts;
  }

  /** Read from storage once, then from memory. */
  current(): LedgerSnapshot {
    this.#snapshot ??= this.load();
    return this.#snapshot;
  }

  get entity(): Entity | undefined {
    return this.current().entity;
  }

  /** What storage says, whatever memory holds. */
  load(): LedgerSnapshot {
    const absent = { entity: undefined, head: EMPTY_HEAD, staleSince: undefined };
    if (!this.#schema.exists()) return absent;
    if (this.#vault === CLEAR && this.#schema.has('personal_key')) {
      const detail = 'The class declares no personalData.';
      throw new LedgerError({ code: 'schema_too_new', detail });
    }
    const query = 'SELECT body, stale_since FROM entities LIMIT 1';
    const row = this.#sql.exec<EntityRow>(query).toArray()[0];
    const head = this.#facts.head();
    // The row is a projection: lost, it is read off the facts, and written again with the next.
    const body = row && this.#vault.open(row.body);
    if (!row || body === undefined) {
      return head.seq === 0 ? absent : { entity: this.#project(), head, staleSince: 1 };
    }
    // Parse edge: written by store() below. The version is the head's, not the row's.
    const entity: Entity = { ...(JSON.parse(body) as Entity), version: head.seq };
    return { entity, head, staleSince: row.stale_since ?? undefined };
  }

  /** Writes entity and staleness when they changed; call inside the transaction of the facts. */
  store(next: LedgerSnapshot): void {
    const now = this.current();
    const { entity } = next;
    if (!entity) return;
    const changed = CHANGING.some((field) => entity[field] !== now.entity?.[field]);
    if (!changed && next.staleSince === now.staleSince) return;
    this.#sql.exec(
      'INSERT OR REPLACE INTO entities VALUES (?, ?, ?)',
      entity.id,
      this.#vault.conceal(JSON.stringify(entity)),
      next.staleSince ?? null,
    );
  }

  #project(): Entity | undefined {
    let entity: Entity | undefined;
    for (const page of this.#facts.factPages(this.#facts.head().seq)) {
      for (const fact of page) entity = evolveEntity(entity, fact);
    }
    return entity;
  }

  /** The commit is done: memory follows. */
  adopt(next: LedgerSnapshot): void {
    this.#snapshot = next;
  }
}
