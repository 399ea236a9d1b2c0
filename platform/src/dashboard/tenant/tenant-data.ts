// Gathers what the page of a tenant shows. The tenant's own ledger decides whether there is a page;
// counts may be missing, and the page then says so.
import type { Fact } from '@z0-app/sdk';
import type { Env } from '../../env.ts';
import { readTenantSeries, readTenantStats } from '../../stats/stats-reader.ts';
import type { Resolution, SeriesPoint } from '../../stats/stats-view.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import { attemptOutcome } from '../attempt.ts';
import { type TimeWindow, windowOf } from '../time-window.ts';
import type { TenantCounts } from './tenant-verdict.ts';

const RECENT_FACTS = 30;

export interface TenantData {
  readonly tenant: TenantState;
  /** Of the control plane's own ledger, newest first. */
  readonly facts: readonly Fact[];
  readonly counts: TenantCounts;
  readonly window: TimeWindow;
  readonly series: readonly SeriesPoint[] | undefined;
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
  const range = { from: hour.from, to: hour.to };
  const [facts, all, lastHour, series] = await Promise.all([
    ledger.listFacts({ limit: RECENT_FACTS, order: 'desc' }),
    attemptOutcome('tenant_stats', readTenantStats(env, id)),
    attemptOutcome('tenant_stats_hour', readTenantStats(env, id, range)),
    attemptOutcome('tenant_series', readTenantSeries(env, id, query)),
  ]);
  return {
    tenant: state.value,
    facts: facts.ok ? facts.value.data : [],
    counts: { all, lastHour },
    window,
    series,
    now,
  };
}
