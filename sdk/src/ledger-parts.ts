// Composes the managers of one ledger object. The only place that knows how they fit together;
// it makes no decision of its own.
import { AlarmClock } from './alarm-clock.ts';
import { CachedStateManager, type CacheStatsData } from './cached-state-manager.ts';
import { ChildFacts } from './child-facts.ts';
import { type BreakerParts, CircuitBreaker } from './circuit-breaker.ts';
import { CLEAR } from './clear-vault.ts';
import type { EffectiveConfig } from './config.ts';
import type { ConfigQuery } from './config-query.ts';
import { LedgerError } from './errors.ts';
import { type ApplyFact, Evolver } from './evolver.ts';
import type { Fact, FactInput } from './fact.ts';
import { FactHistory } from './fact-history.ts';
import { FactIndex } from './fact-index.ts';
import { FactManager } from './fact-manager.ts';
import { HydrationManager } from './hydration-manager.ts';
import { IdempotencyManager } from './idempotency-manager.ts';
import type { Invariant } from './invariant.ts';
import type { JsonObject } from './json.ts';
import type { ConfigTypeOf, LedgerConfigs } from './ledger-configs.ts';
import { LedgerGate } from './ledger-gate.ts';
import { LedgerMemory } from './ledger-memory.ts';
import type { LedgerOptions } from './ledger-options.ts';
import type { Delivery, DeliveryStep } from './ledger-parent.ts';
import { LedgerReader } from './ledger-reader.ts';
import { LedgerWriter, NO_CONFIGS } from './ledger-writer.ts';
import { ObservabilityEmitter, RETRY_MS } from './observability-emitter.ts';
import { appendOperation } from './operations.ts';
import { accept, notFound, type Outcome, refuse } from './outcome.ts';
import { type Reconciliation, reconcile } from './reconciliation.ts';
import { SchemaManager } from './schema-manager.ts';
import { SnapshotStore } from './snapshot-store.ts';
import { StateStore } from './state-store.ts';
import { type ReadFact, type SchemaVersions, upcast } from './upcaster.ts';
import { type Verification, verifyLedger } from './verification.ts';
import { VersionGuard } from './version-guard.ts';
import type { WhatIf, WhatIfView } from './what-if.ts';
import { WriteQueue } from './write-queue.ts';

/** The custom code of a ledger class. */
export interface LedgerLogic {
  readonly applyFact: ApplyFact;
  readonly invariants: () => readonly Invariant[];
  readonly versions: SchemaVersions;
  readonly configTypeOf: ConfigTypeOf;
  readonly forwards: (fact: Fact) => boolean;
  readonly onChildFact: (childId: string, fact: Fact, delivery: Delivery) => Promise<void>;
}

export interface LedgerParts {
  readonly memory: LedgerMemory;
  readonly queue: WriteQueue;
  readonly gate: LedgerGate;
  readonly writer: LedgerWriter;
  readonly reader: LedgerReader;
  readonly history: FactHistory;
  readonly children: ChildFacts;
  readonly configs: LedgerConfigs | undefined;
  readonly ancestors: (below: readonly string[]) => Promise<Outcome<string[]>>;
  readonly effectiveConfig: (type: string, query: ConfigQuery) => Outcome<EffectiveConfig>;
  readonly configOf: (fact: Fact) => EffectiveConfig | undefined;
  readonly whatIf: (input: WhatIf) => Promise<Outcome<WhatIfView>>;
  /** Call inside the queue. */
  readonly verify: () => Promise<Verification>;
  /** Call outside the queue. */
  readonly reconcile: () => Promise<Reconciliation>;
  readonly cache: CachedStateManager;
  readonly observer: ObservabilityEmitter | undefined;
  /** What the alarm does. */
  readonly ring: () => Promise<void>;
}

/** What holds rows, what runs the ledger's own code over them, and that code. */
function createBase(ctx: DurableObjectState, options: LedgerOptions, logic: LedgerLogic) {
  const { storage } = ctx;
  const { sql } = storage;
  const schema = new SchemaManager(sql);
  const vault = options.personalData?.attach(sql, schema) ?? CLEAR;
  const facts = new FactManager(sql, vault);
  const memory = new LedgerMemory(sql, schema, facts, vault);
  const index = new FactIndex(sql, schema);
  const states = new StateStore(sql, () => memory.entity !== undefined, vault);
  const readFact: ReadFact = (fact) => upcast(fact, logic.versions);
  const evolver = new Evolver(states, logic.applyFact, readFact, options.handlerTimeoutMs);
  return {
    ...logic,
    ...options,
    sql,
    schema,
    vault,
    facts,
    memory,
    index,
    states,
    readFact,
    evolver,
    snapshots: new SnapshotStore(sql, schema, vault),
    requests: new IdempotencyManager(sql, vault),
    hydration: new HydrationManager(facts, evolver),
    guard: new VersionGuard(facts, memory, readFact),
    queue: new WriteQueue(),
    alarms: new AlarmClock(storage),
    kv: storage.kv,
    entity: () => memory.entity,
    commit: (write: () => void): void => commit(ctx, write),
    /** All facts of an indexed type. */
    indexed: (type: 'config' | 'relationship'): Fact[] =>
      memory.entity
        ? index
            .seqs(type, '', memory.current().head.seq, 'ASC', -1)
            .flatMap((at) => facts.at(at) ?? [])
        : [],
  };
}

type Base = ReturnType<typeof createBase>;

/** Where breakers are kept, and how their openings become facts. */
function breakersOf(ctx: DurableObjectState, base: Base, gate: () => LedgerGate): BreakerParts {
  return {
    ...base,
    onChange: ({ state, ...data }) => {
      const subtype = state === 'open' ? 'circuit_opened' : 'circuit_closed';
      ctx.waitUntil(gate().record({ type: 'system', subtype, data }));
    },
  };
}

export function createLedgerParts(
  ctx: DurableObjectState,
  options: LedgerOptions,
  logic: LedgerLogic,
): LedgerParts {
  const base = createBase(ctx, options, logic);
  const { facts, memory, states, queue, alarms, guard } = base;
  const breakers = breakersOf(ctx, base, () => gate);
  const append = (input: FactInput, step?: DeliveryStep): Promise<Outcome<Fact>> =>
    writer.own(appendOperation(input, 'ledger', step));
  const breaker = new CircuitBreaker('configs', breakers);
  const configs = base.configs?.attach({ ...base, breaker });
  const parent = base.parent?.attach({ ...base, ...breakers, append });
  const cache = new CachedStateManager(states);
  const observer =
    options.observabilityStub &&
    new ObservabilityEmitter(
      { ...base, reports: () => configs?.reports() ?? true },
      options,
      new CircuitBreaker('observability', breakers),
    );
  const committed = (written: readonly Fact[]): void => {
    observer?.count('fact_appended', {}, written.length);
    configs?.adopt(written);
    const ms = parent?.wants(written);
    if (ms !== undefined) alarms.soon(ms);
  };
  // It gathers reads itself, and keeps what it has not told.
  const countReads = ({ hits, misses }: CacheStatsData): void =>
    observer?.count('cache_stats', { hits, misses });
  if (observer) cache.enableStatsTracking(countReads, { min_interval_ms: 0 });
  const replayed = (counts: JsonObject): void =>
    observer?.count('hydration_done', { ...counts, hydrations: 1, source: 'local' });
  const writer = new LedgerWriter({ ...base, configs, committed, replayed });
  const gate = new LedgerGate({ ...base, writer, configs, parent, observer });
  const ancestors = async (below?: readonly string[]): Promise<Outcome<string[]>> =>
    parent?.ancestors(below) ?? accept([]);
  const freshen = async (): Promise<void> => {
    guard.check();
    while (memory.current().staleSince !== undefined) {
      await queue.run(() => writer.rebuild(memory.current().staleSince));
    }
  };
  return {
    ...base,
    gate,
    writer,
    configs,
    ancestors,
    children: new ChildFacts({ ...base, append, ancestors }),
    observer,
    reader: new LedgerReader({ ...base, freshen }),
    history: new FactHistory(base),
    cache,
    effectiveConfig: (type, query) =>
      configs?.query(type, query, (ms) => facts.seqAt(ms)) ?? notFound(),
    configOf: (fact) => configs?.of(fact, logic.configTypeOf, states.visible()?.configs),
    whatIf: async (input) => configs?.whatIf(base, input) ?? refuse('conflict', NO_CONFIGS),
    verify: () => verifyLedger(base),
    reconcile: () => reconcile({ ...base, writer }),
    ring: async () => {
      alarms.rang();
      const waits = [await gate.settle(), await parent?.run(), cache.flushIfDue()];
      // What it could not tell, it comes back to by the alarm.
      waits.push(await observer?.tell().catch(() => RETRY_MS));
      for (const ms of waits) if (ms !== undefined) await alarms.within(ms);
    },
  };
}

/** One transaction, or none of it and a fresh object: memory may never be ahead of disk. */
function commit(ctx: DurableObjectState, write: () => void): void {
  try {
    ctx.storage.transactionSync(write);
  } catch (error) {
    const detail = 'Storage refused.';
    console.error(detail, error);
    ctx.abort(detail);
    throw new LedgerError({ code: 'internal', detail });
  }
}
