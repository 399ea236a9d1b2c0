// Addresses the ledger of a tenant's runs. Nothing else knows how it is named.
import type { Env } from '../env.ts';
import type { RunLedger } from './run-ledger.ts';

export type RunLedgerClient = Pick<
  RunLedger,
  'deadMessages' | 'listFacts' | 'readRuns' | 'redrive' | 'runNow' | 'send' | 'sync'
>;

/** A client for one exchange; never handed to a caller. */
export function runsOf(env: Env, tenantId: string): RunLedgerClient {
  const stub = env.RUN_LEDGER.get(env.RUN_LEDGER.idFromName(`runs_${tenantId}`));
  // Untyped for the same reason as in `ledgerOf`; all answers are plain data.
  return stub as unknown as RunLedgerClient;
}
