// Tells the ledger of a tenant's runs what is in force, whenever that changed: called with every fact of
// the tenant's own ledger, and again by its alarm until it was heard. So nothing there can go stale.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import type { TenantState } from '../tenants/tenant-state.ts';
import type { TenantVersions } from '../versions/version-state.ts';
import type { RunSource } from './run-state.ts';
import { runsOf } from './runs-of.ts';

/** What was told last, in the tenant's own storage. */
const TOLD = 'runs_told';

export async function wakeRuns(
  env: Env,
  kv: SyncKvStorage,
  tenant: TenantState,
  versions: TenantVersions,
): Promise<void> {
  const source = runSourceOf(tenant, versions);
  const text = JSON.stringify(source);
  const told = kv.get<string>(TOLD);
  if (told === text) return;
  const isEmpty = source.schedules.length === 0 && source.queue === null;
  // A tenant that never had any gets no ledger of runs.
  if (told === undefined && isEmpty) return;
  const outcome = await runsOf(env, tenant.id).sync(source, tenant.seq);
  if (!outcome.ok) throw new LedgerError(outcome.error);
  kv.put(TOLD, text);
}

export function runSourceOf(tenant: TenantState, versions: TenantVersions): RunSource {
  const live = versions.versions.find(({ id }) => id === versions.active);
  const isGone = tenant.status === 'deleting' || tenant.status === 'deleted';
  const none = { schedules: [], queue: null };
  // Cached before there were any, a version has neither.
  const settings = isGone || live === undefined ? none : live;
  return {
    tenant_id: tenant.id,
    plan: tenant.plan,
    status: isGone ? 'gone' : tenant.status === 'active' ? 'active' : 'paused',
    version_id: versions.active,
    schedules: settings.schedules ?? [],
    queue: settings.queue ?? null,
  };
}
