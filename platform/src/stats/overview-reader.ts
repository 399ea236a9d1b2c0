// Answers what pages about everything ask, with one question to each shard. A shard that does not
// answer is named in the answer. Writes nothing.
import type { Env } from '../env.ts';
import { askAll } from './ask-shards.ts';
import { addRequests } from './request-sums.ts';
import type { RequestPoint } from './request-view.ts';
import {
  type Named,
  type OverviewQuery,
  ranked,
  type ShardOverview,
  type TenantCount,
  type TenantSpan,
} from './shard-overview.ts';
import { mergeSummaries } from './shard-summary.ts';
import { mergeWorst, type Worst } from './shard-worst.ts';
import type { PlatformStats } from './stats-view.ts';
import { toPlatformStats } from './to-stats-view.ts';

export interface FactSeriesPoint {
  readonly start: string;
  readonly facts: number;
}

export interface PlatformOverview {
  readonly stats: PlatformStats;
  /** Minute by minute, oldest first; the time before the span as one point. */
  readonly facts: readonly FactSeriesPoint[];
  readonly requests: readonly RequestPoint[];
  /** Tenants with facts, and with requests, in the span. */
  readonly writing: number;
  readonly calling: number;
  /** The most requests first; who made the most facts is among them. */
  readonly top: readonly TenantSpan[];
  readonly failing: Named<TenantSpan>;
  readonly gapped: Named<TenantCount>;
}

export async function readPlatformOverview(
  env: Env,
  query: OverviewQuery,
): Promise<PlatformOverview> {
  const { data: answers, unavailable_shards } = await askAll(env, (shard) => shard.overview(query));
  const data = answers.filter((answer) => answer !== undefined);
  const { limit } = query;
  const sum = (count: (shard: ShardOverview) => number): number =>
    data.reduce((total, shard) => total + count(shard), 0);
  const failing = data.flatMap((shard) => shard.failing.data);
  return {
    stats: toPlatformStats(mergeSummaries(data.map(({ summary }) => summary)), unavailable_shards),
    facts: byStart(
      data.map(({ points }) => points),
      (one, other) => ({ start: one.start, facts: one.facts + other.facts }),
    ).map(({ start, facts }) => ({ start: new Date(start).toISOString(), facts })),
    requests: byStart(
      data.map(({ requestPoints }) => requestPoints),
      (one, other) => ({ start: one.start, ...addRequests(one, other) }),
    ).map((point) => ({ ...point, start: new Date(point.start).toISOString() })),
    writing: sum(({ writing }) => writing),
    calling: sum(({ calling }) => calling),
    top: data
      .flatMap(({ top }) => top)
      .toSorted((a, b) => b.requests.requests - a.requests.requests || byFacts(a, b)),
    failing: {
      count: sum((shard) => shard.failing.count),
      data: failing.toSorted((a, b) => b.counts.errors - a.counts.errors).slice(0, limit),
    },
    gapped: {
      count: sum((shard) => shard.gapped.count),
      data: ranked(data.flatMap((shard) => shard.gapped.data)).slice(0, limit),
    },
  };
}

/** The tenants that stand out most, by what stands out. */
export async function readWorst(env: Env, limit: number): Promise<Worst> {
  const { data } = await askAll(env, (shard) => shard.worst(limit));
  return mergeWorst(data, limit);
}

function byFacts(a: TenantSpan, b: TenantSpan): number {
  return b.counts.facts - a.counts.facts || (a.tenant_id < b.tenant_id ? -1 : 1);
}

/** Points of many shards as one series, oldest first. */
function byStart<T extends { readonly start: number }>(
  shards: readonly (readonly T[])[],
  add: (one: T, other: T) => T,
): T[] {
  const points = new Map<number, T>();
  for (const point of shards.flat()) {
    const known = points.get(point.start);
    points.set(point.start, known ? add(known, point) : point);
  }
  return [...points.values()].toSorted((a, b) => a.start - b.start);
}
