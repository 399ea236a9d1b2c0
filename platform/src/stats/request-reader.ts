// Answers questions about requests, as the dispatcher counted them, from the shards of the system
// ledger. A shard that does not answer is named in the answer. Writes nothing.
import type { Outcome } from '@z0-app/sdk';
import type { Env } from '../env.ts';
import { systemShardOf } from '../metrics/system-shard.ts';
import { askAll, askShard } from './ask-shards.ts';
import type { GroupSum } from './error-group-table.ts';
import { addRequests } from './request-sums.ts';
import type { RequestSumPoint, TenantRequestSum } from './request-tables.ts';
import type {
  ErrorGroup,
  ErrorGroupsQuery,
  RequestCounts,
  RequestPoint,
  RequestSeriesQuery,
  TenantRequests,
  TopRequestsQuery,
} from './request-view.ts';
import { seriesRange } from './resolution.ts';
import { topByRequests } from './shard-rank.ts';
import type { Merged, TimeRange } from './stats-view.ts';

/**
 * Points of all requests together, oldest first, those before a tenant was known among them. The
 * range is as `readTenantRequestSeries` has it.
 */
export async function readPlatformRequestSeries(
  env: Env,
  query: RequestSeriesQuery,
): Promise<Merged<RequestPoint>> {
  const { resolution } = query;
  const range = { resolution, ...seriesRange(query, resolution, Date.now()) };
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.requestPoints(range));
  const byStart = new Map<number, RequestSumPoint>();
  for (const point of data.flat()) {
    const known = byStart.get(point.start);
    const sum = known ? { start: point.start, ...addRequests(known, point) } : point;
    byStart.set(point.start, sum);
  }
  const points = [...byStart.values()].toSorted((a, b) => a.start - b.start);
  return { data: points.map(toPoint), unavailable_shards };
}

/**
 * Points of one tenant, oldest first: the newest 2,000 of the range. It ends now by default, and
 * begins an hour, two days or a month before. Errors: `not_ready`.
 */
export async function readTenantRequestSeries(
  env: Env,
  tenantId: string,
  query: RequestSeriesQuery,
): Promise<Outcome<readonly RequestPoint[]>> {
  const { resolution } = query;
  const range = { resolution, ...seriesRange(query, resolution, Date.now()) };
  const answer = await askShard(env, systemShardOf(tenantId), (shard) =>
    shard.requestPoints(range, tenantId),
  );
  return answer.ok ? { ok: true, value: answer.value.map(toPoint) } : answer;
}

/** What the requests of one tenant add up to, in whole points of the range. Errors: `not_ready`. */
export async function readTenantRequests(
  env: Env,
  tenantId: string,
  { from, to }: TimeRange = {},
): Promise<Outcome<RequestCounts>> {
  const range = from === undefined && to === undefined ? undefined : { from, to };
  return askShard(env, systemShardOf(tenantId), (shard) => shard.tenantRequests(tenantId, range));
}

/** The tenants with the most requests, errors or refusals, most first; none that has none. */
export async function readTopByRequests(
  env: Env,
  query: TopRequestsQuery,
): Promise<Merged<TenantRequests>> {
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.rankRequests(query));
  return { data: topByRequests(data.flat(), query.by, query.limit), unavailable_shards };
}

/** What every tenant's requests add up to since the first, by id; the empty one is nobody's. */
export async function readRequestTotals(env: Env): Promise<Merged<TenantRequestSum>> {
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.requestTotals());
  const sums = data.flat().toSorted((a, b) => (a.tenant_id < b.tenant_id ? -1 : 1));
  return { data: sums, unavailable_shards };
}

/**
 * Answers 4xx and 5xx by tenant, code, route and status, most first: of whole hours or days, without
 * the groups whose last answer was before `from`. Only one shard is asked about one tenant.
 */
export async function readErrorGroups(
  env: Env,
  query: ErrorGroupsQuery,
): Promise<Merged<ErrorGroup>> {
  const { tenantId, limit } = query;
  if (tenantId !== undefined) {
    const name = systemShardOf(tenantId);
    const answer = await askShard(env, name, (shard) => shard.errorGroups(query));
    if (!answer.ok) return { data: [], unavailable_shards: [name] };
    return { data: answer.value.map(toGroup), unavailable_shards: [] };
  }
  const { data, unavailable_shards } = await askAll(env, (shard) => shard.errorGroups(query));
  const groups = data.flat().toSorted((a, b) => b.count - a.count || (isBefore(a, b) ? -1 : 1));
  return { data: groups.slice(0, limit).map(toGroup), unavailable_shards };
}

function isBefore(a: GroupSum, b: GroupSum): boolean {
  const key = ({ tenant_id, code, route, status }: GroupSum): string =>
    JSON.stringify([tenant_id, code, route, status]);
  return key(a) < key(b);
}

function toPoint({ start, ...counts }: RequestSumPoint): RequestPoint {
  return { start: new Date(start).toISOString(), ...counts };
}

function toGroup({ last_at, ...group }: GroupSum): ErrorGroup {
  return { ...group, last_at: new Date(last_at).toISOString() };
}
