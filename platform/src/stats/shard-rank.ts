// Orders the tenants of a shard, and of all shards together, by one of their counts. Pure.
import { addCounts, type Counts, NO_COUNTS } from './counts.ts';
import type { TenantRequestSum } from './request-tables.ts';
import type { RequestRank } from './request-view.ts';
import type { Rank } from './stats-view.ts';
import { factsOf, type TenantTally } from './tenant-tally.ts';

/** A tenant with the counts of the range that was asked for, or of all time. */
export interface ShardRank {
  readonly tally: TenantTally;
  readonly value: number;
  readonly counts: Counts;
}

export interface RankOptions {
  readonly by: Rank;
  readonly limit: number;
  /** Counts of a range by tenant; without it, of all time. */
  readonly sums?: ReadonlyMap<string, Counts> | undefined;
}

/** The first `limit` tenants, most first; tenants with as much are in order of their ids. */
export function rankTallies(tallies: readonly TenantTally[], options: RankOptions): ShardRank[] {
  const { by, limit, sums } = options;
  const ranks = tallies.map((tally): ShardRank => {
    const counts = sums ? (sums.get(tally.tenant_id) ?? NO_COUNTS) : allTime(tally);
    return { tally, value: by === 'storage' ? tally.storage_bytes : counts[by], counts };
  });
  return topOf(ranks, limit);
}

/** The first `limit` of `ranks`. */
export function topOf(ranks: readonly ShardRank[], limit: number): ShardRank[] {
  return ranks
    .toSorted((a, b) => b.value - a.value || (a.tally.tenant_id < b.tally.tenant_id ? -1 : 1))
    .slice(0, limit);
}

/** The first `limit` tenants that have any, most first; those with as much are in order of their ids. */
export function topByRequests(
  sums: readonly TenantRequestSum[],
  by: RequestRank,
  limit: number,
): TenantRequestSum[] {
  return sums
    .filter((sum) => sum[by] > 0)
    .toSorted((a, b) => b[by] - a[by] || (a.tenant_id < b.tenant_id ? -1 : 1))
    .slice(0, limit);
}

/** The counts of a tenant since it was onboarded. */
export function allTime(tally: TenantTally): Counts {
  return { ...addCounts(NO_COUNTS, tally), facts: factsOf(tally) };
}
