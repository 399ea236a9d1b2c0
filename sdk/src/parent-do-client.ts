// Calls another Durable Object that this one can do without: bounds the call, pauses a target that
// keeps failing, and falls back to nothing. It never repeats a call.
import type { CircuitBreaker } from './circuit-breaker.ts';
import { within } from './deadline.ts';
import { LedgerError } from './errors.ts';
import { messageOf } from './evolver.ts';
import type { BootstrapConfig } from './ledger-options.ts';

/** How long a call may take, milliseconds. It may still take effect afterwards. */
const TIMEOUT_MS = 30_000;

/** Whom to call, and what failing means. Source: seeds, self-observability. */
export interface ParentDOClientOptions<Target> {
  /** The breaker's name is the target's in warnings. */
  readonly breaker: CircuitBreaker;
  /** A stub; asked for each call, as a stub may stay broken after a failure. */
  readonly target: () => Target;
  /** Default: fall back, and warn. */
  readonly config?: BootstrapConfig | undefined;
  /** Milliseconds; default 30,000. */
  readonly timeoutMs?: number;
}

/**
 * A target above this ledger, such as its parent or its system ledger. Source: seeds,
 * self-observability.
 */
export class ParentDOClient<Target> {
  readonly #options: ParentDOClientOptions<Target>;

  constructor(options: ParentDOClientOptions<Target>) {
    this.#options = options;
  }

  /**
   * What `use` gives, or undefined when it failed or the circuit is open. Errors: with
   * `fallback_on_failure: false` it throws LedgerError `not_ready` instead.
   */
  async call<T>(use: (target: Target) => Promise<T>): Promise<T | undefined> {
    const { breaker, target, config, timeoutMs = TIMEOUT_MS } = this.#options;
    const enteredAt = breaker.enter();
    let detail = `${breaker.name} is paused.`;
    if (enteredAt !== undefined) {
      try {
        const value = await within(timeoutMs, use(target()));
        breaker.leave(enteredAt);
        return value;
      } catch (error) {
        detail = `${breaker.name} failed: ${messageOf(error)}`;
        breaker.leave(enteredAt, detail);
        if (config?.warn_on_fallback !== false) console.warn(detail);
      }
    }
    if (config?.fallback_on_failure === false) throw new LedgerError({ code: 'not_ready', detail });
    return undefined;
  }
}
