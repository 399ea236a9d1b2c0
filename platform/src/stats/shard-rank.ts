// Orders the tenants of a shard, and of all shards together, by one of their counts. Pure.
import { type Counts, NO_COUNTS } from './stats-tables.ts';
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

/** The counts of a tenant since it was onboarded. */
export function allTime(tally: TenantTally): Counts {
  const { refusals, errors, cache_hits, cache_misses } = tally;
  return { facts: factsOf(tally), refusals, errors, cache_hits, cache_misses };
}
