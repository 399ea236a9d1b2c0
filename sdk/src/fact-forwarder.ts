// The sending side of a child ledger: a cursor over its own facts says what each parent has, and an
// alarm sends the rest until it is acknowledged. It never removes a fact and skips none that is due.
import { cycleRefusal, parentRefusal } from './child-facts.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { ErrorData } from './errors.ts';
import type { Fact } from './fact.ts';
import { toFact } from './fact-manager.ts';
import type { LedgerParent, ParentOption, ParentParts, ParentStub } from './ledger-parent.ts';
import { accept, notFound, type Outcome, type Refusal } from './outcome.ts';
import { ParentDOClient } from './parent-do-client.ts';

/** How a ledger reaches its parent. Source: seeds, self-observability. */
export interface ParentLedgerOptions {
  /** The stub of the ledger whose entity is `parentId`; it is asked for before each call. */
  stubOf(parentId: string): Pick<DurableObjectStub, 'id'>;
  /** Facts in one call, 1 to 100; default 100. */
  batchSize?: number;
  /** How long facts are gathered before they are sent, milliseconds; default 100. */
  delayMs?: number;
}

/**
 * Sends a ledger's facts to the ledger of its parent (`relationship`/`parent_assigned`), whose
 * `onChildFact` gets each of them once and in order, from the assignment on: at least once over the
 * wire, once by the parent's stored cursor. Pass it as `LedgerOptions.parent`. A parent that is out
 * of reach holds nothing up: sending goes on when it is back. Source: seeds, self-observability.
 */
export function parentLedger(options: ParentLedgerOptions): ParentOption {
  return {
    attach({ memory, facts, readFact, indexed, ...ledger }) {
      const parts: ParentParts = {
        ...ledger,
        head: () => memory.current().head.seq,
        // As stored: a copy at the parent must not outlive what is personal here.
        facts: (from, to, limit) => facts.rows(from, to, limit).map((row) => readFact(toFact(row))),
        assignments: () => indexed('relationship').filter(isAssignment),
      };
      return new FactForwarder(parts, options);
    },
  };
}

/** Ledgers above one another. */
const MAX_DEPTH = 32;
const MAX_BATCH = 100;
const COLUMNS = '(target TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID';
const DELAY_MS = 100;
/** Calls to one parent in one alarm, which may take 15 minutes and 1,000 calls. */
const MAX_CALLS = 100;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 300_000;

/**
 * How sending to a parent ended: nothing left, more at once, or failed; then since when the oldest
 * fact waits, milliseconds since 1970.
 */
export type SendResult = 'done' | 'more' | number;

/**
 * Milliseconds until the next attempt; `random` from 0 to 1. A failure is tried again after as long
 * as the fact has waited, which doubles with each attempt and needs no memory of them.
 */
export function nextAlarm(
  result: SendResult,
  now: number,
  random = Math.random(),
): number | undefined {
  if (result === 'done') return undefined;
  if (result === 'more') return 0;
  const wait = Math.min(Math.max(now - result, FIRST_RETRY_MS), LAST_RETRY_MS);
  // Children of one parent do not come back all at once.
  return Math.round(wait * (0.75 + random / 2));
}

/** The facts from `from` to `to` were appended while the entity belonged to `parentId`. */
interface Span {
  readonly parentId: string;
  readonly from: number;
  readonly to: number;
}

/** The way to one parent; one that fails does not hold up another. */
interface Lane {
  readonly client: ParentDOClient<ParentStub>;
  /** Nothing is sent before, milliseconds since 1970. */
  retryAt: number;
}

class FactForwarder implements LedgerParent {
  readonly #parts: ParentParts;
  readonly #options: ParentLedgerOptions;
  readonly #lanes = new Map<string, Lane>();
  #spans: readonly Span[] | undefined;
  /** When an alarm that was asked for rings, milliseconds since 1970. */
  #dueAt = 0;

  constructor(parts: ParentParts, options: ParentLedgerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  wants(facts: readonly Fact[]): number | undefined {
    if (facts.some(isAssignment)) this.#spans = undefined;
    const now = Date.now();
    const parentId = this.#parent();
    if (now < this.#dueAt || parentId === undefined) return undefined;
    if (now < this.#lane(parentId).retryAt) return undefined;
    if (!this.#mayBeDue(facts)) return undefined;
    const delay = this.#options.delayMs ?? DELAY_MS;
    this.#dueAt = now + delay;
    return delay;
  }

  /** The facts are committed: what the ledger's own code throws must not undo the answer. */
  #mayBeDue(facts: readonly Fact[]): boolean {
    try {
      return facts.some((fact) => this.#parts.forwards(fact));
    } catch {
      return true;
    }
  }

  async run(): Promise<number | undefined> {
    this.#dueAt = 0;
    let next: number | undefined;
    for (const parentId of new Set(this.#history().map((span) => span.parentId))) {
      const lane = this.#lane(parentId);
      if (lane.retryAt <= Date.now()) {
        const result = await this.#send(parentId);
        const now = Date.now();
        lane.retryAt = now + (nextAlarm(result, now) ?? 0);
        if (result === 'done') continue;
      }
      next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(lane.retryAt - Date.now(), 0));
    }
    return next;
  }

  async ancestors(below: readonly string[] = []): Promise<Outcome<string[]>> {
    const entity = this.#parts.entity();
    if (!entity) return notFound();
    const parentId = this.#parent();
    if (parentId === undefined) return accept([]);
    return this.#above(parentId, [...below, entity.id]);
  }

  async refuses(id: string, parentId: string): Promise<Refusal | undefined> {
    const above = await this.#above(parentId, [id]);
    if (!above.ok) return above;
    return above.value.includes(id) ? cycleRefusal() : undefined;
  }

  /** `parentId` and who is above it; one out of reach is taken for the last. */
  async #above(parentId: string, below: readonly string[]): Promise<Outcome<string[]>> {
    if (below.includes(parentId)) return accept([parentId]);
    if (below.length >= MAX_DEPTH) {
      return parentRefusal('too_deep', `More than ${MAX_DEPTH} ledgers above one another.`);
    }
    const { client } = this.#lane(parentId);
    const found = await client.call((parent) => parent.ancestors(below));
    if (found && !found.ok && found.error.code === 'conflict') return found;
    return accept([parentId, ...(found?.ok ? found.value : [])]);
  }

  async #send(parentId: string): Promise<SendResult> {
    let index = 0;
    let calls = 0;
    try {
      for (;;) {
        // Looked up each time: a new parent meanwhile ends the last span, and adds one.
        const span = this.#history()[index];
        if (!span) return 'done';
        const isOurs = span.parentId === parentId;
        if (isOurs && calls === MAX_CALLS) return 'more';
        const result = isOurs ? await this.#sendBatch(span) : 'done';
        if (isOurs) calls += 1;
        if (typeof result === 'number') return result;
        if (result === 'done') index += 1;
      }
    } catch (error) {
      console.error('Forwarding stopped.', error);
      return 0;
    }
  }

  async #sendBatch(span: Span): Promise<SendResult> {
    const parts = this.#parts;
    const { parentId } = span;
    const cursor = this.#cursor(span);
    if (cursor === undefined) return 'done';
    const limit = Math.min(this.#options.batchSize ?? MAX_BATCH, MAX_BATCH);
    const read = parts.facts(cursor + 1, Math.min(span.to, parts.head()), limit);
    const end = read.at(-1)?.seq;
    if (end === undefined) return 'done';
    const due = read.filter((fact) => parts.forwards(fact));
    const [first] = due;
    const last = due.at(-1)?.seq ?? 0;
    const acked = first ? await this.#deliver(parentId, due) : end;
    if (acked === 'stopped') return 'done';
    if (acked >= last) this.#store(parentId, end);
    else if (acked > cursor) this.#store(parentId, acked);
    return first && acked < last ? Date.parse(first.recorded_at) : 'more';
  }

  /** Up to where the parent has the facts. */
  async #deliver(parentId: string, facts: readonly Fact[]): Promise<number | 'stopped'> {
    const entity = this.#parts.entity();
    if (!entity) return 0;
    const batch = { child_id: entity.id, tenant_id: entity.tenant_id, facts };
    const { client } = this.#lane(parentId);
    const outcome = await client.call((parent) => parent.receiveChildFacts(batch));
    if (outcome?.ok) return outcome.value.seq;
    if (outcome?.error.code !== 'conflict') return 0;
    await this.#stop(parentId, outcome.error);
    return 'stopped';
  }

  /** Says so and sends this parent nothing more, unless it is assigned again. */
  async #stop(parentId: string, { code, detail, errors }: ErrorData): Promise<void> {
    const data = {
      error_code: errors?.[0]?.code ?? code,
      message: detail,
      context: { parent_id: parentId },
    };
    try {
      await this.#parts.append({ type: 'system', subtype: 'forwarding_stopped', data });
    } catch (error) {
      // A retired ledger takes no fact; it stops all the same.
      console.warn('system/forwarding_stopped was refused.', error);
    }
    this.#store(parentId, -this.#parts.head());
  }

  #parent(): string | undefined {
    const span = this.#history().at(-1);
    return span?.to === Number.POSITIVE_INFINITY ? span.parentId : undefined;
  }

  #history(): readonly Span[] {
    this.#spans ??= spansOf(this.#parts.assignments());
    return this.#spans;
  }

  #lane(parentId: string): Lane {
    const known = this.#lanes.get(parentId);
    if (known) return known;
    const client = new ParentDOClient<ParentStub>({
      breaker: new CircuitBreaker(`parent/${parentId}`, this.#parts),
      // Edge: stubs are typed without their class. Every ledger has these methods.
      target: () => this.#options.stubOf(parentId) as unknown as ParentStub,
    });
    const lane = { client, retryAt: 0 };
    this.#lanes.set(parentId, lane);
    return lane;
  }

  /** The last fact before what is due of `span`; a negative position says where sending stopped. */
  #cursor({ parentId, from }: Span): number | undefined {
    const { sql, schema } = this.#parts;
    if (!schema.has('outbox')) return from - 1;
    const query = 'SELECT seq FROM outbox WHERE target = ?';
    const seq = sql.exec<{ seq: number }>(query, parentId).toArray()[0]?.seq ?? 0;
    return seq < 0 && from <= -seq ? undefined : Math.max(Math.abs(seq), from - 1);
  }

  #store(parentId: string, seq: number): void {
    const { sql, schema, commit } = this.#parts;
    commit(() => {
      schema.ensure('outbox', COLUMNS);
      sql.exec('INSERT OR REPLACE INTO outbox (target, seq) VALUES (?, ?)', parentId, seq);
    });
  }
}

function isAssignment({ type, subtype }: Fact): boolean {
  return type === 'relationship' && subtype === 'parent_assigned';
}

function spansOf(assignments: readonly Fact[]): Span[] {
  return assignments.flatMap(({ seq, data: { parent_id: parentId } }, index) => {
    if (typeof parentId !== 'string') return [];
    const next = assignments[index + 1]?.seq;
    return [
      { parentId, from: seq + 1, to: next === undefined ? Number.POSITIVE_INFINITY : next - 1 },
    ];
  });
}
