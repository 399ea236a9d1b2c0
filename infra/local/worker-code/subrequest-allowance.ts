// Holds a process to the subrequests of the requests it was given. What a call belongs to cannot be
// seen from outside the user Worker's isolate, so it is counted by process and minute. Pure.

const WINDOW_MS = 60_000;

export class SubrequestAllowance {
  #startMs = 0;
  #requests = 0;
  #spent = 0;

  /** A request came in. */
  entered(nowMs: number): void {
    this.#roll(nowMs);
    this.#requests += 1;
  }

  /**
   * Whether one more call may leave, with `limit` for each request of the minute; what nobody asked for,
   * an alarm, has as many once.
   */
  spend(limit: number, nowMs: number): boolean {
    this.#roll(nowMs);
    if (this.#spent >= limit * (this.#requests + 1)) return false;
    this.#spent += 1;
    return true;
  }

  #roll(nowMs: number): void {
    if (nowMs - this.#startMs < WINDOW_MS) return;
    this.#startMs = nowMs;
    this.#requests = 0;
    this.#spent = 0;
  }
}
