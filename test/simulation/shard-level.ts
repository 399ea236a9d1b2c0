// One minute of messages through the queue's consumer into the shards: batches as its settings say, each
// recorded as facts and counted by the platform's own projection. Delivers each message once.
import { join } from 'node:path';
import type { RequestCountsMessage } from '../../dispatcher/src/request-counts.ts';
import { SYSTEM_SHARDS, systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import type { TenantStatsMessage } from '../../platform/src/metrics/tenant-stats.ts';
import { DEFAULT_RETENTION } from '../../platform/src/stats/resolution.ts';
import { StatsProjection } from '../../platform/src/stats/stats-projection.ts';
import { readWranglerConfig } from '../../provisioning/deploy/wrangler-config.ts';
import { SchemaManager } from '../../sdk/src/schema-manager.ts';
import { atTime, CountedSqlite } from './counted-sqlite.ts';
import { MINUTE_MS } from './ledger-level.ts';
import { NOW } from './measured.ts';

export type QueueMessage =
  | { readonly at: number; readonly report: TenantStatsMessage }
  | { readonly at: number; readonly message: RequestCountsMessage };

export interface ShardLoad {
  readonly name: string;
  readonly facts: number;
  /** Of those facts' bodies. */
  readonly factBytes: number;
  readonly rowsWritten: number;
  /** Of those, for the dispatcher's messages. */
  readonly requestRows: number;
  readonly rowsRead: number;
  /** Rows of points that are there after the minute, and their tenants' tallies. */
  readonly points: number;
  /** Of all that is not a fact. */
  readonly countBytes: number;
}

export interface ConsumerLoad {
  readonly batches: number;
  /** Calls of shards: one for reports, one for requests. */
  readonly calls: number;
  /** And one for the alerts of its tenants. */
  readonly judged: number;
  readonly shards: readonly ShardLoad[];
}

interface ConsumerSettings {
  readonly max_batch_size: number;
  /** Seconds. */
  readonly max_batch_timeout: number;
}

/** As the platform is deployed. */
export function consumerSettings(): ConsumerSettings {
  const config = readWranglerConfig(join(import.meta.dirname, '../../platform/wrangler.jsonc'));
  // Parse edge: the repo's own file, which wrangler checks.
  const { consumers } = config.queues as { consumers: (ConsumerSettings & { queue: string })[] };
  const settings = consumers.find(({ queue }) => queue === 'z0-platform-metrics');
  return settings ?? { max_batch_size: 10, max_batch_timeout: 5 };
}

/** Messages in batches: a batch is full, or its first message has waited long enough. */
export function batchesOf<T extends { readonly at: number }>(
  messages: readonly T[],
  { max_batch_size: size, max_batch_timeout: seconds }: ConsumerSettings,
): T[][] {
  const batches: T[][] = [];
  for (const message of messages) {
    const batch = batches.at(-1);
    const isOpen = batch && message.at < (batch[0]?.at ?? 0) + seconds * 1000;
    if (batch && isOpen && batch.length < size) batch.push(message);
    else batches.push([message]);
  }
  return batches;
}

/** `messages` by time. */
export function consume(messages: readonly QueueMessage[]): ConsumerLoad {
  const shards = new Map(SYSTEM_SHARDS.map((name) => [name, new Shard(name)]));
  const batches = batchesOf(messages, consumerSettings());
  let calls = 0;
  let judged = 0;
  // Points are kept by the clock, which so stands where the minute ends.
  atTime(NOW + MINUTE_MS, () => {
    for (const batch of batches) {
      for (const [name, facts] of split(batch)) {
        judged += 1;
        for (const kind of ['tenant_stats', 'request_counts'] as const) {
          const own = facts.filter(({ subtype }) => subtype === kind);
          if (own.length === 0) continue;
          calls += 1;
          shards.get(name)?.record(own);
        }
      }
    }
  });
  const loads = [...shards.values()].map((shard) => shard.load());
  return { batches: batches.length, calls, judged, shards: loads };
}

interface ShardFact {
  readonly subtype: 'tenant_stats' | 'request_counts';
  readonly data: TenantStatsMessage | RequestCountsMessage;
}

/** A message of the dispatcher is a fact in every shard that holds one of its tenants. */
function split(batch: readonly QueueMessage[]): Map<string, ShardFact[]> {
  const byShard = new Map<string, ShardFact[]>();
  const add = (shard: string, fact: ShardFact): void => {
    byShard.set(shard, [...(byShard.get(shard) ?? []), fact]);
  };
  for (const one of batch) {
    if ('report' in one) {
      add(systemShardOf(one.report.tenant_id), { subtype: 'tenant_stats', data: one.report });
      continue;
    }
    const entries = Object.entries(one.message.tenants);
    for (const [shard, own] of Map.groupBy(entries, ([tenantId]) => systemShardOf(tenantId))) {
      const data = { ...one.message, tenants: Object.fromEntries(own) };
      add(shard, { subtype: 'request_counts', data });
    }
  }
  return byShard;
}

class Shard {
  readonly #name: string;
  readonly #database = new CountedSqlite();
  readonly #stats: StatsProjection;
  #facts = 0;
  #factBytes = 0;
  #requestRows = 0;

  constructor(name: string) {
    this.#name = name;
    new SchemaManager(this.#database.sql).create();
    this.#stats = new StatsProjection(this.#database.storage);
    this.#stats.catchUp();
  }

  /** Facts of one kind. */
  record(facts: readonly ShardFact[]): void {
    const before = this.#database.rowsWritten;
    for (const { subtype, data } of facts) {
      this.#facts += 1;
      const body = factBody(this.#name, this.#facts, subtype, data);
      this.#factBytes += body.length + 120;
      this.#database.exec(
        'INSERT INTO facts (seq, id, recorded_at, type, subtype, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
        this.#facts,
        FACT_ID,
        NOW,
        'sdk',
        subtype,
        HASH,
        body,
      );
    }
    this.#stats.catchUp(DEFAULT_RETENTION);
    if (facts[0]?.subtype !== 'request_counts') return;
    this.#requestRows += this.#database.rowsWritten - before;
  }

  load(): ShardLoad {
    const { rowsWritten, rowsRead, databaseSize } = this.#database;
    const points = ['stats_points', 'request_points'].reduce((sum, table) => {
      const [row] = [...this.#database.exec(`SELECT count(*) AS n FROM ${table}`)];
      return sum + Number(Reflect.get(row ?? {}, 'n') ?? 0);
    }, 0);
    const countBytes = Math.max(0, databaseSize - this.#factBytes);
    return {
      name: this.#name,
      facts: this.#facts,
      factBytes: this.#factBytes,
      rowsWritten,
      requestRows: this.#requestRows,
      rowsRead,
      points,
      countBytes,
    };
  }
}

const FACT_ID = `fct_${'0'.repeat(26)}`;
const HASH = '0'.repeat(64);

/** As long as the ledger writes it; only what it says is counted. */
function factBody(entity_id: string, seq: number, subtype: string, data: object): string {
  const timestamp = new Date(NOW).toISOString();
  const about = { tenant_id: 'platform', entity_id, timestamp, recorded_at: timestamp };
  const chain = { schema_version: 1, hash: HASH, prev_hash: HASH };
  return JSON.stringify({ id: FACT_ID, seq, type: 'sdk', subtype, ...about, data, ...chain });
}
