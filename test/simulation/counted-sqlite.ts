// The part of a Durable Object's storage that the counted code uses, on Node's SQLite in memory, with a
// count of the rows as they would be billed. It is for counting, and keeps nothing.
import { DatabaseSync } from 'node:sqlite';

const TARGET = /^\s*(?:INSERT|REPLACE)[^]*?INTO\s+(\w+)/i;

export class CountedSqlite {
  rowsWritten = 0;
  /** Rows that statements gave back, and one for each that looked for some. */
  rowsRead = 0;
  readonly #database = new DatabaseSync(':memory:');
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  readonly #indexes = new Map<string, number>();

  /** What code of the SDK and the platform takes as `ctx.storage.sql`. */
  get sql(): SqlStorage {
    // Edge: only `exec` and `databaseSize` are called, and of a cursor only what is below.
    return this as unknown as SqlStorage;
  }

  /** What they take as `ctx.storage`. */
  get storage(): DurableObjectStorage {
    const transactionSync = <T>(run: () => T): T => run();
    return { sql: this.sql, transactionSync } as unknown as DurableObjectStorage;
  }

  exec(query: string, ...bindings: (string | number | null)[]): Iterable<object> {
    if (/^\s*CREATE/i.test(query)) {
      this.#database.exec(query);
      this.#indexes.clear();
      return cursorOf([]);
    }
    const statement = this.#statements.get(query) ?? this.#database.prepare(query);
    this.#statements.set(query, statement);
    if (/^\s*SELECT/i.test(query)) {
      const rows = statement.all(...bindings);
      this.rowsRead += Math.max(rows.length, 1);
      return cursorOf(rows);
    }
    const table = TARGET.exec(query)?.[1];
    const { changes } = statement.run(...bindings);
    this.rowsWritten += Number(changes) * (1 + (table === undefined ? 0 : this.#indexesOf(table)));
    this.rowsRead += 1;
    return cursorOf([]);
  }

  get databaseSize(): number {
    const [{ page_count = 0 } = {}] = this.#database.prepare('PRAGMA page_count').all();
    return Number(page_count) * 4096;
  }

  /** Each is a row more for a row inserted. */
  #indexesOf(table: string): number {
    const known = this.#indexes.get(table);
    if (known !== undefined) return known;
    const query = `SELECT count(*) AS n FROM sqlite_master
      WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`;
    const [{ n = 0 } = {}] = this.#database.prepare(query).all(table);
    this.#indexes.set(table, Number(n));
    return Number(n);
  }
}

function cursorOf(rows: readonly object[]): Iterable<object> {
  return Object.assign(rows.values(), { toArray: () => [...rows], one: () => rows[0] });
}

/** Runs `run` while the clock stands at `ms` since 1970, so that a seed says all there is to say. */
export function atTime<T>(ms: number, run: () => T): T {
  const real = Date.now;
  Date.now = () => ms;
  try {
    return run();
  } finally {
    Date.now = real;
  }
}
