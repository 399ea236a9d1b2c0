// Cached state on disk and in memory, and which overlay the running code belongs to. Memory moves
// only through `adopt`, after the commit; it never runs custom code itself.
// oxlint-disable-next-line typescript/triple-slash-reference -- ambient modules cannot be imported
/// <reference path="./runtime.d.ts" />
import { AsyncLocalStorage } from 'node:async_hooks';
import { StateOverlay } from './state-overlay.ts';

/** The application of one fact. Once over, nothing that its handler left running can stage. */
export interface Turn {
  readonly store: StateStore;
  readonly overlay: StateOverlay;
  open: boolean;
}

/** Follows a handler through its awaits. Shared by all ledgers of the isolate: a turn names its store. */
const turns = new AsyncLocalStorage<Turn>();

type StateRow = { name: string; seq: number; value: string };

export class StateStore {
  readonly #sql: SqlStorage;
  readonly #exists: () => boolean;
  readonly #memory = new Map<string, string | undefined>();
  #hits = 0;
  #misses = 0;

  constructor(sql: SqlStorage, exists: () => boolean) {
    this.#sql = sql;
    this.#exists = exists;
  }

  /** JSON text of a value as the running code should see it. */
  read(name: string): string | undefined {
    const overlay = this.staged();
    return overlay ? overlay.read(name) : this.committed(name);
  }

  committed(name: string): string | undefined {
    if (this.#memory.has(name)) {
      this.#hits += 1;
      return this.#memory.get(name);
    }
    this.#misses += 1;
    if (!this.#exists()) return undefined;
    const query = 'SELECT value FROM cached_state WHERE name = ?';
    const value = this.#sql.exec<{ value: string }>(query, name).toArray()[0]?.value;
    this.#memory.set(name, value);
    return value;
  }

  /** All committed values, by name. */
  all(): StateRow[] {
    return this.#sql
      .exec<StateRow>('SELECT name, seq, value FROM cached_state ORDER BY name')
      .toArray();
  }

  /** An overlay over what is committed. */
  stage(): StateOverlay {
    return new StateOverlay((name) => this.committed(name));
  }

  /** The overlay of the running code: present only inside an open turn of this store. */
  staged(): StateOverlay | undefined {
    const turn = turns.getStore();
    return turn?.open && turn.store === this ? turn.overlay : undefined;
  }

  /** Runs `callback`, and all that it awaits, inside `turn`. */
  inside<R>(turn: Turn, callback: () => R): R {
    return turns.run(turn, callback);
  }

  /** Writes what the overlay changed; call inside the transaction of its facts. */
  write(overlay: StateOverlay, seq: number): void {
    for (const [name, value] of overlay.kept()) {
      if (this.#memory.get(name) === value) continue;
      this.#sql.exec(
        `INSERT INTO cached_state (name, seq, value) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, value = excluded.value`,
        name,
        seq,
        value,
      );
    }
  }

  /** Drops everything, memory included, and writes the overlay; call inside a transaction. */
  replace(overlay: StateOverlay, seq: number): void {
    this.#sql.exec('DELETE FROM cached_state');
    this.#memory.clear();
    this.write(overlay, seq);
  }

  /** Memory follows disk, after the commit. */
  adopt(overlay: StateOverlay): void {
    for (const [name, value] of overlay.kept()) this.#memory.set(name, value);
  }

  takeCounts(): { hits: number; misses: number } {
    const counts = { hits: this.#hits, misses: this.#misses };
    this.#hits = 0;
    this.#misses = 0;
    return counts;
  }
}
