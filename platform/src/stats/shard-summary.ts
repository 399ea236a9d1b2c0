// All tenants of a shard together, and all shards together. Pure.
import { addByType, addCounts, type Counts, type CountsByType, NO_COUNTS } from './counts.ts';
import { addRequests, NO_REQUESTS } from './request-sums.ts';
import type { RequestCounts } from './request-view.ts';
import { factsOf, gapsOf, type TenantTally } from './tenant-tally.ts';

/** Sums; times are milliseconds since 1970, `null` when nothing was reported. */
export interface ShardSummary extends Readonly<Counts> {
  readonly since: number | null;
  readonly last_end: number | null;
  /** The longest of the tenants'. */
  readonly last_lag_ms: number | null;
  readonly tenants: number;
  readonly reports: number;
  readonly late: number;
  readonly gaps: number;
  readonly entities: number;
  readonly storage_bytes: number;
  readonly appended: CountsByType;
  readonly requests: RequestCounts;
}

/** `requests` of all tenants of the shard, whether they reported or not. */
export function summaryOf(tallies: readonly TenantTally[], requests: RequestCounts): ShardSummary {
  const reported = mergeSummaries(
    tallies.map((tally) => {
      const own = { tenants: 1, facts: factsOf(tally), gaps: gapsOf(tally), requests: NO_REQUESTS };
      return { ...tally, ...own };
    }),
  );
  return { ...reported, requests };
}

export function mergeSummaries(summaries: readonly ShardSummary[]): ShardSummary {
  type Sum = 'tenants' | 'reports' | 'late' | 'gaps' | 'entities' | 'storage_bytes';
  const sum = (name: Sum): number => summaries.reduce((total, summary) => total + summary[name], 0);
  const pick = (name: 'since' | 'last_end' | 'last_lag_ms', of: typeof Math.min): number | null => {
    const values = summaries.flatMap((summary) => summary[name] ?? []);
    return values.length > 0 ? values.reduce((one, other) => of(one, other)) : null;
  };
  return {
    ...summaries.reduce<Counts>(addCounts, NO_COUNTS),
    since: pick('since', Math.min),
    last_end: pick('last_end', Math.max),
    last_lag_ms: pick('last_lag_ms', Math.max),
    tenants: sum('tenants'),
    reports: sum('reports'),
    late: sum('late'),
    gaps: sum('gaps'),
    entities: sum('entities'),
    storage_bytes: sum('storage_bytes'),
    appended: summaries.map(({ appended }) => appended).reduce(addByType, {}),
    requests: summaries.map(({ requests }) => requests).reduce(addRequests, NO_REQUESTS),
  };
}
