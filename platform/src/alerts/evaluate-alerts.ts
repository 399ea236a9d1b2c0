// Has the shards of these tenants judge them by the rules in force. Never fails: a platform that cannot
// alert still counts, and a shard looks again by the clock.
import type { Env } from '../env.ts';
import { publishLive } from '../live/publish-live.ts';
import { systemShardOf } from '../metrics/system-shard.ts';
import { PLATFORM_SUBJECT } from './alert-rule.ts';
import { readAlertSettings } from './alert-settings.ts';
import { alertShard } from './alert-shard.ts';

/**
 * Judges these tenants as of `now` (milliseconds since 1970); `''` stands for the platform itself, as
 * in its dead letters. Open pages hear of what changed.
 */
export async function evaluateAlerts(
  env: Env,
  tenantIds: Iterable<string>,
  now: number,
): Promise<void> {
  const byShard = Map.groupBy(new Set(tenantIds), systemShardOf);
  if (byShard.size === 0) return;
  const settings = await readAlertSettings(env);
  const changed = await Promise.all(
    [...byShard].map(async ([name, subjects]) => {
      try {
        return await alertShard(env, name).judgeAlerts(subjects, now, settings);
      } catch (error) {
        const entry = { level: 'error', event: 'alerts_not_evaluated', shard: name };
        console.error(JSON.stringify({ ...entry, detail: String(error).slice(0, 500) }));
        return [];
      }
    }),
  );
  const subjects = changed.flat();
  if (subjects.length === 0) return;
  const tenants = subjects.filter((subject) => subject !== PLATFORM_SUBJECT);
  await publishLive(env, { type: 'alert', tenants });
}
