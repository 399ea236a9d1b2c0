// Turns what shards know into what the platform tells: names as in its API, times as RFC 3339. Pure.
import type { Counts } from './counts.ts';
import { percentileMs } from './percentile.ts';
import { NO_REQUESTS } from './request-sums.ts';
import type { RequestCounts } from './request-view.ts';
import type { TenantAnswer } from './shard-answers.ts';
import { allTime, type ShardRank } from './shard-rank.ts';
import type { ShardSummary } from './shard-summary.ts';
import type { Point } from './stats-tables.ts';
import type {
  DispatcherStats,
  PlatformStats,
  SeriesPoint,
  TenantRank,
  TenantStats,
} from './stats-view.ts';
import { emptyTally, gapsOf, type TenantTally } from './tenant-tally.ts';

/** Runs of missing periods told of one tenant. */
const MAX_RUNS_TOLD = 20;

export function toPlatformStats(
  summary: ShardSummary,
  unavailable_shards: readonly string[],
): PlatformStats {
  return {
    object: 'platform_stats',
    since: timeOf(summary.since),
    tenant_count: summary.tenants,
    entity_count: summary.entities,
    sdk_facts_count: summary.reports,
    ...countsView(summary),
    ...ledgerCountsView(summary),
    appended: summary.appended,
    storage_bytes: summary.storage_bytes,
    last_period_end: timeOf(summary.last_end),
    gaps: summary.gaps,
    late_count: summary.late,
    last_flush_lag_ms: summary.last_lag_ms,
    dispatcher: dispatcherView(summary.requests),
    unavailable_shards,
  };
}

/** Zeros for a tenant that has not reported. */
export function toTenantStats(
  tenantId: string,
  answer: TenantAnswer = { requests: NO_REQUESTS },
): TenantStats {
  const { tally = emptyTally(tenantId), requests, range } = answer;
  const counts = range?.counts ?? allTime(tally);
  return {
    object: 'tenant_stats',
    tenant_id: tenantId,
    since: tally.reports > 0 ? timeOf(tally.since) : null,
    ...countsView(counts),
    ...ledgerCountsView(counts),
    appended: tally.appended,
    ...lastSaid(tally),
    late_count: tally.late,
    last_flush_lag_ms: tally.last_lag_ms,
    dispatcher: dispatcherView(requests),
    missing: tally.missing.slice(0, MAX_RUNS_TOLD),
    from: timeOf(range?.from ?? null),
    to: timeOf(range?.to ?? null),
  };
}

export function toTenantRank({ tally, value, counts }: ShardRank): TenantRank {
  return { tenant_id: tally.tenant_id, value, ...countsView(counts), ...lastSaid(tally) };
}

export function toSeriesPoint({ start, ...counts }: Point): SeriesPoint {
  const { facts, refusals, errors, cache_hits, cache_misses } = counts;
  return {
    start: new Date(start).toISOString(),
    facts,
    refusals,
    errors,
    cache_hits,
    cache_misses,
  };
}

/** What does not depend on a range. */
function lastSaid(tally: TenantTally) {
  return {
    entities_count: tally.entities,
    storage_bytes: tally.storage_bytes,
    last_period_end: tally.reports > 0 ? timeOf(tally.last_end) : null,
    gaps: gapsOf(tally),
  };
}

function countsView({ facts, refusals, errors, cache_hits, cache_misses }: Counts) {
  return {
    facts_count: facts,
    cache_hits,
    cache_misses,
    refusals_count: refusals,
    errors_count: errors,
  };
}

function ledgerCountsView(counts: Counts) {
  return {
    dropped_count: counts.dropped,
    breaker_openings_count: counts.breaker_openings,
    schema_inits_count: counts.schema_inits,
    hydrations_count: counts.hydrations,
    hydrated_facts_count: counts.hydrated_facts,
  };
}

function dispatcherView(requests: RequestCounts): DispatcherStats {
  const { latency } = requests;
  return {
    requests_count: requests.requests,
    writes_count: requests.writes,
    refusals_count: requests.refusals,
    errors_count: requests.errors,
    p50_ms: tenths(percentileMs(latency, 0.5)),
    p95_ms: tenths(percentileMs(latency, 0.95)),
    p99_ms: tenths(percentileMs(latency, 0.99)),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** An estimate within a bucket is no finer. */
function tenths(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
