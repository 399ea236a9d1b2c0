// The fact table: appends sealed facts and reads them back by position, id or time. Never changes
// or removes a row, and never judges whether a fact may be appended.
import type { Fact } from './fact.ts';
import type { FactFilter } from './fact-query.ts';
import { EMPTY_HEAD, type Head, type SealedFact } from './hash-chain.ts';
import { idTimeMs } from './ids.ts';
import type { PersonalVault } from './ledger-personal.ts';

/** A row as stored. `body` is the exact canonical text that `hash` covers. */
export type FactRow = {
  seq: number;
  id: string;
  recorded_at: number;
  type: string;
  subtype: string | null;
  hash: string;
  body: string;
};

/** The columns of `COLUMNS`: values alone are read faster than objects. */
type RawRow = [
  seq: number,
  hash: string,
  body: string,
  id: string,
  recorded_at: number,
  type: string,
  subtype: string | null,
];

const json = (path: string): string => `json_extract(body, '$.${path}')`;
/** Rows read at once, and characters: a page stays well inside an object's memory. */
const PAGE_ROWS = 2000;
const PAGE_CHARACTERS = 4 * 1024 * 1024;
/** What a fact is read from. */
const TEXT = 'seq, hash, body';
const COLUMNS = `${TEXT}, id, recorded_at, type, subtype`;
/** Milliseconds since 1970, offsets taken into account. */
const EFFECTIVE_MS = `CAST(round(1000 * unixepoch(
  coalesce(${json('effective_at')}, ${json('timestamp')}), 'subsec')) AS INTEGER)`;

export class FactManager {
  readonly #sql: SqlStorage;
  readonly #vault: PersonalVault;

  constructor(sql: SqlStorage, vault: PersonalVault) {
    this.#sql = sql;
    this.#vault = vault;
  }

  /** The fact of a row, its personal fields open as long as they can be. */
  read(row: Pick<FactRow, 'hash' | 'body'>, masked?: boolean): Fact {
    return this.#vault.reveal(toFact(row), masked);
  }

  insert(sealed: SealedFact): void {
    const { fact, recordedAt, body } = sealed;
    this.#sql.exec(
      'INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)',
      fact.seq,
      fact.id,
      recordedAt,
      fact.type,
      fact.subtype ?? null,
      fact.hash,
      body,
    );
  }

  head(): Head {
    const query = `SELECT seq, hash, recorded_at AS recordedAt FROM facts
      ORDER BY seq DESC LIMIT 1`;
    return this.#sql.exec<Pick<Head, keyof Head>>(query).toArray()[0] ?? EMPTY_HEAD;
  }

  count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM facts').one().n;
  }

  /** Up to `limit` rows with `from <= seq <= to`, ascending. */
  rows(from: number, to: number, limit: number): FactRow[] {
    const query = `SELECT ${COLUMNS} FROM facts WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`;
    return this.#sql.exec<FactRow>(query, from, to, limit).toArray();
  }

  /** Rows up to `toSeq` in bounded pages. */
  pages(toSeq: number): Generator<FactRow[]> {
    return this.#pages(COLUMNS, 1, toSeq, ([seq, hash, body, id, recorded_at, type, subtype]) => ({
      seq,
      id,
      recorded_at,
      type,
      subtype,
      hash,
      body,
    }));
  }

  /** Facts up to `toSeq` in bounded pages, read without the columns that repeat the text. */
  factPages(toSeq: number, fromSeq = 1): Generator<Fact[]> {
    return this.#pages(TEXT, fromSeq, toSeq, ([, hash, body]) => this.read({ hash, body }));
  }

  *#pages<T>(columns: string, from: number, to: number, read: (row: RawRow) => T): Generator<T[]> {
    const query = `SELECT ${columns} FROM facts WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`;
    let next = from;
    while (next <= to) {
      const page: T[] = [];
      let characters = 0;
      for (const row of this.#sql.exec<FactRow>(query, next, to, PAGE_ROWS).raw<RawRow>()) {
        // The row's own position: the text's might have been changed, and pages must go on.
        next = row[0] + 1;
        page.push(read(row));
        characters += row[2].length;
        if (characters >= PAGE_CHARACTERS) break;
      }
      if (page.length === 0) return;
      yield page;
    }
  }

  /** The same as facts. */
  range(from: number, to: number, masked?: boolean): Fact[] {
    return this.rows(from, to, to - from + 1).map((row) => this.read(row, masked));
  }

  at(seq: number, masked?: boolean): Fact | undefined {
    return this.range(seq, seq, masked)[0];
  }

  /** Found by the time inside the id, so that no index row is written per append. */
  byId(id: string, masked?: boolean): Fact | undefined {
    const madeAt = idTimeMs(id);
    if (madeAt === undefined) return undefined;
    // A counter that ran over puts the id one millisecond after its row.
    const from = this.seqAt(madeAt - 2) + 1;
    const query = `SELECT ${COLUMNS} FROM facts WHERE seq BETWEEN ? AND ? AND id = ? LIMIT 1`;
    const rows = this.#sql.exec<FactRow>(query, from, this.seqAt(madeAt), id).toArray();
    return rows[0] && this.read(rows[0], masked);
  }

  /** The last seq recorded at or before `ms` since 1970, 0 when there is none. */
  seqAt(ms: number): number {
    let low = 0;
    let high = this.head().seq;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#recordedAt(middle) <= ms) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Rows between two positions that pass `filter`, at most `limit`, in the filter's order. */
  filtered(filter: FactFilter, from: number, to: number, limit: number): FactRow[] {
    const conditions = ['seq BETWEEN ? AND ?'];
    const values: (string | number)[] = [from, to];
    for (const [field, wanted] of Object.entries(filter.equals)) {
      conditions.push(`${columnOf(field)} = ?`);
      values.push(wanted);
    }
    if (filter.effectiveFrom !== undefined) {
      conditions.push(`${EFFECTIVE_MS} >= ?`);
      values.push(filter.effectiveFrom);
    }
    if (filter.effectiveBefore !== undefined) {
      conditions.push(`${EFFECTIVE_MS} < ?`);
      values.push(filter.effectiveBefore);
    }
    const order = filter.order === 'asc' ? 'ASC' : 'DESC';
    const query = `SELECT ${COLUMNS} FROM facts WHERE ${conditions.join(' AND ')} ORDER BY seq ${order} LIMIT ?`;
    return this.#sql.exec<FactRow>(query, ...values, limit).toArray();
  }

  #recordedAt(seq: number): number {
    const query = 'SELECT recorded_at FROM facts WHERE seq = ?';
    const row = this.#sql.exec<Pick<FactRow, 'recorded_at'>>(query, seq).toArray()[0];
    return row?.recorded_at ?? Number.POSITIVE_INFINITY;
  }
}

/** The fact of a row, as stored. */
export function toFact(row: Pick<FactRow, 'hash' | 'body'>): Fact {
  // Parse edge: the text was written by seal(), and verify() proves that it still is.
  const fact = JSON.parse(row.body) as Omit<Fact, 'hash'> & { hash: string };
  fact.hash = row.hash;
  return fact;
}

/**
 * A field of `FactFilter.equals`, whose names are not the caller's, as SQL. What has no column is read
 * from the text: an index row would be billed.
 */
function columnOf(field: string): string {
  if (COLUMNS.includes(field)) return field;
  return json(field === 'subject' ? 'data.subject' : field);
}
