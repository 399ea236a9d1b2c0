// Leaves a target alone that keeps failing, and remembers it across evictions. It never calls
// anything itself and stores nothing for a ledger that was never created.
import type { LazyTable } from './schema-manager.ts';

/** Failures in a row that open the circuit. */
const FAILURES_TO_OPEN = 3;
/** How long it stays open before one probe, milliseconds. */
const OPEN_MS = 60_000;

/** An opening or a closing, as it is recorded. `open_until` in milliseconds since 1970. */
export type BreakerChange = {
  name: string;
  state: 'open' | 'closed';
  /** In a row; 0 when it closes. */
  failures: number;
  /** 0 when it closes. */
  open_until: number;
  /** What the last call came to. */
  message: string;
};

/** Tables that only some ledgers need, made when they are. */
export interface LazyTables {
  /** Whether the ledger was ever created. */
  exists(): boolean;
  has(table: LazyTable): boolean;
  /** Call inside a transaction. */
  ensure(table: LazyTable, columns: string): unknown;
}

const COLUMNS = `(name TEXT PRIMARY KEY, open_until INTEGER NOT NULL,
    failures INTEGER NOT NULL) WITHOUT ROWID`;

/** Where a breaker keeps its state, and whom it tells. */
export interface BreakerParts {
  readonly sql: SqlStorage;
  readonly schema: LazyTables;
  /** Runs its closure as one transaction. */
  readonly commit: (write: () => void) => void;
  /** Must not throw. */
  readonly onChange: (change: BreakerChange) => void;
}

type Row = { open_until: number; failures: number };

/**
 * Closed, it lets all calls through; three failures in a row open it. Open, it lets one probe a
 * minute through, whose success closes it. Without `parts` its state is lost with the object.
 */
export class CircuitBreaker {
  readonly name: string;
  readonly #parts: BreakerParts | undefined;
  #failures = 0;
  /** 0 while closed, in storage too. */
  #openUntil = 0;

  constructor(name: string, parts?: BreakerParts) {
    this.name = name;
    this.#parts = parts;
    if (!parts?.schema.has('breakers')) return;
    const query = 'SELECT open_until, failures FROM breakers WHERE name = ?';
    const row = parts.sql.exec<Row>(query, name).toArray()[0];
    if (!row) return;
    this.#openUntil = row.open_until;
    this.#failures = row.failures;
  }

  /** When the call begins, to be told how it ends; undefined when it must not be made. */
  enter(): number | undefined {
    const now = Date.now();
    if (now < this.#openUntil) return undefined;
    // The probe: a second one only if this one is not heard of.
    if (this.#openUntil > 0) this.#openUntil = now + OPEN_MS;
    return now;
  }

  /** How the call that began at `enteredAt` ended: it succeeded unless there is a `failure`. */
  leave(enteredAt: number, failure?: string): void {
    const before = this.#openUntil;
    // A call from before the opening says nothing about now.
    if (enteredAt < before - OPEN_MS) return;
    this.#failures = failure === undefined ? 0 : this.#failures + 1;
    const failures = this.#failures;
    const opens = failures >= FAILURES_TO_OPEN;
    if (!opens && before === 0) return;
    const openUntil = opens ? Date.now() + OPEN_MS : 0;
    this.#openUntil = openUntil;
    if (!this.#parts?.schema.exists()) return;
    const { sql, schema, commit, onChange } = this.#parts;
    const { name } = this;
    commit(() => {
      schema.ensure('breakers', COLUMNS);
      sql.exec('INSERT OR REPLACE INTO breakers VALUES (?, ?, ?)', name, openUntil, failures);
    });
    // A probe that fails opens nothing that was not open.
    if (opens && before > 0) return;
    const message = failure ?? 'It answers.';
    onChange({ name, state: opens ? 'open' : 'closed', failures, open_until: openUntil, message });
  }
}
