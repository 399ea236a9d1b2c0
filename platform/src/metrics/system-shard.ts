// Which SystemLedger holds a tenant's platform-wide facts, and how it is asked. `system` is the name
// of shard 0; a tenant never moves, so the number of shards is fixed for an environment's life.
import type { Env } from '../env.ts';
import type { SystemLedger } from './system-ledger.ts';

const SHARDS = 16;

/** Holds what is of the platform itself and of no tenant. */
export const SYSTEM_SHARD = 'system';

/** The names of all shards. */
export const SYSTEM_SHARDS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) =>
  nameOf(shard),
);

/** What the platform asks a shard about what it counts. */
export type SystemShardClient = Pick<
  SystemLedger,
  | 'deadLetters'
  | 'errorGroups'
  | 'health'
  | 'overview'
  | 'rankRequests'
  | 'rankTenants'
  | 'recordDeadLetters'
  | 'recordReports'
  | 'recordRequests'
  | 'requestPoints'
  | 'requestTotals'
  | 'statsPoints'
  | 'summary'
  | 'tenantAnswer'
  | 'tenantRequests'
  | 'tenantTallies'
  | 'workerHealth'
  | 'worst'
>;

/** The name of the tenant's shard, which is also its entity id; no tenant is the platform's. */
export function systemShardOf(tenantId: string): string {
  if (tenantId === '') return SYSTEM_SHARD;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(tenantId)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return nameOf((hash >>> 0) % SHARDS);
}

export function systemShard(env: Env, name: string): SystemShardClient {
  const stub = env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName(name));
  // Untyped for the same reason as in `ledgerOf`; all answers are plain data.
  return stub as unknown as SystemShardClient;
}

function nameOf(shard: number): string {
  return shard === 0 ? SYSTEM_SHARD : `system-${shard}`;
}
