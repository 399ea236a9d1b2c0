// Takes tenants' reports and the dispatcher's counts from the queue into the shards of the system
// ledger. A message that cannot be used is retried until it is a dead letter; it holds up no other.
import type { RequestCountsMessage } from '@z0-app/dispatcher/request-counts';
import type { Outcome } from '@z0-app/sdk';
import { platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { DEFAULT_RETENTION, type Retention, retentionOf } from '../stats/resolution.ts';
import { announce } from './announce.ts';
import { followUsage } from './follow-usage.ts';
import { type QueueContent, readMessage } from './queue-message.ts';
import { type SystemShardClient, systemShard, systemShardOf } from './system-shard.ts';
import type { TenantStatsMessage } from './tenant-stats.ts';

interface Delivery {
  readonly message: Message;
  readonly content: QueueContent;
  /** Why some shard does not have it. */
  refusal?: string;
}

/** What one shard is to record, each with the delivery it is of. */
interface ShardWork {
  readonly reports: Part<TenantStatsMessage>[];
  readonly requests: Part<RequestCountsMessage>[];
}

interface Part<T> {
  readonly delivery: Delivery;
  readonly item: T;
}

/** Whom it is about is told at the end; with `ctx`, after the messages are done with. */
export async function consumeMetrics(
  batch: MessageBatch,
  env: Env,
  ctx?: Pick<ExecutionContext, 'waitUntil'>,
): Promise<void> {
  const deliveries: Delivery[] = [];
  for (const message of batch.messages) {
    const read = readMessage(message.body, Date.now());
    if (read.ok) deliveries.push({ message, content: read.content });
    else retry(message, read.reason);
  }
  if (deliveries.length === 0) return;
  const retention = await readRetention(env);
  const byShard = split(deliveries);
  await Promise.all([...byShard].map(([name, work]) => record(env, name, work, retention)));
  const tenants = new Set<string>();
  for (const { message, content, refusal } of deliveries) {
    if (refusal !== undefined) {
      retry(message, refusal);
      continue;
    }
    message.ack();
    for (const id of tenantsOf(content)) tenants.add(id);
  }
  if (tenants.size === 0) return;
  const reports = deliveries.flatMap(({ content, refusal }) =>
    content.kind === 'report' && refusal === undefined ? [content.report] : [],
  );
  const told = Promise.all([announce(env, tenants), followUsage(env, reports)]);
  if (ctx) ctx.waitUntil(told);
  else await told;
}

function tenantsOf(content: QueueContent): string[] {
  return content.kind === 'report'
    ? [content.report.tenant_id]
    : Object.keys(content.counts.tenants);
}

/** A message of the dispatcher is for every shard that holds one of its tenants. */
function split(deliveries: readonly Delivery[]): Map<string, ShardWork> {
  const byShard = new Map<string, ShardWork>();
  const workOf = (shard: string): ShardWork => {
    const work = byShard.get(shard) ?? { reports: [], requests: [] };
    byShard.set(shard, work);
    return work;
  };
  for (const delivery of deliveries) {
    const { content } = delivery;
    if (content.kind === 'report') {
      const item = content.report;
      workOf(systemShardOf(item.tenant_id)).reports.push({ delivery, item });
      continue;
    }
    const { tenants, ...rest } = content.counts;
    const own = Map.groupBy(Object.entries(tenants), ([tenantId]) => systemShardOf(tenantId));
    for (const [shard, entries] of own) {
      const item = { ...rest, tenants: Object.fromEntries(entries) };
      workOf(shard).requests.push({ delivery, item });
    }
  }
  return byShard;
}

async function record(env: Env, name: string, work: ShardWork, keep: Retention): Promise<void> {
  const shard = systemShard(env, name);
  await Promise.all([
    settle(work.reports, (reports) => shard.recordReports(reports, keep)),
    settle(work.requests, (messages) => shard.recordRequests(messages, keep)),
  ]);
}

type Recorded = ReturnType<SystemShardClient['recordReports']>;

async function settle<T>(
  parts: readonly Part<T>[],
  recordAll: (items: T[]) => Recorded,
): Promise<void> {
  if (parts.length === 0) return;
  let outcomes: Outcome<null>[] = [];
  let failure = 'The shard did not say.';
  try {
    outcomes = await recordAll(parts.map(({ item }) => item));
  } catch (error) {
    // Recorded or not: a repeat changes nothing.
    failure = String(error);
  }
  for (const [index, { delivery }] of parts.entries()) {
    const outcome = outcomes[index];
    if (!outcome?.ok) delivery.refusal = outcome?.error.detail ?? failure;
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
