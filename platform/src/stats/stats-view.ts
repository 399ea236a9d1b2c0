// What the platform tells about its tenants' counts: the shapes of its answers. Types only; times in
// answers are RFC 3339, times in questions are milliseconds since 1970.

/** How long one point of a series is. */
export const RESOLUTIONS = ['minute', 'hour', 'day'] as const;

export type Resolution = (typeof RESOLUTIONS)[number];

/** What tenants can be ranked by. */
export const RANKS = ['facts', 'refusals', 'errors', 'cache_misses', 'storage'] as const;

export type Rank = (typeof RANKS)[number];

/** A span of time, `from` inclusive, `to` exclusive; open where it is left out. */
export interface TimeRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** What is counted of a tenant, or of all of them. */
interface Counts {
  /** Facts in all ledgers; of the range when one was asked for, as are all other counts of work. */
  readonly facts_count: number;
  readonly cache_hits: number;
  readonly cache_misses: number;
  readonly refusals_count: number;
  readonly errors_count: number;
  /** As last reported, whatever the range. */
  readonly storage_bytes: number;
  readonly last_period_end: string | null;
  /** Periods that were skipped and have not come since. */
  readonly gaps: number;
}

/** What ledgers told of themselves besides, in the range or since onboarding. */
interface LedgerCounts {
  /** Reports of ledgers that were given up. */
  readonly dropped_count: number;
  readonly breaker_openings_count: number;
  readonly schema_inits_count: number;
  readonly hydrations_count: number;
  readonly hydrated_facts_count: number;
  /** Facts by their type, as far as ledgers tell; since onboarding, whatever the range. */
  readonly appended: Readonly<Record<string, number>>;
}

/** Requests as the dispatcher counted them: not a claim of the tenant's. */
export interface DispatcherStats {
  readonly requests_count: number;
  readonly writes_count: number;
  /** Answered 4xx. */
  readonly refusals_count: number;
  /** Answered 5xx. */
  readonly errors_count: number;
  /** Times until an answer began, estimated within a bucket; `null` without requests. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

export interface PlatformStats extends Counts, LedgerCounts {
  readonly object: 'platform_stats';
  /** Start of the first period that any tenant reported; `null` when there is none. */
  readonly since: string | null;
  /** Tenants that ever reported. */
  readonly tenant_count: number;
  readonly entity_count: number;
  /** Reports recorded, each (tenant, period) once. */
  readonly sdk_facts_count: number;
  /** Periods that came after a later one. */
  readonly late_count: number;
  /** The longest of the tenants'; `null` when nothing was reported. */
  readonly last_flush_lag_ms: number | null;
  /** Of all requests, those before a tenant was known among them. */
  readonly dispatcher: DispatcherStats;
  /** Shards whose tenants are missing from this answer; empty when it is whole. */
  readonly unavailable_shards: readonly string[];
}

/** A run of missing periods, both ends included. */
export interface MissingPeriods {
  readonly first: number;
  readonly last: number;
}

export interface TenantStats extends Counts, LedgerCounts {
  readonly object: 'tenant_stats';
  readonly tenant_id: string;
  readonly since: string | null;
  /** As last reported, whatever the range. */
  readonly entities_count: number;
  readonly late_count: number;
  /** From the end of the latest period to when it was recorded; `null` without one. */
  readonly last_flush_lag_ms: number | null;
  readonly dispatcher: DispatcherStats;
  /** The first missing periods, at most 20 runs. */
  readonly missing: readonly MissingPeriods[];
  /** The range that was counted, widened to whole points; `null` where it is open. */
  readonly from: string | null;
  readonly to: string | null;
}

/** One point of a series. Points without anything in them are left out. */
export interface SeriesPoint {
  readonly start: string;
  readonly facts: number;
  readonly refusals: number;
  readonly errors: number;
  readonly cache_hits: number;
  readonly cache_misses: number;
}

export interface TenantRank extends Counts {
  readonly tenant_id: string;
  /** What they are ranked by. */
  readonly value: number;
  readonly entities_count: number;
}

/** An answer put together from shards. */
export interface Merged<T> {
  readonly data: readonly T[];
  /** Shards that did not answer; empty when the answer is whole. */
  readonly unavailable_shards: readonly string[];
}
