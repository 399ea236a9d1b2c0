// Sends a ledger's `sdk` facts to its system ledger, beside the work and never in its way. What a
// failing target did not get is counted, and told with the next fact that arrives.
import type { AlarmClock } from './alarm-clock.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { type Fact, isHookError } from './fact.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type {
  LedgerOptions,
  SdkObservabilityData,
  SdkObservabilitySubtype,
} from './ledger-options.ts';
import type { WriteContext } from './outcome.ts';
import { ParentDOClient } from './parent-do-client.ts';

interface FactReceiver {
  appendFact(input: object, context: Partial<WriteContext>): Promise<object>;
}

export interface EmitterParts {
  readonly memory: LedgerMemory;
  readonly alarms: AlarmClock;
  readonly sql: Pick<SqlStorage, 'databaseSize'>;
}

/** Between two tellings of what was counted. */
const PERIOD_MS = 60_000;
/** The first time after the object woke: one that falls idle is gone ten seconds later. */
const FIRST_PERIOD_MS = 5000;
/** Until an idle ledger tries again to tell what it could not. */
export const RETRY_MS = 300_000;

export class ObservabilityEmitter {
  readonly #parts: EmitterParts;
  readonly #client: ParentDOClient<FactReceiver>;
  #dropped = 0;
  /** Of the open period, milliseconds since 1970; 0 when nothing was counted. */
  #start = 0;
  #period = FIRST_PERIOD_MS;
  /** The head when it was last told, or first counted from; undefined in an object that just woke. */
  #head: number | undefined;
  #refusals = 0;
  #hookErrors = 0;

  constructor(parts: EmitterParts, options: LedgerOptions, breaker: CircuitBreaker) {
    this.#parts = parts;
    const { observabilityStub, bootstrapConfig: config } = options;
    // Edge: the seeds type the stub without its class. Every system ledger has appendFact.
    const target = (): FactReceiver => observabilityStub as unknown as FactReceiver;
    this.#client = new ParentDOClient({ breaker, target, config });
  }

  /** Call after each commit and each refusal: the first of a period sets the alarm. */
  count(facts: readonly Fact[], refusals = 0): void {
    const { memory, alarms } = this.#parts;
    const { entity, head } = memory.current();
    if (!entity) return;
    this.#head ??= head.seq - facts.length;
    this.#refusals += refusals;
    this.#hookErrors += facts.filter(isHookError).length;
    if (this.#start > 0) return;
    this.#start = Date.now();
    void alarms.within(this.#period);
  }

  /**
   * Tells what was counted once its period is over, or at once; ms until it wants to be called again.
   * An object that just woke tells where its head is: what it had counted before is lost, no fact is.
   * Errors: as `emit`, and then all is told with the next.
   */
  async tell(atOnce = false): Promise<number | undefined> {
    const { memory, sql } = this.#parts;
    const { entity, head } = memory.current();
    const start = this.#start;
    if (!entity || (start === 0 && this.#head !== undefined)) return undefined;
    const period_end = Date.now();
    const wait = start + this.#period - period_end;
    if (wait > 0 && !atOnce) return wait;
    const refusals = this.#refusals;
    const hook_errors = this.#hookErrors;
    const data = {
      // The receiver knows by it what is sent again.
      period_start: start || period_end,
      period_end,
      facts: head.seq - (this.#head ?? head.seq),
      head: head.seq,
      storage_bytes: sql.databaseSize,
      refusals,
      hook_errors,
    };
    if (!(await this.emit('fact_appended', data))) return RETRY_MS;
    // Two at once tell the same.
    if (this.#start !== start) return undefined;
    this.#head = head.seq;
    this.#period = PERIOD_MS;
    this.#refusals -= refusals;
    this.#hookErrors -= hook_errors;
    this.#start = 0;
    if (memory.current().head !== head) this.count([]);
    return undefined;
  }

  /** Whether it arrived. Rejects only with `fallback_on_failure: false`. */
  async emit(subtype: SdkObservabilitySubtype, data: SdkObservabilityData): Promise<boolean> {
    const { entity } = this.#parts.memory;
    if (!entity) return false;
    const { id, type: entity_type, tenant_id: tenantId } = entity;
    const dropped = this.#dropped;
    this.#dropped = 0;
    const about = { entity_id: id, entity_type, ...(dropped > 0 && { dropped }) };
    const input = { type: 'sdk', subtype, data: { ...about, ...data } };
    let sent: object | undefined;
    try {
      sent = await this.#client.call((target) =>
        target.appendFact(input, { tenantId, principal: id }),
      );
    } finally {
      if (!sent) this.#dropped += dropped + 1;
    }
    return sent !== undefined;
  }
}
