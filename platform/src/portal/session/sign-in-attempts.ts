// Slows down whoever guesses: after a few failed sign-ins of one client id, the next ones wait for the
// minute to end. Kept in memory for each isolate; the 256 bits of a secret are what keeps it safe.

const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Bounds the memory that somebody can fill with made-up ids. */
const MAX_CLIENTS = 10_000;

interface Failures {
  count: number;
  readonly since: number;
}

export class SignInAttempts {
  readonly #failures = new Map<string, Failures>();

  /** Seconds to wait before this client may try again; 0 when it may now. `now` in milliseconds. */
  waitSeconds(clientId: string, now: number): number {
    const failures = this.#current(clientId, now);
    if (failures === undefined || failures.count < MAX_FAILURES) return 0;
    return Math.max(1, Math.ceil((failures.since + WINDOW_MS - now) / 1000));
  }

  failed(clientId: string, now: number): void {
    const failures = this.#current(clientId, now);
    if (failures !== undefined) failures.count += 1;
    else this.#failures.set(clientId, { count: 1, since: now });
    // A map keeps the order of insertion: the first is the oldest.
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_CLIENTS && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(clientId: string): void {
    this.#failures.delete(clientId);
  }

  #current(clientId: string, now: number): Failures | undefined {
    const failures = this.#failures.get(clientId);
    if (failures === undefined || now - failures.since < WINDOW_MS) return failures;
    this.#failures.delete(clientId);
    return undefined;
  }
}
