// The tables of one ledger. Creates them with the entity and never before: an object nobody
// created stores nothing.

/** Few rows per append on purpose (an index row is billed too): no secondary index anywhere. */
const TABLES = {
  facts: `CREATE TABLE facts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    subtype TEXT,
    hash TEXT NOT NULL,
    body TEXT NOT NULL
  )`,
  entities: `CREATE TABLE entities (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    stale_since INTEGER
  ) WITHOUT ROWID`,
  cached_state: `CREATE TABLE cached_state (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    value TEXT NOT NULL
  ) WITHOUT ROWID`,
  requests: `CREATE TABLE requests (
    day INTEGER NOT NULL,
    key TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (day, key)
  ) WITHOUT ROWID`,
  snapshots: `CREATE TABLE snapshots (
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (seq, name)
  ) WITHOUT ROWID`,
} as const;

/** A table of a ledger. */
export type TableName = keyof typeof TABLES;

export class SchemaManager {
  readonly #sql: SqlStorage;
  readonly #known = new Set<TableName>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether this object was ever created. */
  exists(): boolean {
    return this.has('facts');
  }

  /** Whether this ledger has the table: one made by an earlier version may lack a newer one. */
  has(table: TableName): boolean {
    if (this.#known.has(table)) return true;
    const query = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`;
    if (this.#sql.exec(query, table).toArray().length === 0) return false;
    this.#known.add(table);
    return true;
  }

  /** Creates a table that an earlier version did not have; call inside a transaction. */
  ensure(table: TableName): void {
    if (!this.has(table)) this.#sql.exec(TABLES[table]);
  }

  /** Creates all tables; call inside the transaction that writes the first fact. */
  create(): void {
    for (const statement of Object.values(TABLES)) this.#sql.exec(statement);
  }
}
