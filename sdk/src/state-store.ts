// Cached state on disk and in memory, and which overlay the running code belongs to. Memory moves
// only through `adopt`, after the commit; it never runs custom code itself.
import { AsyncLocalStorage } from './causation.ts';
import type { PersonalVault } from './ledger-personal.ts';
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
  readonly #vault: PersonalVault;
  readonly #memory = new Map<string, string | undefined>();
  #read: StateOverlay | undefined;
  #hits = 0;
  #misses = 0;

  constructor(sql: SqlStorage, exists: () => boolean, vault: PersonalVault) {
    this.#vault = vault;
    this.#sql = sql;
    this.#exists = exists;
  }

  /** JSON text of a value as the running code should see it. */
  read(name: string): string | undefined {
    const overlay = this.visible();
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
    const stored = this.#sql.exec<{ value: string }>(query, name).toArray()[0]?.value;
    const value = stored === undefined ? undefined : this.#vault.open(stored);
    this.#memory.set(name, value);
    return value;
  }

  /** All committed values, by name. */
  all(): StateRow[] {
    const query = 'SELECT name, seq, value FROM cached_state ORDER BY name';
    return [...this.#sql.exec<StateRow>(query)].map((row) => ({
      ...row,
      value: this.#vault.open(row.value) ?? '',
    }));
  }

  /** The same without positions. */
  texts(): Map<string, string> {
    return new Map(this.all().map(({ name, value }) => [name, value]));
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

  /** What the running code sees: inside a turn, or while an invariant looks at what is staged. */
  visible(): StateOverlay | undefined {
    return this.staged() ?? this.#read;
  }

  /** Runs `callback`, which is synchronous, with a view of `overlay` that it cannot change. */
  reading<R>(overlay: StateOverlay, callback: () => R): R {
    this.#read = overlay;
    try {
      return callback();
    } finally {
      this.#read = undefined;
    }
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
        'INSERT OR REPLACE INTO cached_state VALUES (?, ?, ?)',
        name,
        seq,
        this.#vault.conceal(value),
      );
    }
  }

  /** Drops everything, memory included; call inside a transaction. */
  clear(): void {
    this.#sql.exec('DELETE FROM cached_state');
    this.#memory.clear();
  }

  /** Drops everything and writes the overlay; call inside a transaction. */
  replace(overlay: StateOverlay, seq: number): void {
    this.clear();
    this.write(overlay, seq);
  }

  /** Memory follows disk, after the commit. */
  adopt(overlay: StateOverlay): void {
    for (const [name, value] of overlay.kept()) this.#memory.set(name, value);
  }

  /** How often a committed value was asked for since `takeCounts`. */
  counted(): number {
    return this.#hits + this.#misses;
  }

  takeCounts(): { hits: number; misses: number } {
    const counts = { hits: this.#hits, misses: this.#misses };
    this.#hits = 0;
    this.#misses = 0;
    return counts;
  }
}
