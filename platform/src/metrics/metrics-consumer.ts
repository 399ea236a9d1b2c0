// Takes tenants' reports from the queue into the shards of the system ledger. A message that cannot
// be used is retried until the queue moves it to the dead letters; it holds up no other.
import { platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { DEFAULT_RETENTION, type Retention, retentionOf } from '../stats/resolution.ts';
import { systemShard, systemShardOf } from './system-shard.ts';
import { type TenantStatsMessage, tenantStatsMessage } from './tenant-stats.ts';

interface Delivery {
  readonly message: Message;
  readonly report: TenantStatsMessage;
}

export async function consumeMetrics(batch: MessageBatch, env: Env): Promise<void> {
  const deliveries: Delivery[] = [];
  for (const message of batch.messages) {
    const report = tenantStatsMessage.safeParse(message.body);
    if (report.success) deliveries.push({ message, report: report.data });
    else retry(message, report.error.message);
  }
  if (deliveries.length === 0) return;
  const retention = await readRetention(env);
  const byShard = Map.groupBy(deliveries, ({ report }) => systemShardOf(report.tenant_id));
  const shards = [...byShard].map(([shard, own]) => record(env, shard, own, retention));
  await Promise.all(shards);
}

async function record(
  env: Env,
  shard: string,
  deliveries: readonly Delivery[],
  retention: Retention,
): Promise<void> {
  try {
    const reports = deliveries.map(({ report }) => report);
    const outcomes = await systemShard(env, shard).recordReports(reports, retention);
    for (const [index, { message }] of deliveries.entries()) {
      const outcome = outcomes[index];
      if (outcome?.ok) message.ack();
      else retry(message, outcome?.error.detail ?? 'The shard did not say.');
    }
  } catch (error) {
    // Recorded or not: a repeat changes nothing.
    for (const { message } of deliveries) retry(message, String(error));
  }
}

/** How long points are kept, by the Config of the platform; the default while it cannot be read. */
async function readRetention(env: Env): Promise<Retention> {
  try {
    const outcome = await platformLedger(env).effectiveConfig('observability');
    return outcome.ok ? retentionOf(outcome.value.settings) : DEFAULT_RETENTION;
  } catch {
    return DEFAULT_RETENTION;
  }
}

function retry(message: Message, reason: string): void {
  const detail = reason.slice(0, 500);
  console.warn(JSON.stringify({ level: 'warn', event: 'metrics_refused', id: message.id, detail }));
  message.retry({ delaySeconds: Math.min(2 ** message.attempts, 60) });
}
