// What a ledger class may pass to its base, and the payloads of the SDK's own facts. Shapes only.
// Source: seeds, self-observability.
import type { CacheStatsData } from './cached-state-manager.ts';
import type { ConfigsOption } from './ledger-configs.ts';
import type { ParentOption } from './ledger-parent.ts';
import type { PersonalDataOption } from './ledger-personal.ts';

/** What a ledger class may pass to `super(ctx, env, options)`; all of it optional. */
export interface LedgerOptions {
  /** A stub of the (tenant) system ledger; giving one switches self-observation on. */
  observabilityStub?: ObservabilityStub;
  bootstrapConfig?: BootstrapConfig;
  /** How long an asynchronous `updateCachedState` may take, milliseconds; default 10,000. */
  handlerTimeoutMs?: number;
  /** `configs()`: the ledger keeps Configs and inherits those of the scope above. */
  configs?: ConfigsOption;
  /** `personalData()`: fields that are unreadable once the entity is anonymized. */
  personalData?: PersonalDataOption;
  /** `parentLedger()`: facts go to the ledger of the entity's parent. */
  parent?: ParentOption;
  /** Bytes at which writes are refused with `storage_full`; default 9.5e9, of Cloudflare's 10 GB. */
  storageBudgetBytes?: number;
}

/** Any Durable Object stub: the seeds leave the namespace untyped. */
export type ObservabilityStub = Pick<DurableObjectStub, 'id'>;

/** What a failing observability target means for the ledger that reports to it. */
export interface BootstrapConfig {
  /** Keep working when the observability target fails; default true. */
  fallback_on_failure: boolean;
  /** Log a warning when that happens; default true. */
  warn_on_fallback?: boolean;
}

/**
 * Subtypes of `sdk` facts. The SDK itself sends all of them; a ledger's own code may send more by
 * `emitSdkObservability`.
 */
export type SdkObservabilitySubtype =
  | 'cache_stats'
  | 'fact_appended'
  | 'schema_init'
  | 'hydration_done';

/** Of `schema_init`: a ledger made its tables. */
export interface SchemaInitData {
  tables_created: string[];
  /** Milliseconds. */
  duration_ms: number;
}

/** Of `hydration_done`: cached state was rebuilt from facts. */
export interface HydrationDoneData {
  facts_replayed: number;
  /** How often in the period; else once. */
  hydrations?: number;
  /** Milliseconds. */
  duration_ms: number;
  /** Where the facts were read from: `local` for the ledger's own table, e.g. `r2` for others. */
  source: string;
}

/**
 * Of `fact_appended`: what a ledger did in a period. Times in milliseconds since 1970. A report sent
 * again has the same `period_start` and tells all of it anew. Counts of 0 are left out.
 */
export interface FactAppendedData {
  period_start: number;
  period_end: number;
  /** In the period; the ledger's own notes included. */
  facts: number;
  /** The ledger's last `seq`: facts since its beginning, whatever reports were lost. */
  head?: number;
  /** Of the ledger's database. */
  storage_bytes?: number;
  /** Writes refused in the period, but for `not_found`. */
  refusals?: number;
  /** `system`/`hook_error` facts in the period. */
  hook_errors?: number;
  /** Times that a circuit breaker of the ledger opened in the period. */
  breaker_openings?: number;
  /** Facts in the period by their type: at most 20 types, what is left under `other`. */
  appended?: Record<string, number>;
  /** Facts of `emitSdkObservability` in the period that did not arrive. */
  dropped?: number;
}

/** The `data` of an `sdk` fact, by subtype. */
export type SdkObservabilityData =
  | CacheStatsData
  | SchemaInitData
  | HydrationDoneData
  | FactAppendedData;

/** A fact of type `sdk` as a system ledger receives it. */
export interface SdkObservabilityFact {
  type: 'sdk';
  subtype: SdkObservabilitySubtype;
  entity_id: string;
  entity_type: string;
  tenant_id: string;
  data: SdkObservabilityData;
}

/** An `sdk` fact as `getSdkFacts` gives it. */
export interface SdkFactView extends SdkObservabilityFact {
  /** RFC 3339. */
  recorded_at: string;
}

/** How much of what is known of an entity. */
export interface SdkFactQuery {
  /** The newest so many; 1 to 1,000, default 1,000. */
  limit?: number;
}

/** What a system ledger heard of. Source: seeds, self-observability. */
export interface SystemStats {
  tenant_count: number;
  entity_count: number;
  /** All that ever arrived. */
  sdk_facts_count: number;
}

/** What a TenantSystemLedger reports of one period. Times in milliseconds since 1970. */
export interface TenantStatsPayload {
  tenant_id: string;
  period_start: number;
  period_end: number;
  cache_hits: number;
  cache_misses: number;
  /** Facts that became known in the period. */
  facts_count: number;
  /** Entities that reported in the period. */
  entities_count: number;
}

/**
 * The same as it is sent: once fixed, a period says the same however often it is sent, and is to be
 * applied once per tenant and `period`.
 */
export interface TenantStatsReport extends TenantStatsPayload {
  /** 1, 2, 3, … per tenant. */
  period: number;
  /** `system`/`hook_error` facts. */
  errors_count: number;
  /** Refused writes. */
  refusals_count: number;
  /** `sdk` facts that did not arrive and are not sent again. */
  dropped_count?: number;
  breaker_openings_count?: number;
  /** Ledgers that came into being. */
  schema_inits_count?: number;
  /** Times that cached state was rebuilt from facts, and from how many. */
  hydrations_count?: number;
  hydrated_facts_count?: number;
  /** Facts by their type: at most 100 types, what is left under `other`. */
  appended?: Record<string, number>;
  /** Of all ledgers that report, at the end of the period. */
  storage_bytes: number;
  /** Since the first report: absolute, so that they hold whatever became of other periods. */
  totals: { facts: number; entities: number };
}
