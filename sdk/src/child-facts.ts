// Takes in the facts of child ledgers: each is handed to the ledger's handler until the handler is
// done with it, and what the handler appends is appended once. It never decides what to append.
import type { LazyTables } from './circuit-breaker.ts';
import type { Entity } from './entity.ts';
import { messageOf } from './evolver.ts';
import type { Fact, FactInput } from './fact.ts';
import type { ChildFactAck, ChildFactBatch, Delivery, DeliveryStep } from './ledger-parent.ts';
import { hookError } from './ledger-writer.ts';
import { accept, notFound, type Outcome, type Refusal, refuse, refuseField } from './outcome.ts';

/** How long a look at the ancestors is trusted, milliseconds. */
const ANCESTORS_MS = 60_000;
/** Codes of refusals that end without the fact's doing: it is sent again. */
const MAY_PASS: readonly unknown[] = ['internal', 'not_ready', 'schema_too_new', 'storage_full'];

const COLUMNS = `(child_id TEXT PRIMARY KEY, seq INTEGER NOT NULL,
    fact_id TEXT, appended TEXT NOT NULL) WITHOUT ROWID`;

/** What receiving needs of the ledger it belongs to. */
export interface ChildFactsParts {
  readonly sql: SqlStorage;
  readonly schema: LazyTables;
  /** Runs its closure as one transaction. */
  readonly commit: (write: () => void) => void;
  entity(): Entity | undefined;
  ancestors(): Promise<Outcome<string[]>>;
  /** The ledger's own code, run with `delivery` in its causation context. */
  onChildFact(childId: string, fact: Fact, delivery: Delivery): Promise<void>;
  /** Appends a fact of the ledger's own. */
  append(input: FactInput, step: DeliveryStep | undefined): Promise<Outcome<Fact>>;
}

/**
 * `seq`: the child's last fact that is done. `fact_id`: the fact in progress; `appended`: the `seq`
 * that its handler's appends were given, by their order, as JSON.
 */
type Row = { seq: number; fact_id: string | null; appended: string };
type Appended = (number | null)[];

export class ChildFacts {
  readonly #parts: ChildFactsParts;
  readonly #running = new Set<string>();
  #above: readonly string[] = [];
  /** Until when that is trusted, milliseconds since 1970. */
  #until = 0;

  constructor(parts: ChildFactsParts) {
    this.#parts = parts;
  }

  /**
   * Hands on the facts not yet done, in order, and answers up to where. Errors: `not_found`,
   * `conflict` (`cycle`, `too_deep`), `not_ready` while facts of the same child are under way.
   */
  async receive(batch: ChildFactBatch): Promise<Outcome<ChildFactAck>> {
    const { child_id: childId, tenant_id, facts } = batch;
    const entity = this.#parts.entity();
    if (!entity || entity.tenant_id !== tenant_id) return notFound();
    const refusal = await this.#cycle(entity.id, childId);
    if (refusal) return refusal;
    if (this.#running.has(childId)) return refuse('not_ready', 'Under way.');
    this.#running.add(childId);
    try {
      return accept({ seq: await this.#takeIn(childId, facts) });
    } finally {
      this.#running.delete(childId);
    }
  }

  async #cycle(id: string, childId: string): Promise<Refusal | undefined> {
    // What would stop a child for good is looked up afresh.
    if (this.#until < Date.now() || this.#above.includes(childId)) {
      const found = await this.#parts.ancestors();
      if (!found.ok && found.error.code === 'conflict') return found;
      this.#above = found.ok ? found.value : [];
      this.#until = Date.now() + ANCESTORS_MS;
    }
    return [id, ...this.#above].includes(childId) ? cycleRefusal() : undefined;
  }

  /** The position it came to: short of the last fact when one must be sent again. */
  async #takeIn(childId: string, facts: readonly Fact[]): Promise<number> {
    const { sql, schema, commit } = this.#parts;
    const row = this.#read(childId);
    let seq = row?.seq ?? 0;
    let stored = seq;
    /** Call inside a transaction. */
    const store = (factId: string | null = null, appended: Appended = []): void => {
      schema.ensure('child_facts', COLUMNS);
      const query = 'INSERT OR REPLACE INTO child_facts VALUES (?, ?, ?, ?)';
      sql.exec(query, childId, seq, factId, JSON.stringify(appended));
      stored = seq;
    };
    for (const fact of facts) {
      if (fact.seq <= seq) continue;
      // Parse edge: written by `store` above.
      const appended = (row?.fact_id === fact.id ? JSON.parse(row.appended) : []) as Appended;
      let asked = 0;
      let isOver = false;
      /** Tells the handler's appends apart by their order. */
      const next = (): DeliveryStep | undefined => {
        if (isOver) return undefined;
        const ordinal = asked;
        asked += 1;
        const record = (at: number): void => {
          // What the handler did not wait for must not move the cursor back.
          if (isOver) return;
          appended[ordinal] = at;
          store(fact.id, appended);
        };
        return { seq: appended[ordinal] ?? undefined, record };
      };
      // Done with the very commit that says it failed.
      const fail = (): void => {
        seq = fact.seq;
        store();
      };
      const isDone = await this.#hand(childId, fact, { next }, fail);
      isOver = true;
      if (!isDone) break;
      seq = fact.seq;
    }
    // A handler may as well run again over what it is done with, as what it appended is known: it is
    // enough to write once a batch, and with each append.
    if (stored < seq) commit(() => store());
    return seq;
  }

  /** Whether the handler is done with `fact`, be it by failing for good. */
  async #hand(childId: string, fact: Fact, run: Delivery, fail: () => void): Promise<boolean> {
    const parts = this.#parts;
    try {
      await parts.onChildFact(childId, fact, run);
      return true;
    } catch (error) {
      if (mayPass(error)) return false;
      const failed = hookError('onChildFact', fact, messageOf(error));
      const data = { ...failed.data, child_id: childId };
      const outcome = await parts.append({ ...failed, data }, { seq: undefined, record: fail });
      return outcome.ok || !mayPass(outcome.error);
    }
  }

  #read(childId: string): Row | undefined {
    const { sql, schema } = this.#parts;
    if (!schema.has('child_facts')) return undefined;
    const query = 'SELECT seq, fact_id, appended FROM child_facts WHERE child_id = ?';
    return sql.exec<Row>(query, childId).toArray()[0];
  }
}

/** `fact` of a child as a fact of this ledger, so that it goes on to the parent. */
export function bubbled(childId: string, fact: Fact): FactInput {
  const { type, subtype, id, data } = fact;
  const named = subtype !== undefined && { subtype };
  return { type, ...named, source_id: id, data: { ...data, child_id: childId } };
}

/** The refusal of a parent that stands below its child. */
export function cycleRefusal(): Refusal {
  return parentRefusal('cycle', 'The parent is a descendant of its child.');
}

/** A refusal of `parent_id`. */
export function parentRefusal(code: string, detail: string): Refusal {
  return refuseField('/parent_id', code, detail, 'conflict');
}

function mayPass(error: unknown): boolean {
  return error instanceof Object && 'code' in error && MAY_PASS.includes(error.code);
}
