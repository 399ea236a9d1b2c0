// Cached state as it was at positions of the past, so that any moment costs a bounded tail of
// replay. Each snapshot can be dropped and is then missed in time only; verification compares
// every one with the facts. It never decides what state is, and never holds one in memory.
import type { PersonalVault } from './ledger-personal.ts';
import type { SchemaManager } from './schema-manager.ts';

/** State after the fact `seq`. */
export interface Snapshot {
  readonly seq: number;
  /** JSON text by name. */
  readonly values: ReadonlyMap<string, string>;
}

/** Facts between two snapshots, at least. */
export const SNAPSHOT_FACTS = 1000;
/** A big state is kept less often: characters of snapshots per fact, at most. */
const CHARACTERS_PER_FACT = 100;
/** The row of a snapshot without values; no value is an empty text. */
const NOTHING = '';

type SnapshotRow = { name: string; value: string };

export class SnapshotStore {
  readonly #sql: SqlStorage;
  readonly #schema: SchemaManager;
  readonly #vault: PersonalVault;
  /** First position that a new snapshot is due at; undefined until it is read. */
  #dueAt: number | undefined;

  constructor(sql: SqlStorage, schema: SchemaManager, vault: PersonalVault) {
    this.#sql = sql;
    this.#schema = schema;
    this.#vault = vault;
  }

  /** Whether `seq` is far enough from the snapshot before it. */
  isDue(seq: number): boolean {
    if (seq < SNAPSHOT_FACTS) return false;
    this.#dueAt ??= this.#readDueAt();
    return seq >= this.#dueAt;
  }

  /** Writes a snapshot: one row a value. Call inside a transaction. */
  write(seq: number, values: Iterable<readonly [name: string, value: string]>): void {
    this.#schema.ensure('snapshots');
    let rows = 0;
    let characters = 0;
    for (const [name, value] of values) {
      this.#insert(seq, name, this.#vault.conceal(value));
      rows += 1;
      characters += value.length;
    }
    if (rows === 0) this.#insert(seq, NOTHING, NOTHING);
    this.#dueAt = seq + spacing(characters);
  }

  /** The newest snapshot at or before `seq`. */
  newest(seq: number): Snapshot | undefined {
    if (seq < SNAPSHOT_FACTS || !this.#schema.has('snapshots')) return undefined;
    const query = 'SELECT max(seq) AS seq FROM snapshots WHERE seq <= ?';
    const found = this.#sql.exec<{ seq: number | null }>(query, seq).one().seq;
    return found === null ? undefined : { seq: found, values: this.#values(found) };
  }

  /** Positions that have a snapshot, ascending. */
  positions(): number[] {
    if (!this.#schema.has('snapshots')) return [];
    const query = 'SELECT DISTINCT seq FROM snapshots ORDER BY seq';
    return [...this.#sql.exec<{ seq: number }>(query)].map((row) => row.seq);
  }

  /** Drops snapshots from `seq` on; the replay of later facts writes new ones. */
  dropFrom(seq: number): void {
    if (this.#schema.has('snapshots')) {
      this.#sql.exec('DELETE FROM snapshots WHERE seq >= ?', seq);
    }
    this.#dueAt = undefined;
  }

  #insert(seq: number, name: string, value: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)', seq, name, value);
  }

  #values(seq: number): Map<string, string> {
    const query = 'SELECT name, value FROM snapshots WHERE seq = ?';
    const rows = [...this.#sql.exec<SnapshotRow>(query, seq)];
    const kept = rows.filter(({ value }) => value !== NOTHING);
    return new Map(kept.map(({ name, value }) => [name, this.#vault.open(value) ?? value]));
  }

  #readDueAt(): number {
    if (!this.#schema.has('snapshots')) return SNAPSHOT_FACTS;
    const query = `SELECT seq, sum(length(value)) AS characters FROM snapshots
      GROUP BY seq ORDER BY seq DESC LIMIT 1`;
    const [row] = this.#sql.exec<{ seq: number; characters: number }>(query);
    return row ? row.seq + spacing(row.characters) : SNAPSHOT_FACTS;
  }
}

function spacing(characters: number): number {
  return Math.max(SNAPSHOT_FACTS, Math.ceil(characters / CHARACTERS_PER_FACT));
}
