// The SDK's own emitter on a ledger that is only a head and a table of facts, so that what it sends and
// when can be seen without a runtime. It stands in for a Durable Object's storage, and for no rule.
import { AlarmClock } from '../../sdk/src/alarm-clock.ts';
import { CircuitBreaker } from '../../sdk/src/circuit-breaker.ts';
import type { JsonObject } from '../../sdk/src/json.ts';
import { type EmitterParts, ObservabilityEmitter } from '../../sdk/src/observability-emitter.ts';
import { SchemaManager } from '../../sdk/src/schema-manager.ts';
import { CountedSqlite } from './counted-sqlite.ts';

export interface SentFact {
  readonly subtype: string;
  readonly data: JsonObject;
}

/** A ledger with an emitter, by the clock that `Date.now` tells. */
export class EmittingLedger {
  readonly sent: SentFact[] = [];
  alarmAt: number | null = null;
  /** Alarms set, and times that what is counted was kept. */
  rows = 0;
  readonly #database = new CountedSqlite();
  readonly #emitter: ObservabilityEmitter;
  readonly #alarms: AlarmClock;
  #head = 0;

  constructor(id: string) {
    const sql = this.#database.sql;
    const schema = new SchemaManager(sql);
    schema.create();
    const kept = new Map<string, unknown>();
    const storage = {
      setAlarm: (at: number) => {
        this.alarmAt = at;
        this.rows += 1;
        return Promise.resolve();
      },
      getAlarm: () => Promise.resolve(this.alarmAt),
    };
    // Edges: of each only what the emitter and the alarm clock call is there.
    this.#alarms = new AlarmClock(storage as unknown as DurableObjectStorage);
    const entity = { id, type: 'account', tenant_id: 'tenant-0000' };
    const parts = {
      alarms: this.#alarms,
      schema,
      sql,
      kv: {
        get: (key: string) => kept.get(key),
        put: (key: string, value: unknown) => {
          kept.set(key, value);
          this.rows += 1;
        },
      },
      reports: () => true,
      memory: { entity, current: () => ({ entity, head: { seq: this.#head, hash: '' } }) },
    } as unknown as EmitterParts;
    const take = (input: SentFact): Promise<object> => {
      // As it crosses to the other object: what is counted on later is not what was sent.
      this.sent.push(structuredClone({ subtype: input.subtype, data: input.data }));
      return Promise.resolve({});
    };
    const observabilityStub = { appendFact: take } as unknown as Pick<DurableObjectStub, 'id'>;
    this.#emitter = new ObservabilityEmitter(
      parts,
      { observabilityStub },
      new CircuitBreaker('observability'),
    );
  }

  /** Appends one fact, and reads cached state for it. */
  async append(type = 'charge'): Promise<void> {
    this.#head += 1;
    this.#database.exec(
      'INSERT INTO facts (seq, id, recorded_at, type, subtype, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
      this.#head,
      `fct_${this.#head}`,
      Date.now(),
      type,
      null,
      '',
      '{}',
    );
    this.#emitter.count('fact_appended', {}, 1);
    this.#emitter.count('cache_stats', { hits: 3, misses: 0 });
    await settled();
  }

  /** What the object's alarm does. */
  async ring(): Promise<void> {
    this.alarmAt = null;
    this.#alarms.rang();
    const ms = await this.#emitter.tell();
    if (ms !== undefined) await this.#alarms.within(ms);
  }
}

/** The facts of one telling of a ledger that was busy for a minute. */
export async function sdkFacts(id: string, now: number): Promise<readonly SentFact[]> {
  const real = Date.now;
  try {
    Date.now = () => now;
    const ledger = new EmittingLedger(id);
    for (const type of ['charge', 'charge', 'payment']) await ledger.append(type);
    Date.now = () => now + 5000;
    await ledger.ring();
    return ledger.sent;
  } finally {
    Date.now = real;
  }
}

/** The clock's alarm is set after a question to storage. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
}
