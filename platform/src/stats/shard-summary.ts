// All tenants of a shard together, and all shards together. Pure.
import { factsOf, gapsOf, type TenantTally } from './tenant-tally.ts';

/** Sums; times are milliseconds since 1970, `null` when nothing was reported. */
export interface ShardSummary {
  readonly since: number | null;
  readonly last_end: number | null;
  readonly tenants: number;
  readonly reports: number;
  readonly late: number;
  readonly gaps: number;
  readonly entities: number;
  readonly facts: number;
  readonly cache_hits: number;
  readonly cache_misses: number;
  readonly refusals: number;
  readonly errors: number;
  readonly storage_bytes: number;
}

export function summaryOf(tallies: readonly TenantTally[]): ShardSummary {
  return mergeSummaries(
    tallies.map((tally) => {
      return { ...tally, tenants: 1, facts: factsOf(tally), gaps: gapsOf(tally) };
    }),
  );
}

export function mergeSummaries(summaries: readonly ShardSummary[]): ShardSummary {
  const sum = (name: Exclude<keyof ShardSummary, 'since' | 'last_end'>): number =>
    summaries.reduce((total, summary) => total + summary[name], 0);
  const sinces = summaries.flatMap(({ since }) => since ?? []);
  const ends = summaries.flatMap(({ last_end }) => last_end ?? []);
  return {
    since: sinces.length > 0 ? sinces.reduce((one, other) => Math.min(one, other)) : null,
    last_end: ends.length > 0 ? ends.reduce((one, other) => Math.max(one, other)) : null,
    tenants: sum('tenants'),
    reports: sum('reports'),
    late: sum('late'),
    gaps: sum('gaps'),
    entities: sum('entities'),
    facts: sum('facts'),
    cache_hits: sum('cache_hits'),
    cache_misses: sum('cache_misses'),
    refusals: sum('refusals'),
    errors: sum('errors'),
    storage_bytes: sum('storage_bytes'),
  };
}
