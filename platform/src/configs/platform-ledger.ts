// Addresses the ledger that keeps the Configs of the platform: the first shard of the system ledger.
// Nothing else knows which that is.
import type { Env } from '../env.ts';
import type { SystemLedger } from '../metrics/system-ledger.ts';

/** Who the platform's own ledgers belong to; no tenant can have this id. */
export const PLATFORM = 'platform';

/** What the platform asks about Configs. */
export type PlatformLedgerClient = Pick<
  SystemLedger,
  | 'configFacts'
  | 'effectiveConfig'
  | 'getConfig'
  | 'inheritableConfigs'
  | 'listConfigVersions'
  | 'planConfigs'
  | 'planRollouts'
  | 'putConfig'
>;

export function platformLedger(env: Env): PlatformLedgerClient {
  const stub = env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system'));
  // Untyped for the same reason as in `ledgerOf`; all answers are plain data.
  return stub as unknown as PlatformLedgerClient;
}
