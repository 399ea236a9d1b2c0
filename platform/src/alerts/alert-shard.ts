// How the platform asks a shard of the system ledger about alerts. It decides nothing.
import type { Env } from '../env.ts';
import type { AlertingLedger } from './alerting-ledger.ts';

export type AlertShardClient = Pick<AlertingLedger, 'alerts' | 'judgeAlerts' | 'raiseAlert'>;

export function alertShard(env: Env, name: string): AlertShardClient {
  const stub = env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName(name));
  // Untyped for the same reason as in `ledgerOf`; all answers are plain data.
  return stub as unknown as AlertShardClient;
}
