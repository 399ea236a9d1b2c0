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
 * Subtypes of `sdk` facts. The SDK itself sends `cache_stats`; the others are the vocabulary for
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
  /** Milliseconds. */
  duration_ms: number;
  /** Where the facts were read from, e.g. `r2`. */
  source: string;
}

/** Of `fact_appended`: how many facts in a period. Times in milliseconds since 1970. */
export interface FactAppendedData {
  period_start: number;
  period_end: number;
  facts: number;
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

/** What a TenantSystemLedger reports of one period. Times in milliseconds since 1970. */
export interface TenantStatsPayload {
  tenant_id: string;
  period_start: number;
  period_end: number;
  cache_hits: number;
  cache_misses: number;
  facts_count: number;
  entities_count: number;
}
