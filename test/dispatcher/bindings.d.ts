// The bindings of vitest.config.ts, as the tests see them.
declare namespace Cloudflare {
  interface Env {
    ROUTES: KVNamespace;
    /** Three units a minute. */
    RATE_LIMITER: RateLimit;
    WIDE_RATE_LIMITER: RateLimit;
    ANALYTICS: AnalyticsEngineDataset;
    ISSUER: string;
    AUDIENCE: string;
    TENANT_HOST_SUFFIX: string;
    ENVIRONMENT: string;
  }
}
