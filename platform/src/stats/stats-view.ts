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

export interface PlatformStats extends Counts {
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
  /** Shards whose tenants are missing from this answer; empty when it is whole. */
  readonly unavailable_shards: readonly string[];
}

/** A run of missing periods, both ends included. */
export interface MissingPeriods {
  readonly first: number;
  readonly last: number;
}

export interface TenantStats extends Counts {
  readonly object: 'tenant_stats';
  readonly tenant_id: string;
  readonly since: string | null;
  /** As last reported, whatever the range. */
  readonly entities_count: number;
  readonly late_count: number;
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
