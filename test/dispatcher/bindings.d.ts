// The bindings of vitest.config.ts, as the tests see them.
import type { RequestCountsMessage } from '../../dispatcher/src/request-counts.ts';
import type { CountsQueue } from '../../dispatcher/src/request-reporter.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      ROUTES: KVNamespace;
      /** Three units a minute. */
      RATE_LIMITER: RateLimit;
      WIDE_RATE_LIMITER: RateLimit;
      ANALYTICS: AnalyticsEngineDataset;
      /** A queue; GET of `RECEIVED` gives the messages that its consumer was handed. */
      METRICS: Queue<RequestCountsMessage>;
      RECEIVED: Fetcher;
      /** Workers in the queue's place: one whose `send` throws, one whose `send` takes a minute. */
      METRICS_BROKEN: CountsQueue;
      METRICS_HANGING: CountsQueue;
      /** A dispatcher whose spans are listened to; GET of `SPANS` gives what was heard. */
      TRACED: Fetcher;
      SPANS: Fetcher;
      ISSUER: string;
      AUDIENCE: string;
      TENANT_HOST_SUFFIX: string;
      ENVIRONMENT: string;
    }
  }
}
