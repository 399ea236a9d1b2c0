// Gathers what the Errors page shows. What could not be read is left out, and the page says so.
import type { Env } from '../../env.ts';
import {
  readErrorGroups,
  readPlatformRequestSeries,
  readTenantRequestSeries,
} from '../../stats/request-reader.ts';
import type { ErrorGroup, RequestPoint } from '../../stats/request-view.ts';
import { attempt, attemptOutcome } from '../attempt.ts';
import { tenantsById } from '../tenants/tenant-query.ts';
import type { TimeWindow } from '../time-window.ts';
import { type ErrorQuery, windowOfSpan } from './error-query.ts';
import { matching } from './error-rows.ts';

/** More kinds of errors than anybody reads; beyond, the page says that it is not all. */
const MAX_GROUPS = 1_000;

export interface ErrorsData {
  readonly query: ErrorQuery;
  readonly window: TimeWindow;
  /** `undefined` when they could not be read. */
  readonly groups: readonly ErrorGroup[] | undefined;
  readonly isCut: boolean;
  readonly unavailable: readonly string[];
  /** All requests of the span, of the tenant when one is asked for. */
  readonly series: readonly RequestPoint[];
  readonly names: ReadonlyMap<string, string>;
  readonly now: number;
}

export async function readErrors(env: Env, query: ErrorQuery, now: number): Promise<ErrorsData> {
  const window = windowOfSpan(query.span, now);
  const range = { from: window.from, to: window.to };
  const [found, series] = await Promise.all([
    attempt(
      'error_groups',
      readErrorGroups(env, { ...range, tenantId: query.tenant, limit: MAX_GROUPS }),
    ),
    readSeries(env, query.tenant, window),
  ]);
  const groups = found && matching(found.data, query);
  const ids = new Set((groups ?? []).map((group) => group.tenant_id));
  if (query.tenant !== undefined) ids.add(query.tenant);
  const rows = await attempt('names', tenantsById(env.DB, [...ids]));
  return {
    query,
    window,
    groups,
    isCut: (found?.data.length ?? 0) >= MAX_GROUPS,
    unavailable: found?.unavailable_shards ?? [],
    series,
    names: new Map((rows ?? []).map((row) => [row.id, row.name])),
    now,
  };
}

async function readSeries(
  env: Env,
  tenant: string | undefined,
  { resolution, from, to }: TimeWindow,
): Promise<readonly RequestPoint[]> {
  const query = { resolution, from, to };
  if (tenant === undefined) {
    return (await attempt('requests', readPlatformRequestSeries(env, query)))?.data ?? [];
  }
  const series = readTenantRequestSeries(env, tenant, query);
  return (await attemptOutcome('requests', series)) ?? [];
}
