// Counts what a ledger does and sends it as `sdk` facts to its system ledger, beside the work and never
// in its way. A period that is over is told, the same however often, until it arrives.
import type { AlarmClock } from './alarm-clock.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { FORBIDDEN_KEYS, type JsonObject, type JsonValue } from './json.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type {
  LedgerOptions,
  SdkObservabilityData,
  SdkObservabilitySubtype,
} from './ledger-options.ts';
import type { WriteContext } from './outcome.ts';
import { ParentDOClient } from './parent-do-client.ts';
import { SCHEMA_INIT } from './schema-manager.ts';

interface FactReceiver {
  appendFact(input: object, context: Partial<WriteContext>): Promise<object>;
}

export interface EmitterParts {
  readonly memory: LedgerMemory;
  readonly alarms: AlarmClock;
  readonly sql: SqlStorage;
  readonly kv: SyncKvStorage;
  /** Whether this entity reports at all. */
  readonly reports: () => boolean;
}

/** By subtype of the fact that will tell them. */
interface Counts extends Record<string, JsonObject> {
  fact_appended: JsonObject & { appended: JsonObject };
}

/** What is counted, as it is kept. Times in milliseconds since 1970. */
interface Counted {
  /** The last fact in it. */
  seq: number;
  /** Of the open period; 0 while nothing is counted in it. */
  start: number;
  counts: Counts;
  /** When the period before was closed, and what of it may not have arrived. */
  closedAt: number;
  waiting: [subtype: string, data: JsonObject][];
}

/** The key-value entry of what is counted. */
const KEY = 'z0:counts';
/** From the first count that is not kept: an object that falls idle is gone ten seconds later. */
export const KEEP_MS = 5000;
/** Between two tellings. */
const PERIOD_MS = 60_000;
/** Until it is tried again to tell what did not arrive. */
export const RETRY_MS = 300_000;
/** Types that are counted each by itself; all others together. */
const MAX_TYPES = 20;
/** The ledger's own notes that are counted by themselves, too. */
const NOTES: Readonly<Record<string, string>> = {
  'system/hook_error': 'hook_errors',
  'system/circuit_opened': 'breaker_openings',
};

type TypeRow = { type: string; subtype: string | null; n: number };

export class ObservabilityEmitter {
  readonly #parts: EmitterParts;
  readonly #client: ParentDOClient<FactReceiver>;
  /** Read when it is first needed. */
  #counted: Counted | undefined;
  /** Milliseconds since 1970; 0 when storage has all that is counted. */
  #keepAt = 0;

  constructor(parts: EmitterParts, options: LedgerOptions, breaker: CircuitBreaker) {
    this.#parts = parts;
    // Edge: the seeds type the stub without its class. Every system ledger has appendFact.
    const target = (): FactReceiver => options.observabilityStub as unknown as FactReceiver;
    this.#client = new ParentDOClient({ breaker, target, config: options.bootstrapConfig });
  }

  /** Call after each commit, with how many facts it wrote, and for what no fact says. */
  count(subtype: SdkObservabilitySubtype, counts: JsonObject, facts = 0): void {
    const counted = this.#load(facts);
    if (!counted) return;
    const now = Date.now();
    counted.start ||= now;
    const all: Record<string, JsonObject> = counted.counts;
    add((all[subtype] ??= {}), counts);
    if (this.#keepAt > 0) return;
    this.#keepAt = now + KEEP_MS;
    void this.#parts.alarms.within(KEEP_MS);
  }

  /**
   * By the alarm: keeps what was counted, and tells it once a minute, or at once; ms until it wants to
   * be called again. Errors: as `emit`, and then it is told again.
   */
  async tell(atOnce = false): Promise<number | undefined> {
    const counted = this.#load();
    if (!counted) return undefined;
    const now = Date.now();
    let wait = atOnce ? 0 : this.#keepAt - now;
    if (wait > 0) return wait;
    this.#countFacts(counted, now);
    if (counted.waiting.length === 0) {
      if (counted.start === 0) return undefined;
      wait = atOnce ? 0 : counted.closedAt + PERIOD_MS - now;
      if (wait <= 0) this.#close(counted, now);
    }
    if (this.#keepAt > 0) this.#keep(counted);
    if (wait > 0) return wait;
    const { waiting } = counted;
    for (const [subtype, data] of waiting) if (!(await this.#send(subtype, data))) return RETRY_MS;
    // Two at once tell the same.
    if (counted.waiting === waiting) {
      counted.waiting = [];
      this.#keep(counted);
    }
    return this.tell(atOnce);
  }

  /** A fact of a ledger's own code, sent once. Rejects only with `fallback_on_failure: false`. */
  async emit(subtype: SdkObservabilitySubtype, data: SdkObservabilityData): Promise<void> {
    if (!this.#load() || (await this.#send(subtype, data))) return;
    this.count('fact_appended', { dropped: 1 });
  }

  /** Whether it arrived. */
  async #send(subtype: string, data: object): Promise<boolean> {
    const { entity } = this.#parts.memory;
    if (!entity) return false;
    const { id: entity_id, type: entity_type, tenant_id: tenantId } = entity;
    const input = { type: 'sdk', subtype, data: { entity_id, entity_type, ...data } };
    const context = { tenantId, principal: entity_id };
    return !!(await this.#client.call((target) => target.appendFact(input, context)));
  }

  /**
   * What was counted before the last `facts`; undefined for an entity that does not report. A ledger
   * that kept nothing yet has its head to tell, and its tables when these are its first facts.
   */
  #load(facts = 0): Counted | undefined {
    const { memory, kv, reports } = this.#parts;
    const { entity, head } = memory.current();
    if (!entity || !reports()) return undefined;
    this.#counted ??= kv.get(KEY);
    if (this.#counted) return this.#counted;
    const seq = head.seq - facts;
    const counts = { ...nothing(), ...(seq === 0 && { schema_init: SCHEMA_INIT }) };
    return (this.#counted = { seq, start: Date.now(), counts, closedAt: 0, waiting: [] });
  }

  /** From the table: exact whatever became of the object, and no work for an append. */
  #countFacts(counted: Counted, now: number): void {
    const { fact_appended: own } = counted.counts;
    const query = `SELECT type, subtype, count(*) AS n FROM facts WHERE seq > ? GROUP BY 1, 2`;
    for (const { type, subtype, n } of this.#parts.sql.exec<TypeRow>(query, counted.seq)) {
      const isFull = Object.keys(own.appended).length >= MAX_TYPES && !(type in own.appended);
      // What may be the type of a fact need not be a key of one.
      add(own.appended, { [isFull || FORBIDDEN_KEYS.has(type) ? 'other' : type]: n });
      const note = NOTES[`${type}/${subtype}`];
      add(own, { facts: n, ...(note && { [note]: n }) });
      counted.start ||= now;
      this.#keepAt ||= now;
    }
    counted.seq = this.#parts.memory.current().head.seq;
  }

  /** From here on the period says the same. */
  #close(counted: Counted, now: number): void {
    const { start: period_start, seq: head, counts } = counted;
    add(counts.fact_appended, { head, storage_bytes: this.#parts.sql.databaseSize });
    const period = { period_start, period_end: now };
    counted.waiting = Object.entries(counts).map(([subtype, data]) => [
      subtype,
      { ...period, ...data },
    ]);
    counted.start = 0;
    counted.counts = nothing();
    counted.closedAt = now;
    this.#keepAt = now;
  }

  #keep(counted: Counted): void {
    this.#keepAt = 0;
    this.#parts.kv.put(KEY, counted);
  }
}

function nothing(): Counts {
  return { fact_appended: { facts: 0, appended: {} } };
}

function add(sums: Record<string, JsonValue | undefined>, counts: JsonObject): void {
  for (const [name, value] of Object.entries(counts)) {
    const sum = sums[name];
    sums[name] = typeof sum === 'number' && typeof value === 'number' ? sum + value : value;
  }
}
