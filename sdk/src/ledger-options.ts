// What a ledger class may pass to its base, and the payloads of the SDK's own facts. Shapes only.
// Source: seeds, self-observability.
import type { CacheStatsData } from './cached-state-manager.ts';

export interface LedgerOptions {
  /** A stub of the (tenant) system ledger; giving one switches self-observation on. */
  observabilityStub?: ObservabilityStub;
  bootstrapConfig?: BootstrapConfig;
  /** How long an asynchronous `updateCachedState` may take, milliseconds; default 10,000. */
  handlerTimeoutMs?: number;
}

/** Any Durable Object stub: the seeds leave the namespace untyped. */
export type ObservabilityStub = Pick<DurableObjectStub, 'id'>;

export interface BootstrapConfig {
  /** Keep working when the observability target fails; default true. */
  fallback_on_failure: boolean;
  /** Log a warning when that happens; default true. */
  warn_on_fallback?: boolean;
}

export type SdkObservabilitySubtype =
  | 'cache_stats'
  | 'fact_appended'
  | 'schema_init'
  | 'hydration_done';

export interface SchemaInitData {
  tables_created: string[];
  duration_ms: number;
}

export interface HydrationDoneData {
  facts_replayed: number;
  duration_ms: number;
  source: string;
}

export interface FactAppendedData {
  period_start: number;
  period_end: number;
  facts: number;
}

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
