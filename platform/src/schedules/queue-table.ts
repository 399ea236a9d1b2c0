// The messages of one tenant's queue as rows: what waits, and what failed for good. It keeps what it is
// told and decides nothing.

export interface Message {
  readonly id: string;
  /** JSON text. */
  readonly body: string;
  readonly sent_at: number;
  /** Deliveries begun. */
  readonly attempts: number;
}

export interface DeadMessage extends Message {
  readonly error: string;
  readonly dead_at: number;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly dead: number;
  /** Of both. */
  readonly bytes: number;
}

type Row = { id: string; body: string; sent_at: number; attempts: number; bytes: number };

export class QueueTable {
  readonly #sql: SqlStorage;
  #exists = false;
  /** Counted once and then kept up: a send must not cost as much as all that waits. */
  #counts: QueueCounts | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(message: { id: string; body: string; bytes: number; now: number; due: number }): void {
    const before = this.counts();
    this.#sql.exec(
      `INSERT INTO queue_messages (id, body, bytes, sent_at, due_at, attempts)
       VALUES (?, ?, ?, ?, ?, 0)`,
      message.id,
      message.body,
      message.bytes,
      message.now,
      message.due,
    );
    const { waiting, dead, bytes } = before;
    this.#counts = { waiting: waiting + 1, dead, bytes: bytes + message.bytes };
  }

  /** Those that are due at `now`, longest due first; `busy` are left out. */
  due(
    now: number,
    { limit, maxBytes, busy }: { limit: number; maxBytes: number; busy: ReadonlySet<string> },
  ): Message[] {
    this.#ensure();
    const rows = this.#sql.exec<Row>(
      `SELECT id, body, sent_at, attempts, bytes FROM queue_messages
       WHERE dead_at IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
      now,
      limit + busy.size,
    );
    const taken: Message[] = [];
    let room = maxBytes;
    for (const { bytes, ...message } of rows) {
      if (busy.has(message.id)) continue;
      room -= bytes;
      if (taken.length === limit || (room < 0 && taken.length > 0)) break;
      taken.push(message);
    }
    return taken;
  }

  /** A delivery of these begins; `by` -1 takes one back that reached nobody. */
  countAttempt(ids: readonly string[], by = 1): void {
    for (const id of ids) {
      this.#sql.exec('UPDATE queue_messages SET attempts = attempts + ? WHERE id = ?', by, id);
    }
  }

  remove(id: string): void {
    this.#sql.exec('DELETE FROM queue_messages WHERE id = ?', id);
    this.#counts = undefined;
  }

  retryAt(id: string, dueAt: number): void {
    this.#sql.exec('UPDATE queue_messages SET due_at = ? WHERE id = ?', dueAt, id);
  }

  bury(id: string, now: number, error: string): void {
    this.#sql.exec('UPDATE queue_messages SET dead_at = ?, error = ? WHERE id = ?', now, error, id);
    this.#counts = undefined;
  }

  isDead(id: string): boolean {
    this.#ensure();
    const sql = 'SELECT 1 FROM queue_messages WHERE id = ? AND dead_at IS NOT NULL';
    return this.#sql.exec(sql, id).toArray().length > 0;
  }

  /** A dead message waits again, as if it was never tried. */
  revive(id: string, now: number): void {
    this.#sql.exec(
      `UPDATE queue_messages SET dead_at = NULL, error = NULL, attempts = 0, due_at = ?
       WHERE id = ? AND dead_at IS NOT NULL`,
      now,
      id,
    );
    this.#counts = undefined;
  }

  /** When the next one is due, `busy` ones left out. */
  nextAt(busy: ReadonlySet<string>): number | undefined {
    this.#ensure();
    const rows = this.#sql.exec<{ id: string; due_at: number }>(
      'SELECT id, due_at FROM queue_messages WHERE dead_at IS NULL ORDER BY due_at, id LIMIT ?',
      busy.size + 1,
    );
    return rows.toArray().find(({ id }) => !busy.has(id))?.due_at;
  }

  dead(limit: number): DeadMessage[] {
    this.#ensure();
    return this.#sql
      .exec<Row & { error: string; dead_at: number }>(
        `SELECT id, body, bytes, sent_at, attempts, error, dead_at FROM queue_messages
         WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id DESC LIMIT ?`,
        limit,
      )
      .toArray();
  }

  counts(): QueueCounts {
    this.#counts ??= this.#count();
    return this.#counts;
  }

  clear(): void {
    this.#ensure();
    this.#sql.exec('DELETE FROM queue_messages');
    this.#counts = undefined;
  }

  #count(): QueueCounts {
    this.#ensure();
    return this.#sql
      .exec<{ waiting: number; dead: number; bytes: number }>(
        `SELECT count(*) - count(dead_at) AS waiting, count(dead_at) AS dead,
           coalesce(sum(bytes), 0) AS bytes FROM queue_messages`,
      )
      .one();
  }

  /** Made when it is first needed: an object that was only asked something stays empty. */
  #ensure(): void {
    if (this.#exists) return;
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS queue_messages (
         id TEXT PRIMARY KEY, body TEXT NOT NULL, bytes INTEGER NOT NULL,
         sent_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
         dead_at INTEGER, error TEXT
       ) STRICT`,
    );
    this.#sql.exec(
      `CREATE INDEX IF NOT EXISTS queue_messages_due ON queue_messages (due_at, id)
       WHERE dead_at IS NULL`,
    );
    this.#exists = true;
  }
}
