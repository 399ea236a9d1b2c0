// Answers how the shards of the system ledger are, and what the queue gave up on. Writes nothing.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { SYSTEM_SHARD, SYSTEM_SHARDS } from '../metrics/system-shard.ts';
import { askShard } from './ask-shards.ts';
import type { DeadLetters, ShardHealth } from './request-view.ts';

/** Every shard, in the order of their numbers. */
export async function readShardHealth(env: Env): Promise<ShardHealth[]> {
  return Promise.all(
    SYSTEM_SHARDS.map(async (name) => {
      const answer = await askShard(env, name, (shard) => shard.health());
      if (!answer.ok) return { name, ...NO_HEALTH };
      const { tenants, reports, late, gaps, last_end, database_bytes } = answer.value;
      return {
        name,
        available: true,
        tenants,
        reports,
        late,
        gaps,
        last_end: last_end === null ? null : new Date(last_end).toISOString(),
        storage_bytes: database_bytes,
      };
    }),
  );
}

const NO_HEALTH: Omit<ShardHealth, 'name'> = {
  available: false,
  tenants: 0,
  reports: 0,
  late: 0,
  gaps: 0,
  last_end: null,
  storage_bytes: 0,
};

/** The newest messages that the queue gave up on. Throws `not_ready` when their shard is away. */
export async function readDeadLetters(env: Env, limit: number): Promise<DeadLetters> {
  const answer = await askShard(env, SYSTEM_SHARD, (shard) => shard.deadLetters(limit));
  if (!answer.ok) throw new LedgerError(answer.error);
  const { count, letters } = answer.value;
  const data = letters.map(({ at, ...letter }) => ({ ...letter, at: new Date(at).toISOString() }));
  return { count, data };
}
