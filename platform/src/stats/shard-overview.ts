// What one shard tells of the last two hours in a single answer, so that a page about everything asks
// every shard once. Reads what is counted; decides nothing.
import type { Counts } from './counts.ts';
import {
  type FactPoint,
  factPoints,
  type SpanTotals,
  tenantCalls,
  tenantFacts,
} from './overview-rows.ts';
import { NO_REQUESTS } from './request-sums.ts';
import type { RequestSumPoint } from './request-tables.ts';
import type { RequestCounts } from './request-view.ts';
import { type ShardSummary, summaryOf } from './shard-summary.ts';
import type { StatsTables } from './stats-tables.ts';
import { gapsOf } from './tenant-tally.ts';

/** Milliseconds since 1970; `from` to `to` is the span that tenants are compared in. */
export interface OverviewQuery {
  /** What was before the span is told from here on, as one point. */
  readonly before: number;
  readonly from: number;
  readonly to: number;
  /** Tenants that each list names. */
  readonly limit: number;
}

/** What a tenant did in the span. */
export interface TenantSpan {
  readonly tenant_id: string;
  readonly counts: Counts;
  readonly requests: RequestCounts;
}

/** The first tenants of many. */
export interface Named<T> {
  readonly count: number;
  readonly data: readonly T[];
}

export interface TenantCount {
  readonly tenant_id: string;
  readonly count: number;
}

export interface ShardOverview {
  readonly summary: ShardSummary;
  /** Minute by minute; the time before the span as one point. */
  readonly points: readonly FactPoint[];
  readonly requestPoints: readonly RequestSumPoint[];
  /** Tenants with facts, and with requests, in the span. */
  readonly writing: number;
  readonly calling: number;
  /** The most requests and the most facts: both lists together, in no order. */
  readonly top: readonly TenantSpan[];
  /** Whose custom code failed in the span, by their own reports; most first. */
  readonly failing: Named<TenantSpan>;
  /** With missing reports, whenever; most first. */
  readonly gapped: Named<TenantCount>;
}

export function shardOverview(
  sql: SqlStorage,
  tables: StatsTables,
  totals: SpanTotals,
  { before, from, to, limit }: OverviewQuery,
): ShardOverview {
  const hour = { resolution: 'minute', from, to } as const;
  const hourBefore = totals.of(sql, { from: before, to: from });
  const tallies = tables.tallies();
  const facts = tenantFacts(sql, hour);
  const spanOf = ({ tenant_id }: TenantCount): TenantSpan => ({
    tenant_id,
    counts: tables.sumOf(hour, tenant_id),
    requests: tables.requests.sumOf(hour, tenant_id),
  });
  const byFacts = ranked(facts.map(({ tenant_id, facts: count }) => ({ tenant_id, count })));
  const byErrors = ranked(facts.map(({ tenant_id, errors: count }) => ({ tenant_id, count })));
  const byRequests = ranked(
    // Requests of no tenant are not one's.
    tenantCalls(sql, hour)
      .filter(({ tenant_id }) => tenant_id !== '')
      .map(({ tenant_id, requests: count }) => ({ tenant_id, count })),
  );
  const gapped = ranked(
    tallies.map((tally) => ({ tenant_id: tally.tenant_id, count: gapsOf(tally) })),
  );
  const first = [...byFacts.slice(0, limit), ...byRequests.slice(0, limit)];
  const distinct = new Map(first.map((one) => [one.tenant_id, one]));
  return {
    // Of all time the Overview shows no requests; they would be another row for each tenant.
    summary: summaryOf(tallies, NO_REQUESTS),
    points: [hourBefore.facts, ...factPoints(sql, hour)],
    requestPoints: [hourBefore.requests, ...tables.requests.points(hour)],
    writing: byFacts.length,
    calling: byRequests.length,
    top: [...distinct.values()].map(spanOf),
    failing: { count: byErrors.length, data: byErrors.slice(0, limit).map(spanOf) },
    gapped: { count: gapped.length, data: gapped.slice(0, limit) },
  };
}

/** Those with any, most first; as many are in the order of their ids. */
export function ranked(counts: readonly TenantCount[]): TenantCount[] {
  return counts
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count || (a.tenant_id < b.tenant_id ? -1 : 1));
}
