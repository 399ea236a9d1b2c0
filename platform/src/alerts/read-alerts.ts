// Answers which alerts there are, from the shards of the system ledger. A shard that does not answer is
// named in the answer. Changes nothing.
import type { Env } from '../env.ts';
import { SYSTEM_SHARDS, systemShardOf } from '../metrics/system-shard.ts';
import type { Merged } from '../stats/stats-view.ts';
import { alertShard } from './alert-shard.ts';
import type { Alert, AlertQuery } from './alert-view.ts';

export type { Alert, AlertQuery } from './alert-view.ts';

/** A shard that takes longer is one that does not answer. */
const SHARD_TIMEOUT_MS = 5000;

/**
 * `firing`: `bad` ones first; both states newest first. With `tenantId` those of that tenant, and with
 * `''` those about the platform itself.
 */
export async function readAlerts(env: Env, query: AlertQuery): Promise<Merged<Alert>> {
  const { tenantId, limit, state } = query;
  const names = tenantId === undefined ? SYSTEM_SHARDS : [systemShardOf(tenantId)];
  const answers = await Promise.all(
    names.map(async (name) => ({ name, alerts: await ask(env, name, query) })),
  );
  const data = answers
    .flatMap(({ alerts }) => alerts ?? [])
    .toSorted((one, other) => {
      const bySeverity = state === 'firing' ? rank(one) - rank(other) : 0;
      return bySeverity || Date.parse(other.fired_at) - Date.parse(one.fired_at);
    })
    .slice(0, limit);
  const unavailable_shards = answers.flatMap(({ name, alerts }) => (alerts ? [] : [name]));
  return { data, unavailable_shards };
}

function rank({ severity }: Alert): number {
  return severity === 'bad' ? 0 : 1;
}

async function ask(env: Env, name: string, query: AlertQuery): Promise<Alert[] | undefined> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new RangeError('took too long')), SHARD_TIMEOUT_MS);
  try {
    return await Promise.race([alertShard(env, name).alerts(query), late.promise]);
  } catch (error) {
    const entry = { level: 'error', event: 'alerts_unread', shard: name };
    console.error(JSON.stringify({ ...entry, detail: String(error).slice(0, 500) }));
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
