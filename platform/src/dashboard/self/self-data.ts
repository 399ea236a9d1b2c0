// Gathers what ledgers tell of themselves, the tenants that stand out, and how even the shards are.
import type { Env } from '../../env.ts';
import { readShardHealth } from '../../stats/health-reader.ts';
import { readWorst } from '../../stats/overview-reader.ts';
import type { ShardHealth } from '../../stats/request-view.ts';
import type { Worst } from '../../stats/shard-worst.ts';
import { readPlatformSeries, readPlatformStats } from '../../stats/stats-reader.ts';
import type { PlatformStats, SeriesPoint } from '../../stats/stats-view.ts';
import { attempt } from '../attempt.ts';
import { tenantsById } from '../tenants/tenant-query.ts';
import { type TimeWindow, windowOf } from '../time-window.ts';

/** Tenants named for each signal. */
const NAMED = 3;

export interface SelfData {
  /** Since onboarding; `undefined` when they could not be read. */
  readonly stats: PlatformStats | undefined;
  readonly worst: Worst | undefined;
  readonly shards: readonly ShardHealth[];
  readonly hour: TimeWindow;
  readonly series: readonly SeriesPoint[];
  readonly names: ReadonlyMap<string, string>;
  readonly now: number;
}

export async function readSelf(env: Env, now: number): Promise<SelfData> {
  const hour = windowOf('minute', now);
  const query = { resolution: 'minute', from: hour.from, to: hour.to } as const;
  const [stats, worst, shards, series] = await Promise.all([
    attempt('platform_stats', readPlatformStats(env)),
    attempt('worst', readWorst(env, NAMED)),
    attempt('shards', readShardHealth(env)),
    attempt('platform_series', readPlatformSeries(env, query)),
  ]);
  const ids = Object.values(worst ?? {}).flatMap((counts) => counts.map((one) => one.tenant_id));
  const rows = await attempt('names', tenantsById(env.DB, [...new Set(ids)]));
  return {
    stats,
    worst,
    shards: shards ?? [],
    hour,
    series: series?.data ?? [],
    names: new Map((rows ?? []).map((row) => [row.id, row.name])),
    now,
  };
}
