// What an embedded Cloudflare acknowledged while its processes were killed, and whether it is still
// there: written rows that must be found once, and values that must be the last acknowledged or newer.

/** A row as the user Worker under test tells it. */
export interface Row {
  readonly seq: number;
  readonly key: string;
}

/** Rows of one user Worker. Keys are never given twice, so a second row of one is a fault. */
export class WrittenRows {
  readonly #acknowledged = new Map<string, number>();
  /** Of `#acknowledged`, those not found yet. */
  readonly #open = new Map<string, number>();
  readonly #found = new Map<string, number>();
  #lastSeq = 0;

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Everything up to here was found before. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  acknowledge(key: string, seq: number): void {
    this.#acknowledged.set(key, seq);
    this.#open.set(key, seq);
  }

  /** What was acknowledged up to now; take it before the rows are read. */
  expected(): Map<string, number> {
    return new Map(this.#open);
  }

  /** Takes the rows after `lastSeq` and how many there are in all, and answers what is wrong. */
  check(expected: ReadonlyMap<string, number>, rows: readonly Row[], count: number): Fault[] {
    const faults: Fault[] = [];
    for (const { seq, key } of rows) {
      if (this.#found.has(key)) faults.push({ kind: 'duplicated', what: `row ${seq}, key ${key}` });
      this.#found.set(key, seq);
      this.#lastSeq = Math.max(this.#lastSeq, seq);
    }
    for (const [key, seq] of expected) {
      if (this.#found.get(key) !== seq)
        faults.push({ kind: 'lost', what: `row ${seq}, key ${key}` });
      this.#open.delete(key);
    }
    if (count < this.#lastSeq)
      faults.push({ kind: 'lost', what: `rows: ${count} of ${this.#lastSeq}` });
    return faults;
  }
}

export interface Fault {
  readonly kind: 'lost' | 'duplicated' | 'unavailable';
  readonly what: string;
}

/** One value that is changed through the API, one change after the other. */
export class KeptValue {
  #acknowledged: string;
  /** Tried since, without an answer that says yes: each may hold or not. */
  #tried: string[] = [];

  constructor(first: string) {
    this.#acknowledged = first;
  }

  get acknowledged(): string {
    return this.#acknowledged;
  }

  attempt(value: string): void {
    this.#tried.push(value);
  }

  acknowledge(value: string): void {
    this.#acknowledged = value;
    this.#tried = [];
  }

  /** Whether `value` can be: the last acknowledged or one tried since. What is seen once must stay. */
  holds(value: string): boolean {
    if (value === this.#acknowledged) return true;
    const index = this.#tried.indexOf(value);
    if (index < 0) return false;
    this.#acknowledged = value;
    this.#tried = this.#tried.slice(index + 1);
    return true;
  }
}
