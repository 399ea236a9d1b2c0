// One circuit breaker per tenant and isolate: a tenant whose Worker keeps failing is given a rest,
// and nobody else notices. It never retries: an append that failed may have happened.
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import { BoundedMap } from './bounded-map.ts';

/** `open` means that nothing was sent. */
export type Guarded<T> =
  | { readonly open: false; readonly value: T }
  | { readonly open: true; readonly retryAfterSeconds: number };

export interface BreakersOptions<T> {
  readonly isFailure: (value: T) => boolean;
  /** Consecutive failures that open a breaker. */
  readonly threshold: number;
  /** Rest before one request may try again. */
  readonly restMs: number;
  /** A trial older than this lost its caller: workerd stops a cancelled request's code for good. */
  readonly trialMs: number;
  /** Past this many tenants, the breaker used longest ago is forgotten, which closes it. */
  readonly maxTenants: number;
  readonly now?: () => number;
}

interface Breaker {
  policy: CircuitBreakerPolicy;
  trialStartedMs: number;
}

export class Breakers<T> {
  readonly #options: BreakersOptions<T>;
  readonly #now: () => number;
  readonly #breakers: BoundedMap<Breaker>;

  constructor(options: BreakersOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#breakers = new BoundedMap(options.maxTenants);
  }

  /** Runs `work` unless the tenant's breaker is open. What `work` throws counts neither way. */
  async run(tenantId: string, work: () => Promise<T>): Promise<Guarded<T>> {
    const breaker = this.#breakerOf(tenantId);
    if (breaker.policy.state === CircuitState.HalfOpen) {
      // cockatiel would make this request wait for the other one's trial; workerd might never end
      // that wait, and a crowd would fall on the Worker at once if it did.
      if (this.#now() - breaker.trialStartedMs < this.#options.trialMs) return this.#resting();
      // A lost trial leaves the breaker half-open for ever. Its JSON form is open and due.
      breaker.policy = this.#newPolicy(breaker.policy.toJSON());
    }
    const wasClosed = breaker.policy.state === CircuitState.Closed;
    if (!wasClosed) breaker.trialStartedMs = this.#now();
    try {
      return { open: false, value: await breaker.policy.execute(work) };
    } catch (error) {
      if (error instanceof BrokenCircuitError) return this.#resting();
      throw error;
    }
  }

  #resting(): Guarded<T> {
    return { open: true, retryAfterSeconds: Math.ceil(this.#options.restMs / 1_000) };
  }

  #breakerOf(tenantId: string): Breaker {
    const known = this.#breakers.get(tenantId);
    if (known !== undefined) return known;
    const breaker = { policy: this.#newPolicy(), trialStartedMs: 0 };
    this.#breakers.set(tenantId, breaker);
    return breaker;
  }

  #newPolicy(initialState?: unknown): CircuitBreakerPolicy {
    const { isFailure, threshold, restMs } = this.#options;
    // cockatiel's filter takes `unknown`; only `run` executes this policy, always with a `T`.
    const failed = handleWhenResult((value) => isFailure(value as T));
    return circuitBreaker(failed, {
      breaker: new ConsecutiveBreaker(threshold),
      halfOpenAfter: restMs,
      ...(initialState === undefined ? {} : { initialState }),
    });
  }
}
