// Holds each tenant to its plan's rate. The isolate counts, without I/O; Cloudflare's limiter, which
// counts for a whole location, is told once per batch and in the background. Asking it each time
// would put its round trip on every request, and it has one fixed limit for all plans anyway.
import { BoundedMap } from './bounded-map.ts';
import { logEvent, messageOf } from './log.ts';
import type { RouteRecord } from './route-record.ts';

export interface RateDecision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly periodS: number;
  /** Requests left in this window. */
  readonly remaining: number;
  /** Seconds until the next window. */
  readonly resetS: number;
}

interface Window {
  readonly index: number;
  count: number;
}

interface Counter {
  window: Window;
  /** Requests since the location-wide limiter was last told. */
  untold: number;
  blockedUntilMs: number;
}

/** Requests that make one unit of the location-wide limiter; wrangler.jsonc sets its ceiling by it. */
const BATCH = 100;
/** How long one refusal of the location-wide limiter holds before it is asked again. */
const BLOCK_MS = 1_000;
const MAX_TENANTS = 10_000;

export interface RateLimiterOptions {
  readonly binding: RateLimit;
  readonly batch?: number;
  readonly now?: () => number;
}

export class RateLimiter {
  readonly #binding: RateLimit;
  readonly #batch: number;
  readonly #now: () => number;
  readonly #counters = new BoundedMap<Counter>(MAX_TENANTS);

  constructor(options: RateLimiterOptions) {
    this.#binding = options.binding;
    this.#batch = options.batch ?? BATCH;
    this.#now = options.now ?? Date.now;
  }

  /** Counts one request. `waitUntil` keeps the background question alive. */
  take(route: RouteRecord, waitUntil: (work: Promise<void>) => void): RateDecision {
    const { limit, period_s: periodS } = route.rate;
    const now = this.#now();
    const index = Math.floor(now / (periodS * 1_000));
    const counter = this.#counterOf(route.tenant_id, index);
    const toWindowEndS = Math.ceil((index + 1) * periodS - now / 1_000);
    if (now < counter.blockedUntilMs) {
      const resetS = Math.ceil((counter.blockedUntilMs - now) / 1_000);
      return { allowed: false, limit, periodS, remaining: 0, resetS };
    }
    if (counter.window.count >= limit) {
      return { allowed: false, limit, periodS, remaining: 0, resetS: toWindowEndS };
    }
    counter.window.count += 1;
    counter.untold += 1;
    if (counter.untold >= this.#batch) {
      counter.untold = 0;
      waitUntil(this.#tell(route.tenant_id, counter));
    }
    const remaining = limit - counter.window.count;
    return { allowed: true, limit, periodS, remaining, resetS: toWindowEndS };
  }

  #counterOf(tenantId: string, index: number): Counter {
    const known = this.#counters.get(tenantId);
    const counter = known ?? { window: { index, count: 0 }, untold: 0, blockedUntilMs: 0 };
    if (known === undefined) this.#counters.set(tenantId, counter);
    if (counter.window.index !== index) counter.window = { index, count: 0 };
    return counter;
  }

  async #tell(tenantId: string, counter: Counter): Promise<void> {
    try {
      const { success } = await this.#binding.limit({ key: tenantId });
      if (success) return;
      counter.blockedUntilMs = this.#now() + BLOCK_MS;
      // The first request after the block asks again.
      counter.untold = this.#batch - 1;
    } catch (error) {
      // A limiter that is down must not take the data plane with it.
      logEvent('rate_limiter_failed', { tenant_id: tenantId, error: messageOf(error) });
    }
  }
}

/** `RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers has them. */
export function setRateHeaders(headers: Headers, rate: RateDecision): void {
  headers.set('ratelimit-policy', `"tenant";q=${rate.limit};w=${rate.periodS}`);
  headers.set('ratelimit', `"tenant";r=${rate.remaining};t=${rate.resetS}`);
}
