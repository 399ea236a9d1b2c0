// What the copies of an entity's children sent to its copy in a preview, in the order in which it was
// recorded. It only keeps; whether and when it is heard of is the replay's.
import type { ChildFact } from './preview-replay.ts';

const PAGE = 500;

type Row = { at: number; child_id: string; seq: number; body: string };

export class ChildFacts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Each once, however often it is sent. */
  add(facts: readonly ChildFact[]): void {
    this.#create();
    for (const { child_id, fact } of facts) {
      const at = Date.parse(fact.recorded_at);
      const query = 'INSERT OR IGNORE INTO preview_children VALUES (?, ?, ?, ?)';
      this.#sql.exec(query, at, child_id, fact.seq, JSON.stringify(fact));
    }
  }

  /** All of them, one after the other; read while they are asked for. */
  all(): { next(): ChildFact | undefined } {
    const rows = this.#rows();
    return {
      next: () => {
        const result = rows.next();
        if (result.done === true) return undefined;
        const { child_id, body } = result.value;
        // Parse edge: written by `add`.
        return { child_id, fact: JSON.parse(body) as ChildFact['fact'] };
      },
    };
  }

  *#rows(): Generator<Row, undefined> {
    this.#create();
    let last: Row = { at: -1, child_id: '', seq: 0, body: '' };
    for (;;) {
      const query = `SELECT at, child_id, seq, body FROM preview_children
        WHERE (at, child_id, seq) > (?, ?, ?) ORDER BY at, child_id, seq LIMIT ?`;
      const rows = this.#sql.exec<Row>(query, last.at, last.child_id, last.seq, PAGE).toArray();
      for (const row of rows) {
        last = row;
        yield row;
      }
      if (rows.length < PAGE) return undefined;
    }
  }

  #create(): void {
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS preview_children (at INTEGER NOT NULL,
      child_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (at, child_id, seq)) WITHOUT ROWID`);
  }
}
