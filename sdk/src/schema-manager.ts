// The tables of one ledger. Creates them with the entity and never before: an object nobody
// created stores nothing. What only some ledgers need is made when it is first needed.

/** Few rows per append on purpose (an index row is billed too): no index over all facts. */
const TABLES = {
  facts: `(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, recorded_at INTEGER NOT NULL,
    type TEXT NOT NULL, subtype TEXT, hash TEXT NOT NULL, body TEXT NOT NULL)`,
  entities: `(id TEXT PRIMARY KEY, body TEXT NOT NULL, stale_since INTEGER) WITHOUT ROWID`,
  cached_state: `(name TEXT PRIMARY KEY, seq INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID`,
  requests: `(day INTEGER NOT NULL, key TEXT NOT NULL, payload_hash TEXT NOT NULL,
    answer TEXT NOT NULL, PRIMARY KEY (day, key)) WITHOUT ROWID`,
  snapshots: `(seq INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (seq, name)) WITHOUT ROWID`,
  fact_index: `(type TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (type, key, seq)) WITHOUT ROWID`,
} as const;

/** What creating them comes to; by the runtime's clock, which waits for the next input, in no time. */
export const SCHEMA_INIT = { tables_created: Object.keys(TABLES), duration_ms: 0 };

/** A table of every ledger. */
type CommonTable = keyof typeof TABLES;
/** Made when it is first needed; who needs it knows its columns. */
export type LazyTable = 'personal_key' | 'breakers' | 'outbox' | 'child_facts';

export class SchemaManager {
  readonly #sql: SqlStorage;
  readonly #known = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether this object was ever created. */
  exists(): boolean {
    return this.has('facts');
  }

  /** Whether this ledger has the table: one made by an earlier version may lack a newer one. */
  has(table: CommonTable | LazyTable): boolean {
    if (this.#known.has(table)) return true;
    const query = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`;
    if (this.#sql.exec(query, table).toArray().length === 0) return false;
    this.#known.add(table);
    return true;
  }

  /** Creates a table that is missing; call inside a transaction. Whether it was. */
  ensure(table: CommonTable): boolean;
  ensure(table: LazyTable, columns: string): boolean;
  ensure(table: CommonTable & LazyTable, columns: string = TABLES[table]): boolean {
    if (this.has(table)) return false;
    this.#create(table, columns);
    return true;
  }

  /** Creates the tables of every ledger; call inside the transaction that writes the first fact. */
  create(): void {
    for (const [table, columns] of Object.entries(TABLES)) this.#create(table, columns);
  }

  #create(table: string, columns: string): void {
    this.#sql.exec(`CREATE TABLE ${table} ${columns}`);
  }
}
