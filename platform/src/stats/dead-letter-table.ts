// The rows of what the queue gave up on: how many, and the newest of them. Can be made again from the
// facts, which keep all.
const TABLE = `
  CREATE TABLE IF NOT EXISTS dead_letters (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, reason TEXT NOT NULL,
    tenant_id TEXT, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS dead_letter_count (
    id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL);`;

/** Letters that are shown, and told from repeats. */
const KEPT = 1000;

/** What is kept of a message; `at` in milliseconds since 1970, when it became a dead letter. */
export type DeadLetterRow = {
  /** Of the message on the queue. */
  id: string;
  at: number;
  reason: string;
  tenant_id: string | null;
  body: string;
};

export class DeadLetterTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  create(): void {
    this.#sql.exec(TABLE);
  }

  clear(): void {
    this.#sql.exec('DELETE FROM dead_letters; DELETE FROM dead_letter_count;');
  }

  has(id: string): boolean {
    return this.#sql.exec('SELECT 1 FROM dead_letters WHERE id = ?', id).toArray().length > 0;
  }

  /** `seq` is the position of its fact; call inside a transaction. */
  add(seq: number, { id, at, reason, tenant_id, body }: DeadLetterRow): void {
    const insert = 'INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?)';
    this.#sql.exec(insert, seq, id, at, reason, tenant_id, body);
    this.#sql.exec(
      'INSERT INTO dead_letter_count VALUES (1, 1) ON CONFLICT DO UPDATE SET count = count + 1',
    );
    const oldest = 'SELECT seq FROM dead_letters ORDER BY seq DESC LIMIT 1 OFFSET ?';
    this.#sql.exec(`DELETE FROM dead_letters WHERE seq <= (${oldest})`, KEPT);
  }

  count(): number {
    const query = 'SELECT count FROM dead_letter_count WHERE id = 1';
    return this.#sql.exec<{ count: number }>(query).toArray()[0]?.count ?? 0;
  }

  newest(limit: number): DeadLetterRow[] {
    const query = `SELECT id, at, reason, tenant_id, body FROM dead_letters
      ORDER BY seq DESC LIMIT ?`;
    return this.#sql.exec<DeadLetterRow>(query, limit).toArray();
  }
}
