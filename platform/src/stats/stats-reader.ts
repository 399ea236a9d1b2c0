// Answers questions about tenants' counts from the shards of the system ledger, asked in parallel. A
// shard that does not answer is named in the answer, which is never refused for it. Writes nothing.
import type { Outcome } from '@z0-app/sdk';
import type { Env } from '../env.ts';
import { systemShardOf } from '../metrics/system-shard.ts';
import { askAll, askShard } from './ask-shards.ts';
import { addCounts } from './counts.ts';
import { seriesRange } from './resolution.ts';
import { topOf } from './shard-rank.ts';
import { mergeSummaries } from './shard-summary.ts';
import type { Point } from './stats-tables.ts';
import type {
  Merged,
  PlatformStats,
  Rank,
  Resolution,
  SeriesPoint,
  TenantRank,
  TenantStats,
  TimeRange,
} from './stats-view.ts';
import type { TenantTally } from './tenant-tally.ts';
import { toPlatformStats, toSeriesPoint, toTenantRank, toTenantStats } from './to-stats-view.ts';

export interface SeriesQuery extends TimeRange {
  readonly resolution: Resolution;
}

export interface TopQuery extends TimeRange {
  readonly by: Rank;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** All tenants together, of all time. */
export async function readPlatformStats(env: Env): Promise<PlatformStats> {
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.summary());
  return toPlatformStats(mergeSummaries(data), unavailable_shards);
}

/** One tenant; zeros when it has not reported. Errors: `not_ready` when its shard does not answer. */
export async function readTenantStats(
  env: Env,
  tenantId: string,
  range: TimeRange = {},
): Promise<Outcome<TenantStats>> {
  const isRange = range.from !== undefined || range.to !== undefined;
  const answer = await askShard(env, systemShardOf(tenantId), (shard) =>
    shard.tenantAnswer(tenantId, isRange ? range : undefined),
  );
  return answer.ok ? { ok: true, value: toTenantStats(tenantId, answer.value) } : answer;
}

/**
 * Points of one tenant, oldest first: the newest 2,000 of the range. It ends now by default, and
 * begins an hour, two days or a month before. Errors: `not_ready`.
 */
export async function readTenantSeries(
  env: Env,
  tenantId: string,
  query: SeriesQuery,
): Promise<Outcome<SeriesPoint[]>> {
  const { resolution } = query;
  const range = { resolution, ...seriesRange(query, resolution, Date.now()) };
  const answer = await askShard(env, systemShardOf(tenantId), (shard) =>
    shard.statsPoints(range, tenantId),
  );
  return answer.ok ? { ok: true, value: answer.value.map(toSeriesPoint) } : answer;
}

/** Points of all tenants together; else as `readTenantSeries`. */
export async function readPlatformSeries(
  env: Env,
  query: SeriesQuery,
): Promise<Merged<SeriesPoint>> {
  const { resolution } = query;
  const range = { resolution, ...seriesRange(query, resolution, Date.now()) };
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.statsPoints(range));
  const byStart = new Map<number, Point>();
  for (const point of data.flat()) {
    const known = byStart.get(point.start);
    byStart.set(point.start, known ? { start: point.start, ...addCounts(known, point) } : point);
  }
  const points = [...byStart.values()].toSorted((a, b) => a.start - b.start);
  return { data: points.map(toSeriesPoint), unavailable_shards };
}

/** The tenants with the most of something, most first; in a range of time when one is given. */
export async function readTopTenants(env: Env, query: TopQuery): Promise<Merged<TenantRank>> {
  const { by, limit, from, to } = query;
  const range = from === undefined && to === undefined ? undefined : { from, to };
  const { data, unavailable_shards } = await askAll(env, (shard) =>
    shard.rankTenants(by, limit, range),
  );
  return { data: topOf(data.flat(), limit).map(toTenantRank), unavailable_shards };
}

/** Every tenant that ever reported, by id. */
export async function readTallies(env: Env): Promise<Merged<TenantTally>> {
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.tenantTallies());
  const tallies = data.flat().toSorted((a, b) => (a.tenant_id < b.tenant_id ? -1 : 1));
  return { data: tallies, unavailable_shards };
}
