// Asks shards of the system ledger, all in parallel or the one of a tenant. A shard that does not answer
// in time is named and the others are told; it decides nothing about what they say.
import type { Outcome } from '@z0-app/sdk';
import type { Env } from '../env.ts';
import { SYSTEM_SHARDS, type SystemShardClient, systemShard } from '../metrics/system-shard.ts';
import type { Merged } from './stats-view.ts';

/** A shard that takes longer is one that does not answer. */
const SHARD_TIMEOUT_MS = 5000;

export type Question<T> = (shard: SystemShardClient) => Promise<T>;

/** What each shard answers, in the order of their names, and the names of those that do not. */
export async function askAll<T>(env: Env, question: Question<T>): Promise<Merged<T>> {
  const answers = await Promise.all(
    SYSTEM_SHARDS.map(async (name) => ({ name, answer: await askShard(env, name, question) })),
  );
  return {
    data: answers.flatMap(({ answer }) => (answer.ok ? [answer.value] : [])),
    unavailable_shards: answers.flatMap(({ name, answer }) => (answer.ok ? [] : [name])),
  };
}

/** Errors: `not_ready`. */
export async function askShard<T>(
  env: Env,
  name: string,
  question: Question<T>,
): Promise<Outcome<T>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new RangeError('took too long')), SHARD_TIMEOUT_MS);
  try {
    const asked = question(systemShard(env, name));
    return { ok: true, value: await Promise.race([asked, late.promise]) };
  } catch (error) {
    const entry = { level: 'error', event: 'stats_shard_failed', shard: name };
    console.error(JSON.stringify({ ...entry, detail: String(error).slice(0, 500) }));
    const detail = `The shard ${name} of the system ledger does not answer.`;
    return { ok: false, error: { code: 'not_ready', detail, retryAfterSeconds: 5 } };
  } finally {
    clearTimeout(timer);
  }
}
