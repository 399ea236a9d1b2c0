// Gathers what the page of a tenant shows. The tenant's own ledger decides whether there is a page;
// counts may be missing, and the page then says so.
import type { Fact } from '@z0-app/sdk';
import { type Alert, readAlerts } from '../../alerts/read-alerts.ts';
import type { Env } from '../../env.ts';
import { type KnownRuns, readRunsOf } from '../../schedules/read-runs.ts';
import { readErrorGroups, readTenantRequestSeries } from '../../stats/request-reader.ts';
import type { ErrorGroup, RequestPoint } from '../../stats/request-view.ts';
import { readTenantSeries, readTenantStats } from '../../stats/stats-reader.ts';
import type { Resolution, SeriesPoint } from '../../stats/stats-view.ts';
import type { TenantSecrets } from '../../tenant-secrets/secret-state.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { type Plan, planOf } from '../../tenants/plans.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import type { TenantVersions } from '../../versions/version-state.ts';
import { attempt, attemptOutcome } from '../attempt.ts';
import { readCurrentVersion } from '../system/versions.ts';
import { type TimeWindow, windowOf } from '../time-window.ts';
import type { TenantCounts } from './tenant-verdict.ts';

const RECENT_FACTS = 30;
const HOUR_MS = 3_600_000;
const MAX_GROUPS = 200;
const MAX_ALERTS = 10;

export interface TenantData {
  readonly tenant: TenantState;
  /** What its plan allows; `undefined` when that could not be read. */
  readonly plan: Plan | undefined;
  /** Of the control plane's own ledger, newest first. */
  readonly facts: readonly Fact[];
  readonly counts: TenantCounts;
  readonly window: TimeWindow;
  /** Of the window; `undefined` when they could not be read. */
  readonly series: readonly SeriesPoint[] | undefined;
  readonly requests: readonly RequestPoint[] | undefined;
  /** Minute by minute, of the last hour and the one before. */
  readonly minutes: readonly RequestPoint[];
  readonly hour: TimeWindow;
  /** Of the last day. */
  readonly errors: readonly ErrorGroup[];
  /** Newest first, the firing ones before the others. */
  readonly alerts: readonly Alert[];
  /** Version of the template that new tenants get; `undefined` when unknown. */
  readonly currentVersion: string | undefined;
  /** Of its own code; `undefined` when they could not be read. */
  readonly versions: TenantVersions | undefined;
  /** Names, no values; `undefined` when they could not be read. */
  readonly secrets: TenantSecrets | undefined;
  /** `null` when it never had any, `undefined` when they could not be read. */
  readonly runs: KnownRuns | null | undefined;
  readonly now: number;
}

/** `undefined` for a tenant that was never onboarded. */
export async function readTenant(
  env: Env,
  id: string,
  resolution: Resolution,
  now: number,
): Promise<TenantData | undefined> {
  const ledger = ledgerOf(env, id);
  const state = await ledger.read();
  if (!state.ok) return undefined;
  const window = windowOf(resolution, now);
  const hour = windowOf('minute', now);
  const query = { resolution, from: window.from, to: window.to };
  const minutes = { resolution: 'minute', from: hour.from - HOUR_MS, to: hour.to } as const;
  const day = { from: now - 24 * HOUR_MS, to: hour.to, tenantId: id, limit: MAX_GROUPS };
  const [
    facts,
    all,
    lastHour,
    series,
    requests,
    lastMinutes,
    errors,
    alerts,
    version,
    versions,
    secrets,
    plan,
    runs,
  ] = await Promise.all([
    ledger.listFacts({ limit: RECENT_FACTS, order: 'desc' }),
    attemptOutcome('tenant_stats', readTenantStats(env, id)),
    attemptOutcome('tenant_hour', readTenantStats(env, id, { from: hour.from, to: hour.to })),
    attemptOutcome('tenant_series', readTenantSeries(env, id, query)),
    attemptOutcome('tenant_requests', readTenantRequestSeries(env, id, query)),
    attemptOutcome('tenant_minutes', readTenantRequestSeries(env, id, minutes)),
    attempt('tenant_errors', readErrorGroups(env, day)),
    attempt('alerts', readAlerts(env, { state: 'all', tenantId: id, limit: MAX_ALERTS })),
    attempt('version', readCurrentVersion(env.ARTEFACTS)),
    attemptOutcome('versions', ledger.readVersions()),
    attemptOutcome('secrets', ledger.readSecrets()),
    attempt('plan', planOf(env, state.value)),
    attempt('runs', readRunsOf(env, id)),
  ]);
  return {
    tenant: state.value,
    plan,
    facts: facts.ok ? facts.value.data : [],
    counts: { all, lastHour },
    window,
    series,
    requests,
    minutes: lastMinutes ?? [],
    hour,
    errors: errors?.data ?? [],
    alerts: (alerts?.data ?? []).toSorted(
      (a, b) => Number(b.state === 'firing') - Number(a.state === 'firing'),
    ),
    currentVersion: version,
    versions,
    secrets,
    runs,
    now,
  };
}
