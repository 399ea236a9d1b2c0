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
} as const;

export class SchemaManager {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether this object was ever created. */
  exists(): boolean {
    const query = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'facts'`;
    return this.#sql.exec(query).toArray().length > 0;
  }

  /** Creates all tables; call inside the transaction that writes the first fact. */
  create(): void {
    for (const statement of Object.values(TABLES)) this.#sql.exec(statement);
  }
}
