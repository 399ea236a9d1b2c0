// Reads what is known of a tenant's runs, for the API and the pages. It changes nothing.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import type { QueueCounts } from './queue-table.ts';
import type { TenantRuns } from './run-state.ts';
import { runsOf } from './runs-of.ts';

export type KnownRuns = TenantRuns & { queue: QueueCounts };

/** `null` for a tenant that never had a schedule or a queue. */
export async function readRunsOf(env: Env, tenantId: string): Promise<KnownRuns | null> {
  const outcome = await runsOf(env, tenantId).readRuns();
  if (outcome.ok) return outcome.value;
  if (outcome.error.code === 'not_found') return null;
  throw new LedgerError(outcome.error);
}
