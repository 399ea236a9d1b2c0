// Where the few facts are that are looked up by what they say: outcomes by subject, relationships,
// Configs. A copy of what the facts say, written in their commit, and none of their truth.
import type { Fact } from './fact.ts';
import type { SchemaManager } from './schema-manager.ts';

/** Types with a row for each fact; every other type is found by reading the ledger. */
export type IndexedType = 'outcome' | 'relationship' | 'config';

const INDEXED: readonly string[] = ['outcome', 'relationship', 'config'] satisfies IndexedType[];

/** The rows as the facts have them. `key` is an outcome's subject, else empty. */
const ROWS = `SELECT type,
    iif(type = 'outcome', json_extract(body, '$.data.subject'), '') AS key, seq
  FROM facts WHERE type IN ('outcome', 'relationship', 'config')`;

export class FactIndex {
  readonly #sql: SqlStorage;
  readonly #schema: SchemaManager;

  constructor(sql: SqlStorage, schema: SchemaManager) {
    this.#sql = sql;
    this.#schema = schema;
  }

  /** Call inside the transaction of the facts, after they are written. */
  write(facts: readonly Fact[]): void {
    for (const { type, seq, data } of facts) {
      if (!INDEXED.includes(type)) continue;
      this.#ensure();
      const key = type === 'outcome' && typeof data.subject === 'string' ? data.subject : '';
      this.#sql.exec('INSERT OR IGNORE INTO fact_index VALUES (?, ?, ?)', type, key, seq);
    }
  }

  /** Positions up to `to`, at most `limit`. */
  seqs(type: IndexedType, key: string, to: number, order: 'ASC' | 'DESC', limit: number): number[] {
    this.#ensure();
    const query = `SELECT seq FROM fact_index WHERE type = ? AND key = ? AND seq <= ?
      ORDER BY seq ${order} LIMIT ?`;
    return [...this.#sql.exec<{ seq: number }>(query, type, key, to, limit)].map(({ seq }) => seq);
  }

  /** Writes all of it anew from the facts; call inside a transaction. */
  rebuild(): void {
    this.#ensure();
    this.#sql.exec('DELETE FROM fact_index');
    this.#sql.exec(`INSERT OR IGNORE INTO fact_index ${ROWS}`);
  }

  /** The first position at which the index and the facts differ. */
  drift(): number | undefined {
    if (!this.#schema.has('fact_index')) return undefined;
    const query = `SELECT min(seq) AS seq FROM (
      SELECT * FROM (${ROWS} EXCEPT SELECT type, key, seq FROM fact_index)
      UNION ALL
      SELECT * FROM (SELECT type, key, seq FROM fact_index EXCEPT ${ROWS}))`;
    return this.#sql.exec<{ seq: number | null }>(query).one().seq ?? undefined;
  }

  /** A ledger of an earlier version has none yet. */
  #ensure(): void {
    if (this.#schema.ensure('fact_index')) {
      this.#sql.exec(`INSERT OR IGNORE INTO fact_index ${ROWS}`);
    }
  }
}
