// A clock that tests hold. It stands in for the isolate's own clock, because the SDK has no seam for
// time: there is nothing that an RPC call, a fact or a binding of a deployed Worker could reach. It
// never moves timers or alarms.

/** RFC 3339 text, or milliseconds since 1970. */
export type ClockStart = string | number;

/** Time stands still until it is moved or released. */
export interface HeldClock extends Disposable {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Moves on; a negative number steps back, as a bad clock would. */
  advanceMs(ms: number): void;
  set(at: ClockStart): void;
  /** The real clock again; harmless when called twice. `using` calls it at the end of the block. */
  release(): void;
}

let isHeld = false;

/**
 * Holds `Date` (`Date.now()`, `new Date()`) for the test and for every ledger of its isolate, which
 * the Workers vitest pool makes the same one. Use it as `using clock = holdClock('2026-01-01T00:00:00Z')`.
 * Errors: TypeError when `at` is no time, or a clock is held already.
 */
export function holdClock(at: ClockStart): HeldClock {
  if (isHeld) throw new TypeError('A clock is held already; release it first.');
  let nowMs = millisecondsOf(at);
  const RealDate = globalThis.Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given: unknown[], newTarget) =>
      // Reflect.construct answers `any` object: it is the Date that was asked for.
      Reflect.construct(target, given.length === 0 ? [nowMs] : given, newTarget) as Date,
    apply: () => new RealDate(nowMs).toString(),
    get: (target, key, receiver): unknown =>
      key === 'now' ? () => nowMs : Reflect.get(target, key, receiver),
  });
  isHeld = true;
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    isHeld = false;
    globalThis.Date = RealDate;
  };
  return {
    get nowMs() {
      return nowMs;
    },
    advanceMs(ms) {
      nowMs = millisecondsOf(nowMs + ms);
    },
    set(next) {
      nowMs = millisecondsOf(next);
    },
    release,
    [Symbol.dispose]: release,
  };
}

function millisecondsOf(at: ClockStart): number {
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  if (!Number.isFinite(ms)) throw new TypeError(`${at} is no time.`);
  return Math.trunc(ms);
}
