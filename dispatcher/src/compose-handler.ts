// The parts of the dispatcher put together as production runs them, with their sizes. No decision.
import { Authenticator } from './authenticator.ts';
import { Breakers } from './breakers.ts';
import { isWorkerFailure } from './dispatch.ts';
import type { Env } from './env.ts';
import { createHandler, type Handler, type HandlerOptions } from './handle-request.ts';
import { KeySets } from './key-sets.ts';
import { RateLimiter } from './rate-limiter.ts';
import { RequestReporter } from './request-reporter.ts';
import { RouteCache } from './route-cache.ts';

const WALL_MS = 30_000;

/** `overrides` is for tests: there is no dispatch namespace in their runtime. */
export function composeHandler(env: Env, overrides: Partial<HandlerOptions> = {}): Handler {
  return createHandler({
    namespace: env.DISPATCHER,
    authenticator: new Authenticator({
      keySets: new KeySets(env.ROUTES),
      audience: env.AUDIENCE,
    }),
    routes: new RouteCache(env.ROUTES),
    rateLimiter: new RateLimiter({ binding: env.RATE_LIMITER }),
    breakers: new Breakers({
      isFailure: isWorkerFailure,
      threshold: 10,
      restMs: 2_000,
      trialMs: WALL_MS + 5_000,
      maxTenants: 10_000,
    }),
    analytics: env.ANALYTICS,
    reporter: new RequestReporter({ queue: env.METRICS }),
    tenantHostSuffix: env.TENANT_HOST_SUFFIX,
    wallMs: WALL_MS,
    ...overrides,
  });
}
