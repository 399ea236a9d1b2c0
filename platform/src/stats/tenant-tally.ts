// What is known of one tenant from its reports, however often each came. Pure: the same set of
// reports gives the same counts in any order; only `late` tells the order.
import type { TenantStatsMessage } from '../metrics/tenant-stats.ts';
import {
  addByType,
  addCounts,
  type Counts,
  type CountsByType,
  countsOf,
  NO_COUNTS,
} from './counts.ts';
import type { MissingPeriods } from './stats-view.ts';

/** Times are milliseconds since 1970; the counts are sums over the reports counted. */
export interface TenantTally extends Readonly<Counts> {
  readonly tenant_id: string;
  /** Reports counted. */
  readonly reports: number;
  /** Of those, the ones that came after a later period. */
  readonly late: number;
  readonly since: number;
  readonly last_end: number;
  /** The highest period; 0 when none had a number. */
  readonly last_period: number;
  /** Runs of periods before it that have not come, ascending. */
  readonly missing: readonly MissingPeriods[];
  /** Periods that are missing and not waited for any more. */
  readonly given_up: number;
  /** Sum over the reports counted, as far as they say. */
  readonly appended: CountsByType;
  /** These three as the latest period has them; `null` when it did not say. */
  readonly total_facts: number | null;
  readonly entities: number;
  readonly storage_bytes: number;
  /** From the end of the latest period to when it was recorded here; `null` when none was. */
  readonly last_lag_ms: number | null;
}

/** Runs of missing periods that are remembered; a tenant that skips more has the oldest given up. */
const MAX_RUNS = 500;

export function emptyTally(tenantId: string): TenantTally {
  return {
    tenant_id: tenantId,
    reports: 0,
    late: 0,
    since: Number.MAX_SAFE_INTEGER,
    last_end: 0,
    last_period: 0,
    missing: [],
    given_up: 0,
    ...NO_COUNTS,
    appended: {},
    total_facts: null,
    entities: 0,
    storage_bytes: 0,
    last_lag_ms: null,
  };
}

/** Facts in all ledgers of the tenant: as it last said, else what its reports add up to. */
export function factsOf(tally: TenantTally): number {
  return tally.total_facts ?? tally.facts;
}

/** Periods that have not come. */
export function gapsOf(tally: TenantTally): number {
  return tally.missing.reduce((sum, { first, last }) => sum + last - first + 1, tally.given_up);
}

/** Whether `period` was counted, or is not waited for any more. */
export function isCounted(tally: TenantTally, period: number): boolean {
  if (period > tally.last_period) return false;
  return !tally.missing.some(({ first, last }) => first <= period && period <= last);
}

/**
 * The tally with `report` counted; `undefined` when its period was. A report without a number is
 * taken as new: the caller tells repeats by their start. `receivedAt`: when it was recorded.
 */
export function countReport(
  tally: TenantTally,
  report: TenantStatsMessage,
  receivedAt = report.period_end,
): TenantTally | undefined {
  const { period } = report;
  if (period !== undefined && isCounted(tally, period)) return undefined;
  const isLatest =
    period === undefined
      ? tally.last_period === 0 && report.period_end >= tally.last_end
      : period > tally.last_period;
  return {
    ...tally,
    ...(period !== undefined && periodsWith(tally, period)),
    ...(isLatest && {
      total_facts: report.totals?.facts ?? null,
      entities: report.totals?.entities ?? report.entities_count,
      storage_bytes: report.storage_bytes ?? 0,
      // A tenant's clock may be ahead.
      last_lag_ms: Math.max(receivedAt - report.period_end, 0),
    }),
    reports: tally.reports + 1,
    late: tally.late + (isLatest ? 0 : 1),
    since: Math.min(tally.since, report.period_start),
    last_end: Math.max(tally.last_end, report.period_end),
    ...addCounts(tally, countsOf(report)),
    appended: addByType(tally.appended, report.appended ?? {}),
  };
}

type Periods = Pick<TenantTally, 'last_period' | 'missing' | 'given_up'>;

function periodsWith(tally: Periods, period: number): Periods {
  const { last_period, given_up } = tally;
  if (period <= last_period) {
    const missing = tally.missing.flatMap((run) => without(run, period));
    return bounded({ last_period, missing, given_up });
  }
  const skipped = { first: last_period + 1, last: period - 1 };
  const missing = skipped.first <= skipped.last ? [...tally.missing, skipped] : tally.missing;
  return bounded({ last_period: period, missing, given_up });
}

function without(run: MissingPeriods, period: number): MissingPeriods[] {
  if (period < run.first || period > run.last) return [run];
  const rest = [
    { first: run.first, last: period - 1 },
    { first: period + 1, last: run.last },
  ];
  return rest.filter(({ first, last }) => first <= last);
}

function bounded(periods: Periods): Periods {
  const [oldest, ...rest] = periods.missing;
  if (oldest === undefined || rest.length < MAX_RUNS) return periods;
  const given_up = periods.given_up + oldest.last - oldest.first + 1;
  return { ...periods, missing: rest, given_up };
}
