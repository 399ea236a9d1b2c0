// The bindings, vars and secrets of the platform Worker, as wrangler.jsonc names them. Types only:
// values are checked in `secrets.ts` and by the code that uses them.
import type { KeyMode } from './keys/key-secret.ts';
import type { LiveFeed } from './live/live-feed.ts';
import type { TenantStatsMessage } from './metrics/tenant-stats.ts';
import type { TailRoom } from './tail/tail-room.ts';

/** What a run of either tenant Workflow is started with. */
export interface RunParams {
  readonly tenant_id: string;
}

export interface Env {
  /** Holds `TenantLedger`s; address them through `ledgerOf`. */
  TENANT_LEDGER: DurableObjectNamespace;
  /** Holds `SystemLedger`s, by shard. */
  SYSTEM_LEDGER: DurableObjectNamespace;
  /** One `LiveFeed`, for the streams of all open pages; tell it through `publishLive`. */
  LIVE_FEED: DurableObjectNamespace<LiveFeed>;
  /** One `TailRoom` for each tenant, by the tenant's id. */
  TAIL_ROOM: DurableObjectNamespace<TailRoom>;
  /** One `RunLedger` for each tenant that has schedules or a queue; address it through `runsOf`. */
  RUN_LEDGER: DurableObjectNamespace;
  DB: D1Database;
  ROUTES: KVNamespace;
  ARTEFACTS: R2Bucket;
  PROVISION_TENANT: Workflow<RunParams>;
  DEPROVISION_TENANT: Workflow<RunParams>;
  ACTIVATE_VERSION: Workflow<RunParams>;
  PREVIEW_VERSION: Workflow<RunParams>;
  METRICS: Queue<TenantStatsMessage>;
  DISPATCH: Fetcher;
  /** For throwaway scripts alone, checks and previews: tenants are reached through `DISPATCH`. */
  TENANT_WORKERS: DispatchNamespace;

  ISSUER: string;
  AUDIENCE: string;
  ENVIRONMENT: string;
  /** Marks the secrets of the keys minted here. */
  KEY_MODE: KeyMode;
  DISPATCHER_URL: string;
  CLOUDFLARE_ACCOUNT_ID: string;
  CLOUDFLARE_API_BASE_URL: string;
  DISPATCH_NAMESPACE: string;

  CLOUDFLARE_API_TOKEN?: string;
  SIGNING_KEYS?: string;
  OPERATOR_KEY_HASH?: string;
  SESSION_SECRET?: string;
}
