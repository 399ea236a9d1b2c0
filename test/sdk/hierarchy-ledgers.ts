// Ledger classes for what passes between ledgers. One calls another through its breaker as often as a
// test asks it to.
import { EntityLedger, type Fact, LedgerError, parentLedger } from '@z0-app/sdk';
import {
  type BreakerChange,
  type BreakerParts,
  CircuitBreaker,
} from '../../sdk/src/circuit-breaker.ts';
import { ParentDOClient } from '../../sdk/src/parent-do-client.ts';
import { SchemaManager } from '../../sdk/src/schema-manager.ts';
import type { CounterLedger } from './ledgers.ts';

interface Env {
  COUNTER: DurableObjectNamespace<CounterLedger>;
}

interface Pinged {
  appendFact(input: { type: string }, context: { tenantId: string }): Promise<object>;
}

/** Calls the counter of its own name, which fails until somebody creates it. */
export class CallingLedger extends EntityLedger<Env> {
  /** What the breaker told, since the object woke up. */
  readonly changes: BreakerChange[] = [];
  readonly breaker = new CircuitBreaker('counter', this.#parts());

  /** What came of one call: an answer, nothing, or a code. */
  async ping({ type = 'add', fallback = true, timeoutMs = 5000 } = {}): Promise<string> {
    const config = { fallback_on_failure: fallback, warn_on_fallback: false };
    const client = new ParentDOClient<Pinged>({
      breaker: this.breaker,
      target: () => this.#counter(),
      config,
      timeoutMs,
    });
    try {
      const answer = await client.call((stub) => stub.appendFact({ type }, { tenantId: 'acme' }));
      return answer ? 'answered' : 'nothing';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'thrown';
    }
  }

  #counter(): Pinged {
    const stub: unknown = this.env.COUNTER.get(this.env.COUNTER.idFromName(this.ctx.id.name ?? ''));
    // Edge: the runtime's stub type cannot follow JSON's recursion.
    return stub as Pinged;
  }

  #parts(): BreakerParts {
    const { sql } = this.ctx.storage;
    return {
      sql,
      schema: new SchemaManager(sql),
      commit: (write) => this.ctx.storage.transactionSync(write),
      onChange: (change) => void this.changes.push(change),
    };
  }
}

interface FamilyEnv {
  FAMILY: DurableObjectNamespace;
}

type Sum = { sum: number };

/** What goes wrong next, set by a test. An object that dies forgets it. */
export interface Faults {
  /** Dies in the handler of the fact with this `n`, after its first append if it makes one. */
  diesAt?: number;
  /** Its parent has the facts, and it dies before it hears so. */
  diesUnacked?: boolean;
  /** Cannot say what its parent should hear. */
  cannotChoose?: boolean;
  /** Does not answer. */
  away?: boolean;
  /** Cannot take in the fact with this `n` for now. */
  busyAt?: number;
}

/** A child, a parent or both: adds up `n` of what it is told, and tells its own parent. */
export class FamilyLedger extends EntityLedger<FamilyEnv> {
  readonly faults: Faults;
  /** The `seq` of each child's fact the handler ran over, since the object woke up. */
  readonly handled: number[] = [];
  alarms = 0;

  constructor(ctx: DurableObjectState, env: FamilyEnv) {
    const faults: Faults = {};
    const stubOf = (id: string): DurableObjectStub => env.FAMILY.get(env.FAMILY.idFromName(id));
    const dyingStubOf = (id: string): Pick<DurableObjectStub, 'id'> => {
      const stub = stubOf(id);
      if (faults.diesUnacked !== true) return stub;
      // Edge: a stub answers to any name; this one is called, and its answer lost.
      const parent = stub as unknown as FamilyLedger;
      return {
        id: stub.id,
        receiveChildFacts: async (...batch: Parameters<FamilyLedger['receiveChildFacts']>) => {
          await parent.receiveChildFacts(...batch);
          return die(ctx);
        },
      } as Pick<DurableObjectStub, 'id'>;
    };
    super(ctx, env, {
      // An object that nobody made: it refuses what it is told.
      ...(ctx.id.name?.startsWith('observed') && { observabilityStub: stubOf('away_system') }),
      bootstrapConfig: { fallback_on_failure: true, warn_on_fallback: false },
      parent: parentLedger({ stubOf: dyingStubOf, batchSize: 10 }),
    });
    this.faults = faults;
  }

  override async receiveChildFacts(
    ...batch: Parameters<EntityLedger['receiveChildFacts']>
  ): ReturnType<EntityLedger['receiveChildFacts']> {
    if (this.faults.away === true) throw new TypeError('away');
    return super.receiveChildFacts(...batch);
  }

  override async ancestors(below?: readonly string[]): ReturnType<EntityLedger['ancestors']> {
    if (this.faults.away === true) throw new TypeError('away');
    return super.ancestors(below);
  }

  override async alarm(): Promise<void> {
    this.alarms += 1;
    await super.alarm();
  }

  /** Sends the object's own `sdk` facts to a system ledger that nobody ever created. */
  async observe(): Promise<void> {
    const stats = { period_start: 1, period_end: 2, hits: 3, misses: 4 };
    await this.emitSdkObservability('cache_stats', stats);
  }

  protected override updateCachedState(fact: Fact): void {
    if (fact.type !== 'paid') return;
    const { sum } = this.cachedStateManager.get<Sum>('Sum') ?? { sum: 0 };
    this.cachedStateManager.set('Sum', { sum: sum + Number(fact.data.n) });
  }

  protected override forwards(fact: Fact): boolean {
    if (this.faults.cannotChoose === true) throw new TypeError('forwards throws');
    return super.forwards(fact) && fact.type !== 'private' && fact.type !== 'noted';
  }

  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    this.handled.push(fact.seq);
    const { n } = fact.data;
    if (fact.type === 'broken') throw new TypeError('this handler throws');
    if (fact.type !== 'quiet') await this.forwardFact(childId, fact);
    if (this.faults.diesAt === n) await die(this.ctx);
    if (fact.type === 'quiet') return;
    if (this.faults.busyAt === n) throw new LedgerError({ code: 'not_ready', detail: 'Later.' });
    await this.appendFact({ type: 'noted', data: { n: n ?? null } });
  }
}

/** Ends the object once what it wrote is stored. */
async function die(ctx: DurableObjectState): Promise<never> {
  await ctx.storage.sync();
  ctx.abort('The test ends this object.');
  return new Promise(() => {});
}
