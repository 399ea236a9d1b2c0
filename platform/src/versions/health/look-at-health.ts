// Asks how a tenant's Worker did since something became live, by the dispatcher's counts, and whether that
// is decided by now. It writes nothing.
import type { JsonObject } from '@z0-app/sdk';
import type { Env } from '../../env.ts';
import { systemShard, systemShardOf } from '../../metrics/system-shard.ts';
import type { WorkerCounts } from '../../stats/worker-tables.ts';
import { readHealthGate } from './health-budget.ts';
import type { Health } from './health-state.ts';
import { type HealthVerdict, judgeHealth } from './judge-health.ts';

/** How long counts may take from the dispatcher to the shard. */
const LATE_MS = 15_000;

export interface HealthFound {
  readonly verdict: HealthVerdict;
  readonly counts: { readonly before: JsonObject; readonly after: JsonObject };
}

/** `undefined` while nothing is decided, or nothing can be known. */
export async function lookAtHealth(
  env: Env,
  tenantId: string,
  health: Health,
  now: number,
): Promise<HealthFound | undefined> {
  const gate = await readHealthGate(env, tenantId);
  if (gate === undefined) return undefined;
  const span = { since: Date.parse(health.since), until: Date.parse(health.until) };
  const counted = await systemShard(env, systemShardOf(tenantId)).workerHealth(tenantId, span);
  const none: WorkerCounts = { asked: 0, failed: 0, latency: [] };
  const { before, after } = counted ?? { before: none, after: none };
  const verdict: HealthVerdict = gate.enabled ? judgeHealth(before, after, gate) : { ok: true };
  if (verdict.ok && gate.enabled && now < span.until + LATE_MS) return undefined;
  return { verdict, counts: { before: plain(before), after: plain(after) } };
}

function plain({ asked, failed, latency }: WorkerCounts): JsonObject {
  return { asked, failed, latency: [...latency] };
}
