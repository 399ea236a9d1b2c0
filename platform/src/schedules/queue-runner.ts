// Brings the messages of one tenant's queue to its Worker: each at least once, in batches, until it is
// acknowledged or has failed too often. A message leaves only when its verdict is a fact.
import type { FactInput, JsonValue, Outcome } from '@z0-app/sdk';
import { newId } from '@z0-app/sdk/ids';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { retryDelayMs } from './backoff.ts';
import { type Delivery, deliver, RUN_LIMIT_MS } from './deliver.ts';
import type { NewMessage } from './queue-message.ts';
import { type DeadMessage, type Message, type QueueCounts, QueueTable } from './queue-table.ts';
import type { QueueSettings } from './run-settings.ts';
import type { RunSource } from './run-state.ts';

/** What the tenant's handler sees as the queue's name. */
const QUEUE = 'tenant';
/** Batches under way at a time. */
const MAX_FLYING = 2;
const MAX_BATCH_BYTES = 256 * 1024;
const MAX_DELAY_S = 43_200;
const NOT_REACHED_MS = 15_000;
const RETRY_LOOK_MS = RUN_LIMIT_MS + 10_000;

export interface QueueParts {
  readonly env: Env;
  readonly sql: SqlStorage;
  readonly now: () => number;
  readonly source: () => RunSource | null;
  readonly record: (fact: FactInput) => Promise<void>;
  /** To be called when what is due may have changed. */
  readonly rearm: () => Promise<void>;
  readonly keepAlive: (work: Promise<void>) => void;
}

type Verdict = { id: string; action: 'ack' | 'retry'; delay_s?: number | undefined };

const answer = z.object({
  error: z.string().nullable(),
  messages: z
    .array(
      z.object({
        id: z.string(),
        action: z.enum(['ack', 'retry']),
        delay_s: z.number().optional(),
      }),
    )
    .max(100),
});

export class QueueRunner {
  readonly #parts: QueueParts;
  readonly #table: QueueTable;
  /** Ids of the messages whose verdict this process waits for. */
  readonly #busy = new Set<string>();
  #flying = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#table = new QueueTable(parts.sql);
  }

  /**
   * Takes messages in, all or none; their ids. `body` is JSON text. Errors: `not_found` for a tenant
   * whose live code declares no queue, `limit_exceeded` when the plan's backlog is full.
   */
  send(messages: readonly NewMessage[]): Outcome<string[]> {
    const source = this.#parts.source();
    if (!source?.queue || source.status === 'gone') return NO_QUEUE;
    const held = this.#table.counts();
    const most = backlogOf(source.plan);
    const more = messages.reduce((sum, one) => sum + one.bytes, 0);
    if (held.waiting + held.dead + messages.length > most.messages) return full(held, most);
    if (held.bytes + more > most.bytes) return full(held, most);
    const now = this.#parts.now();
    const ids = messages.map(({ body, bytes, delay_s }) => {
      const id = newId('msg');
      this.#table.add({ id, body, bytes, now, due: now + delay_s * 1_000 });
      return id;
    });
    return { ok: true, value: ids };
  }

  /** Begins the delivery of what is due. Nobody need wait for it. */
  round(): void {
    const source = this.#parts.source();
    if (source?.status !== 'active' || source.queue === null) return;
    while (this.#flying < MAX_FLYING) {
      const limit = source.queue.max_batch_size;
      const query = { limit, maxBytes: MAX_BATCH_BYTES, busy: this.#busy };
      const messages = this.#table.due(this.#parts.now(), query);
      if (messages.length === 0) return;
      const ids = messages.map(({ id }) => id);
      this.#table.countAttempt(ids);
      for (const id of ids) this.#busy.add(id);
      this.#flying += 1;
      this.#parts.keepAlive(this.#fly(source.tenant_id, source.queue, messages));
    }
  }

  nextAt(): number | undefined {
    const source = this.#parts.source();
    if (!source?.queue) return undefined;
    const next = this.#table.nextAt(this.#busy);
    // Whatever lands sets the alarm again.
    return next !== undefined && this.#flying >= MAX_FLYING
      ? this.#parts.now() + RETRY_LOOK_MS
      : next;
  }

  isIdle(): boolean {
    return this.#flying === 0;
  }

  counts(): QueueCounts {
    return this.#table.counts();
  }

  dead(limit: number): DeadMessage[] {
    return this.#table.dead(limit);
  }

  isDead(id: string): boolean {
    return this.#table.isDead(id);
  }

  revive(id: string): void {
    this.#table.revive(id, this.#parts.now());
  }

  clear(): void {
    this.#table.clear();
  }

  async #fly(tenantId: string, settings: QueueSettings, messages: Message[]): Promise<void> {
    const batch_id = newId('batch');
    try {
      const body = {
        queue: QUEUE,
        batch_id,
        messages: messages.map(({ id, body: text, sent_at: timestamp, attempts }) => {
          return { id, timestamp, attempts: attempts + 1, body: parsed(text) };
        }),
      };
      const path = '/internal/queue';
      const delivery = await deliver(this.#parts.env, { tenantId, path, id: batch_id, body });
      await this.#settle(batch_id, settings, messages, delivery);
    } catch (error) {
      // The messages stay as they are and are delivered again.
      const entry = { level: 'warn', event: 'queue_batch_failed', detail: String(error) };
      console.warn(JSON.stringify(entry).slice(0, 500));
    } finally {
      for (const { id } of messages) this.#busy.delete(id);
      this.#flying -= 1;
      await this.#parts.rearm();
    }
  }

  async #settle(
    batch_id: string,
    settings: QueueSettings,
    messages: readonly Message[],
    delivery: Delivery,
  ): Promise<void> {
    const now = this.#parts.now();
    if (delivery.kind === 'failed' && !delivery.reached) {
      const ids = messages.map(({ id }) => id);
      this.#table.countAttempt(ids, -1);
      for (const id of ids) this.#table.retryAt(id, now + NOT_REACHED_MS);
      return;
    }
    const { error, verdicts } = verdictsOf(delivery);
    const acked: string[] = [];
    const retried: { id: string; due_at: number }[] = [];
    const dead: string[] = [];
    for (const { id, attempts } of messages) {
      const verdict = verdicts.get(id) ?? { id, action: 'retry' };
      if (verdict.action === 'ack') acked.push(id);
      else if (attempts >= settings.max_retries) dead.push(id);
      else retried.push({ id, due_at: now + delayMs(verdict, attempts + 1, settings) });
    }
    const counts = { messages: messages.length, acked: acked.length, retried: retried.length };
    const told = { batch_id, ...counts, dead, error };
    await this.#parts.record({ type: 'queue', subtype: 'delivered', data: told });
    // A crash before these delivers again what was acknowledged: that is what at least once allows.
    for (const id of acked) this.#table.remove(id);
    for (const { id, due_at } of retried) this.#table.retryAt(id, due_at);
    for (const id of dead) this.#table.bury(id, now, error ?? 'The handler asked for a retry.');
  }
}

interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

const MB = 1_000_000;
/** What may wait or be dead at a time, by plan. */
const BACKLOGS: ReadonlyMap<string, Backlog> = new Map([
  ['free', { messages: 1_000, bytes: 10 * MB }],
  ['standard', { messages: 10_000, bytes: 100 * MB }],
  ['scale', { messages: 100_000, bytes: 1_000 * MB }],
]);

function backlogOf(plan: string): Backlog {
  return BACKLOGS.get(plan) ?? { messages: 10_000, bytes: 100 * MB };
}

function verdictsOf(delivery: Delivery): { error: string | null; verdicts: Map<string, Verdict> } {
  if (delivery.kind === 'failed') return { error: delivery.error, verdicts: new Map() };
  const read = answer.safeParse(delivery.answer);
  if (!read.success) {
    return { error: 'The Worker did not say what became of them.', verdicts: new Map() };
  }
  const { error, messages } = read.data;
  return {
    error: error === null ? null : error.slice(0, 300),
    verdicts: new Map(messages.map((verdict) => [verdict.id, verdict])),
  };
}

function delayMs(verdict: Verdict, attempt: number, { retry_delay_s }: QueueSettings): number {
  const { delay_s } = verdict;
  if (delay_s !== undefined) return Math.min(Math.max(delay_s, 0), MAX_DELAY_S) * 1_000;
  return retryDelayMs(attempt, retry_delay_s * 1_000, Math.random());
}

/** Of this table's own text. */
function parsed(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

const NO_QUEUE: Outcome<never> = {
  ok: false,
  error: {
    code: 'not_found',
    detail: 'The live code declares no queue: add `"queue": {}` to z0.json and deploy.',
  },
};

function full({ waiting, dead, bytes }: QueueCounts, most: Backlog): Outcome<never> {
  const holds = `The queue holds ${waiting} messages and ${dead} dead letters, ${bytes} bytes in all`;
  const allows = `the plan allows ${most.messages} and ${most.bytes} bytes`;
  const detail = `${holds}, and ${allows}. Send later, redrive dead letters, or ask the operator for a larger plan.`;
  return { ok: false, error: { code: 'limit_exceeded', detail } };
}
