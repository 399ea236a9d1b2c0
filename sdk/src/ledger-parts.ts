// Composes the managers of one ledger object. The only place that knows how they fit together;
// it makes no decision of its own.
import { LedgerError } from './errors.ts';
import { type ApplyFact, Evolver } from './evolver.ts';
import { FactHistory } from './fact-history.ts';
import { FactManager } from './fact-manager.ts';
import { HydrationManager } from './hydration-manager.ts';
import { IdempotencyManager } from './idempotency-manager.ts';
import { IdSource } from './ids.ts';
import type { Invariant } from './invariant.ts';
import { LedgerMemory } from './ledger-memory.ts';
import { LedgerReader } from './ledger-reader.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { SchemaManager } from './schema-manager.ts';
import { SnapshotStore } from './snapshot-store.ts';
import { StateStore } from './state-store.ts';
import { type ReadFact, type SchemaVersions, upcast } from './upcaster.ts';
import { type Verification, verifyLedger } from './verification.ts';
import { VersionGuard } from './version-guard.ts';
import { WriteQueue } from './write-queue.ts';

/** The custom code of a ledger class. */
export interface LedgerLogic {
  readonly applyFact: ApplyFact;
  readonly invariants: () => readonly Invariant[];
  readonly handlerTimeoutMs: number | undefined;
  readonly versions: SchemaVersions;
}

export interface LedgerParts {
  readonly memory: LedgerMemory;
  readonly states: StateStore;
  readonly queue: WriteQueue;
  readonly writer: LedgerWriter;
  readonly reader: LedgerReader;
  readonly history: FactHistory;
  /** Call inside the queue. */
  readonly verify: () => Promise<Verification>;
}

export function createLedgerParts(ctx: DurableObjectState, logic: LedgerLogic): LedgerParts {
  const { sql } = ctx.storage;
  const schema = new SchemaManager(sql);
  const facts = new FactManager(sql);
  const memory = new LedgerMemory(sql, schema, facts);
  const states = new StateStore(sql, () => memory.current().entity !== undefined);
  const snapshots = new SnapshotStore(sql, schema);
  const readFact: ReadFact = (fact) => upcast(fact, logic.versions);
  const evolver = new Evolver(states, logic.applyFact, readFact, logic.handlerTimeoutMs);
  const hydration = new HydrationManager(facts, evolver);
  const queue = new WriteQueue();
  const guard = new VersionGuard(facts, memory, readFact);
  const writer = new LedgerWriter({
    schema,
    facts,
    states,
    snapshots,
    memory,
    requests: new IdempotencyManager(sql),
    hydration,
    evolver,
    ids: new IdSource(),
    queue,
    invariants: logic.invariants,
    schemaVersion: logic.versions.current,
    guard,
    commit: (write) => commit(ctx, write),
  });
  const freshen = async (): Promise<void> => {
    guard.check();
    while (memory.current().staleSince !== undefined) {
      await queue.run(() => writer.rebuild(memory.current().staleSince));
    }
  };
  const reader = new LedgerReader({
    facts,
    states,
    snapshots,
    memory,
    hydration,
    freshen,
    readFact,
  });
  const verify = (): Promise<Verification> =>
    verifyLedger({ sql, facts, states, snapshots, memory, hydration });
  const history = new FactHistory(facts, memory, readFact);
  return { memory, states, queue, writer, reader, history, verify };
}

/** One transaction, or none of it and a fresh object: memory may never be ahead of disk. */
function commit(ctx: DurableObjectState, write: () => void): void {
  try {
    ctx.storage.transactionSync(write);
  } catch (error) {
    const detail = 'Storage refused the commit.';
    console.error(detail, error);
    ctx.abort(detail);
    throw new LedgerError({ code: 'internal', detail });
  }
}
