// Takes tenants' reports from the queue into the SystemLedger, each (tenant, period) once. A message
// that cannot be used is retried until the queue moves it to the dead letters; it holds up no other.
import type { SystemLedger } from '@z0-app/sdk';
import { PLATFORM } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { systemShardOf } from './system-shard.ts';
import { type TenantStatsMessage, tenantStatsMessage } from './tenant-stats.ts';

export async function consumeMetrics(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    try {
      await recordStats(env, tenantStatsMessage.parse(message.body));
      message.ack();
    } catch (error) {
      const detail = String(error).slice(0, 500);
      console.warn(
        JSON.stringify({ level: 'warn', event: 'metrics_refused', id: message.id, detail }),
      );
      message.retry({ delaySeconds: Math.min(2 ** message.attempts, 60) });
    }
  }
}

async function recordStats(env: Env, stats: TenantStatsMessage): Promise<void> {
  const shard = systemShardOf(stats.tenant_id);
  const ledger = shardLedger(env, shard);
  const context = { tenantId: PLATFORM, principal: PLATFORM, route: 'tenant_stats' };
  const fact = {
    type: 'sdk',
    subtype: 'tenant_stats',
    timestamp: new Date(stats.period_end).toISOString(),
    source_id: stats.tenant_id,
    data: { ...stats },
  };
  // The first report of a shard's life creates it; every later creation is refused and means nothing.
  if (!(await ledger.getEntity()).ok) {
    await ledger.createEntity({ id: shard, type: 'system' }, context);
  }
  const idempotencyKey = `${stats.tenant_id}:${stats.period_start}`;
  try {
    await ledger.appendFact(fact, { ...context, idempotencyKey });
  } catch (error) {
    // Other counts for a period that was recorded: the first report stands.
    if (codeOf(error) !== 'idempotency_key_reused') throw error;
  }
}

/** `sdk` facts are the ledger's own, so they go in by its own method, which throws. */
type ShardLedger = Pick<SystemLedger, 'appendFact' | 'createEntity' | 'getEntity'>;

function shardLedger(env: Env, shard: string): ShardLedger {
  const stub = env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName(shard));
  // Untyped for the same reason as in `ledgerOf`; all answers are plain data.
  return stub as unknown as ShardLedger;
}

/** An error from over RPC keeps its fields, not its class. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
