// Tells the operator by an alert what the health gate did, or could not do. It decides nothing.
import { alertShard } from '../../alerts/alert-shard.ts';
import type { Env } from '../../env.ts';
import { publishLive } from '../../live/publish-live.ts';
import { systemShardOf } from '../../metrics/system-shard.ts';
import { liveName } from '../version-state.ts';
import { type Health, isLeftLive } from './health-state.ts';

/** As alerts name it; no rule of a Config measures it. */
const RULE = 'health_gate';

/** Safe to repeat. */
export async function raiseHealthAlert(
  env: Env,
  tenantId: string,
  version: string | null,
  health: Health,
): Promise<void> {
  const cause = health.text === null ? '' : `: ${health.text}`;
  const text = isLeftLive(health)
    ? `is beyond its budget with ${nameOf(version)}, which is still live${cause}.`
    : `had ${nameOf(version)} rolled back by the health gate${cause}.`;
  const shard = alertShard(env, systemShardOf(tenantId));
  await shard.raiseAlert(tenantId, { rule: RULE, severity: 'bad', text }, Date.now());
  await publishLive(env, { type: 'alert', tenants: [tenantId] });
}

function nameOf(version: string | null): string {
  return version ?? liveName(null).replace('The', 'the');
}
