// Gathers what the Overview shows: the index, the platform's counts, the last hour. Every part may
// be missing; what could not be read is left `undefined` and the page says so.
import type { Env } from '../../env.ts';
import { readPlatformSeries, readPlatformStats, readTopTenants } from '../../stats/stats-reader.ts';
import type { Merged, PlatformStats, SeriesPoint, TenantRank } from '../../stats/stats-view.ts';
import { attempt } from '../attempt.ts';
import { type IndexSummary, summarizeIndex, tenantsById } from '../tenants/tenant-query.ts';
import { type TimeWindow, windowOf } from '../time-window.ts';

/** A run that is quiet for longer needs somebody to look at it. */
const STUCK_MS = 5 * 60_000;
/** How many tenants a list on the Overview names. */
export const TOP = 8;
const ALL_RANKED = 1_000;

export interface OverviewData {
  readonly now: number;
  readonly index: IndexSummary;
  readonly stats: PlatformStats | undefined;
  readonly hour: TimeWindow;
  readonly series: Merged<SeriesPoint> | undefined;
  /** Of the last hour, the most facts first. */
  readonly top: Merged<TenantRank> | undefined;
  /** Of the last hour, the most errors first; only tenants with any. */
  readonly failing: readonly TenantRank[];
  /** Tenants with missing reports. */
  readonly gapped: readonly TenantRank[];
  /** Names of the tenants above, by id. */
  readonly names: ReadonlyMap<string, string>;
}

export async function readOverview(env: Env, now: number): Promise<OverviewData> {
  const hour = windowOf('minute', now);
  const range = { from: hour.from, to: hour.to };
  const [index, stats, series, top, failing] = await Promise.all([
    summarizeIndex(env.DB, new Date(now - STUCK_MS).toISOString()),
    attempt('platform_stats', readPlatformStats(env)),
    attempt('platform_series', readPlatformSeries(env, { ...range, resolution: 'minute' })),
    attempt('top_by_facts', readTopTenants(env, { ...range, by: 'facts', limit: TOP })),
    attempt('top_by_errors', readTopTenants(env, { ...range, by: 'errors', limit: ALL_RANKED })),
  ]);
  const gapped = stats !== undefined && stats.gaps > 0 ? await readGapped(env) : [];
  const data = {
    now,
    index,
    stats,
    hour,
    series,
    top,
    failing: (failing?.data ?? []).filter((rank) => rank.errors_count > 0),
    gapped,
  };
  return { ...data, names: await namesOf(env, data) };
}

async function readGapped(env: Env): Promise<TenantRank[]> {
  const ranks = await attempt('gaps', readTopTenants(env, { by: 'facts', limit: ALL_RANKED }));
  return (ranks?.data ?? []).filter((rank) => rank.gaps > 0);
}

async function namesOf(
  env: Env,
  data: Pick<OverviewData, 'top' | 'failing' | 'gapped'>,
): Promise<ReadonlyMap<string, string>> {
  // Many may be in trouble; only the first of them are named.
  const ranks = [
    ...(data.top?.data ?? []),
    ...data.failing.slice(0, TOP),
    ...data.gapped.slice(0, TOP),
  ];
  const ids = [...new Set(ranks.map((rank) => rank.tenant_id))];
  const rows = await tenantsById(env.DB, ids);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** The tenant that makes more than half of an hour's facts while more than three are at work. */
export function noisyNeighbour(
  ranks: readonly TenantRank[],
  total: number,
): { readonly tenantId: string; readonly facts: number } | undefined {
  const atWork = ranks.filter((rank) => rank.facts_count > 0);
  const first = atWork.toSorted((a, b) => b.facts_count - a.facts_count)[0];
  if (first === undefined || atWork.length <= 3 || first.facts_count * 2 <= total) return undefined;
  return { tenantId: first.tenant_id, facts: first.facts_count };
}

/** The noisy neighbour of the last hour, if there is one and it can be told. */
export async function readNoisyNeighbour(env: Env, now: number): Promise<string | undefined> {
  const { from, to } = windowOf('minute', now);
  const range = { from, to };
  const [series, top] = await Promise.all([
    attempt('platform_series', readPlatformSeries(env, { ...range, resolution: 'minute' })),
    attempt('top_by_facts', readTopTenants(env, { ...range, by: 'facts', limit: TOP })),
  ]);
  return noisyNeighbour(top?.data ?? [], factsIn(series))?.tenantId;
}

/** Facts of all tenants in the series. */
export function factsIn(series: Merged<SeriesPoint> | undefined): number {
  return (series?.data ?? []).reduce((sum, point) => sum + point.facts, 0);
}
