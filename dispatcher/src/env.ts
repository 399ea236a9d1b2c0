// The bindings and variables of the dispatch Worker, as wrangler.jsonc declares them. Types only.
import type { TenantNamespace } from './dispatch.ts';
import type { CountsQueue } from './request-reporter.ts';

export interface Env {
  /** The dispatch namespace, narrowed to the one call this Worker makes. */
  readonly DISPATCHER: TenantNamespace;
  readonly ROUTES: KVNamespace;
  readonly RATE_LIMITER: RateLimit;
  readonly ANALYTICS: AnalyticsEngineDataset;
  /** The queue `z0-platform-metrics`, narrowed to what is sent. */
  readonly METRICS: CountsQueue;
  /** The platform's own issuer. Other issuers are trusted only by their record in ROUTES. */
  readonly ISSUER: string;
  readonly AUDIENCE: string;
  /** `<tenant>.<suffix>` names a tenant by host. */
  readonly TENANT_HOST_SUFFIX: string;
  readonly ENVIRONMENT: string;
}
