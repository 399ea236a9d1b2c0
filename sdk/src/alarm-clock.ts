// The one alarm of a Durable Object, for several who want to be woken. Keeps the earliest wish and
// never postpones one; it does no work itself.

export class AlarmClock {
  readonly #storage: DurableObjectStorage;
  /** The alarm this object has set since it started; undefined when it has set none. */
  #dueAt: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /**
   * For what is due at once: part of the commit it follows in the same synchronous stretch, so that
   * no crash can come between. `ms` from now.
   */
  soon(ms: number): void {
    const at = Date.now() + ms;
    if (this.#dueAt !== undefined && this.#dueAt <= at) return;
    this.#dueAt = at;
    // Not awaited: the output gate holds the answer until it is stored.
    void this.#storage.setAlarm(at);
  }

  /** For what can wait: leaves an earlier alarm alone. `ms` from now. */
  async within(ms: number): Promise<void> {
    const at = Date.now() + ms;
    const set = this.#dueAt ?? (await this.#storage.getAlarm());
    if (set === null || set > at) this.soon(ms);
  }

  /** The alarm went off. */
  rang(): void {
    this.#dueAt = undefined;
  }
}
