// Which SystemLedger holds a tenant's platform-wide facts. Pure. `system` is the name of shard 0; a
// tenant never moves, so the number of shards is fixed for an environment's life.

const SHARDS = 16;

/** The name of the tenant's shard, which is also its entity id. */
export function systemShardOf(tenantId: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(tenantId)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  const shard = (hash >>> 0) % SHARDS;
  return shard === 0 ? 'system' : `system-${shard}`;
}
