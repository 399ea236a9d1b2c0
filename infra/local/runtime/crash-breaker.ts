// Gives a user Worker that keeps being ended a rest: its callers are told at once, and the machine is
// spared one process after the other. Pure but for the times it is given.

const WINDOW_MS = 60_000;
const ENDS_TO_OPEN = 3;
const REST_MS = 10_000;

export class CrashBreaker {
  /** Milliseconds since 1970, oldest first. */
  #ends: { readonly atMs: number; readonly message: string }[] = [];

  /** A process was ended or crashed; `message` is what its callers were told. */
  ended(atMs: number, message: string): void {
    this.#ends = [...this.#ends.filter((end) => atMs - end.atMs < WINDOW_MS), { atMs, message }];
  }

  /**
   * While it rests, what its last callers were told. After the rest one process may try; should it be
   * ended within the same minute, the rest begins again.
   */
  resting(nowMs: number): string | undefined {
    const recent = this.#ends.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const last = recent.at(-1);
    if (last === undefined || recent.length < ENDS_TO_OPEN) return undefined;
    return nowMs - last.atMs < REST_MS ? last.message : undefined;
  }

  /** New code deserves a new start. */
  reset(): void {
    this.#ends = [];
  }
}
