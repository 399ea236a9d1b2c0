// Puts the levels together: entities, their tenants, the queue, the shards, the dispatcher. Answers
// what flows in a minute and what a month of it uses; prices and prints nothing.
import type { TenantStatsMessage } from '../../platform/src/metrics/tenant-stats.ts';
import { DEFAULT_RETENTION } from '../../platform/src/stats/resolution.ts';
import { ACTIVE_MS, type Assumptions, KINDS, MINUTES, MONTH_MINUTES } from './assumptions.ts';
import { type DispatcherLoad, simulateRequests } from './dispatcher-level.ts';
import { MINUTE_MS, periodEnds, SPAN_MS, simulateTenant, type TenantLoad } from './ledger-level.ts';
import { measureTenant, NOW, type TenantMeasures } from './measured.ts';
import {
  type Meter,
  OBJECT_BYTES,
  OBJECT_GB,
  OPERATIONS_PER_MESSAGE,
  QUEUE_OPERATION_BYTES,
} from './prices.ts';
import { Random } from './random.ts';
import { type ConsumerLoad, consume, type QueueMessage } from './shard-level.ts';

/** What goes from one level to the next in a minute. */
export interface Flow {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  /** Rows written by it, on either side. */
  readonly rows: number;
}

/** Of a month. */
export type Usage = Readonly<Partial<Record<Meter, number>>>;

export interface Simulation {
  readonly assumed: Assumptions;
  readonly tenants: readonly TenantLoad[];
  readonly measures: TenantMeasures;
  readonly dispatcher: DispatcherLoad;
  readonly consumer: ConsumerLoad;
  readonly reports: number;
  readonly largestMessage: number;
  readonly flows: readonly Flow[];
  readonly usage: ReadonlyMap<string, Usage>;
  /** Until the fullest shard is full, when nothing is taken out of it. */
  readonly daysToFull: number;
}

/** Ledgers of a tenant that are run to measure it; each is as any other. */
const MEASURED = 20;

export const tenantName = (index: number): string => `tenant-${String(index).padStart(5, '0')}`;

export async function simulate(assumed: Assumptions): Promise<Simulation> {
  const random = new Random(assumed.seed);
  const tenants = Array.from({ length: assumed.tenants }, () => simulateTenant(random, assumed));
  const measures = await measureTenant(MEASURED);
  const requests = tenants.map(({ appends }, index) => {
    return { tenantId: tenantName(index), appends: appends / MINUTES };
  });
  const dispatcher = simulateRequests(random, requests, assumed.windowMs);
  const ends = tenants.map(({ told }) => periodEnds(told, assumed.intervalMs));
  const lastMinute = reportsOf(ends, measures.message);
  const counts: QueueMessage[] = dispatcher.messages.map((one) => one);
  const messages = [...lastMinute, ...counts].toSorted((a, b) => a.at - b.at);
  const consumer = consume(messages);
  const sizes = messages.map(sizeOf);
  const reports = ends.reduce((sum, of) => sum + of.length, 0) / reportingMinutes(assumed);
  const whole = { assumed, tenants, measures, dispatcher, consumer, reports };
  const fullest = Math.max(...consumer.shards.map(({ factBytes }) => factBytes));
  return {
    ...whole,
    largestMessage: Math.max(0, ...sizes),
    flows: flowsOf(whole),
    usage: usageOf(whole, operationsOf(sizes)),
    daysToFull: OBJECT_BYTES / (fullest * 24 * 60),
  };
}

type Whole = Pick<
  Simulation,
  'assumed' | 'tenants' | 'measures' | 'dispatcher' | 'consumer' | 'reports'
>;

/** A period that began within the span ends after it, when it is as long. */
function reportingMinutes({ intervalMs }: Assumptions): number {
  return Math.max(1, (SPAN_MS - intervalMs) / MINUTE_MS);
}

/** The reports of the last minute, at their times in it. */
function reportsOf(ends: readonly (readonly number[])[], like: TenantStatsMessage): QueueMessage[] {
  const from = SPAN_MS - MINUTE_MS;
  return ends.flatMap((own, index) =>
    own.flatMap((end, number): QueueMessage[] => {
      if (end < from) return [];
      const at = end - from;
      const period_end = NOW + Math.floor(at);
      const about = { tenant_id: tenantName(index), period: number + 1, period_end };
      return [{ at, report: { ...like, ...about, period_start: period_end - MINUTE_MS } }];
    }),
  );
}

function sizeOf(one: QueueMessage): number {
  return JSON.stringify('report' in one ? one.report : one.message).length;
}

function operationsOf(sizes: readonly number[]): number {
  const each = sizes.map((bytes) => Math.ceil(bytes / QUEUE_OPERATION_BYTES));
  return each.reduce((sum, parts) => sum + parts, 0) * OPERATIONS_PER_MESSAGE;
}

const sum = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

function perMinute({ tenants }: Pick<Whole, 'tenants'>) {
  return {
    tellings: sum(tenants, ({ told }) => told.length) / MINUTES,
    alarms: sum(tenants, ({ alarms }) => alarms) / MINUTES,
    rows: sum(tenants, ({ rows }) => rows) / MINUTES,
  };
}

function flowsOf(whole: Whole): Flow[] {
  const { measures, dispatcher, consumer, reports } = whole;
  const { tellings, alarms, rows } = perMinute(whole);
  const facts = tellings * KINDS.length;
  const factBytes = sum(KINDS, (kind) => measures.factBytes[kind] ?? 0) / KINDS.length;
  const countBytes = sum(dispatcher.messages, (one) => sizeOf(one));
  return [
    { name: 'entity: counts kept, by alarm', messages: alarms, bytes: 0, rows },
    {
      name: 'entity → tenant system ledger: sdk facts',
      messages: facts,
      bytes: facts * factBytes,
      rows: facts * measures.rowsPerFact,
    },
    {
      name: 'tenant system ledger → queue: reports',
      messages: reports,
      bytes: reports * measures.messageBytes,
      // With the alarm that was set for it.
      rows: reports * (measures.rowsPerReport + 1),
    },
    {
      name: 'dispatcher → queue: request counts',
      messages: dispatcher.messages.length,
      bytes: countBytes,
      rows: 0,
    },
    {
      name: 'queue → shards: facts, tallies, points',
      messages: sum(consumer.shards, ({ facts: own }) => own),
      bytes: sum(consumer.shards, ({ factBytes: own }) => own),
      rows: sum(consumer.shards, ({ rowsWritten }) => rowsWritten),
    },
    {
      name: 'dispatcher → Analytics Engine: points',
      messages: dispatcher.requests,
      bytes: 0,
      rows: 0,
    },
  ];
}

function usageOf(whole: Whole, operations: number): Map<string, Usage> {
  const { assumed, measures, dispatcher, consumer, reports } = whole;
  const { tellings, alarms, rows } = perMinute(whole);
  const facts = tellings * KINDS.length;
  // What a tenant knows of an entity stays, however long that one is silent.
  const entities = assumed.tenants * assumed.entities;
  const levels: Record<string, Usage> = {
    Entities: {
      object_requests: alarms,
      object_gb_s: gbSeconds((alarms - tellings) * ACTIVE_MS.keep + facts * ACTIVE_MS.tell),
      rows_written: rows,
    },
    'Tenants’ system ledgers': {
      object_requests: facts + reports,
      object_gb_s: gbSeconds(facts * ACTIVE_MS.take + reports * ACTIVE_MS.flush),
      rows_read: facts * measures.rowsPerFact,
      rows_written: facts * measures.rowsPerFact + reports * (measures.rowsPerReport + 1),
    },
    Queue: { queue_operations: operations, worker_requests: consumer.batches },
    Shards: {
      // Each batch also reads two Configs and tells the live feed.
      object_requests: consumer.calls + consumer.judged + consumer.batches * 3,
      object_gb_s: gbSeconds((consumer.calls + consumer.judged) * ACTIVE_MS.record),
      rows_read: sum(consumer.shards, ({ rowsRead }) => rowsRead),
      rows_written: sum(consumer.shards, ({ rowsWritten }) => rowsWritten),
    },
    'Analytics Engine': { data_points: dispatcher.requests },
  };
  const stored: Record<string, number> = {
    'Tenants’ system ledgers': entities * measures.bytesPerEntity * 1e-9,
    Shards: storedInShards(consumer, assumed.tenants),
  };
  return new Map(
    Object.entries(levels).map(([level, minute]) => [
      level,
      { ...timesMonth(minute), ...(stored[level] !== undefined && { stored_gb: stored[level] }) },
    ]),
  );
}

/** At the end of the first month: its facts, and as many points as are kept by then. */
function storedInShards({ shards }: ConsumerLoad, tenants: number): number {
  const facts = sum(shards, ({ factBytes }) => factBytes) * MONTH_MINUTES;
  const points = sum(shards, ({ points: own }) => own);
  const bytesPerPoint = points === 0 ? 0 : sum(shards, ({ countBytes }) => countBytes) / points;
  // Of reports and of requests, of each tenant; a month has fewer hours and days than are kept.
  const kept = 2 * tenants * (DEFAULT_RETENTION.minute_days * 24 * 60 + 30 * 24 + 30);
  return (facts + kept * bytesPerPoint) / 1e9;
}

function gbSeconds(ms: number): number {
  return (ms / 1000) * OBJECT_GB;
}

function timesMonth(minute: Usage): Usage {
  const entries = Object.entries(minute).map(([meter, amount]) => [meter, amount * MONTH_MINUTES]);
  // Parse edge: the same keys.
  return Object.fromEntries(entries) as Usage;
}
