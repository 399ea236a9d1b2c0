// Compares cached state with what the facts say, keeps a record of the difference as a fact, and
// repairs it. Never touches a fact.
import type { FactIndex } from './fact-index.ts';
import { sha256 } from './hash-chain.ts';
import type { HydrationManager } from './hydration-manager.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { recordOperation } from './operations.ts';
import { accept } from './outcome.ts';
import { driftOf } from './state-drift.ts';
import type { StateStore } from './state-store.ts';
import type { WriteQueue } from './write-queue.ts';

/** A cached value that is not what the facts say. Hashes are SHA-256 of its JSON, null for none. */
export type StateDrift = {
  name: string;
  cached_hash: string | null;
  facts_hash: string | null;
};

/**
 * What `reconcile` found at position `seq`, and has repaired. `ok` says that nothing differed;
 * `fact_id` is the `system`/`reconciled` fact that records a difference, absent when there was none
 * or the entity is read-only. Source: seeds, principle 7.
 */
export interface Reconciliation {
  object: 'reconciliation';
  entity_id: string;
  ok: boolean;
  seq: number;
  drift: StateDrift[];
  fact_id?: string;
}

export interface ReconcilerParts {
  readonly memory: LedgerMemory;
  readonly states: StateStore;
  readonly index: FactIndex;
  readonly hydration: HydrationManager;
  readonly writer: LedgerWriter;
  readonly queue: WriteQueue;
}

/** Names kept in the fact; the answer has them all. */
const RECORDED = 50;

export async function reconcile(parts: ReconcilerParts): Promise<Reconciliation> {
  const { memory, queue, writer } = parts;
  const found = await queue.run(async () => {
    const { head, staleSince } = memory.current();
    const drift = staleSince === undefined ? await findDrift(parts, head.seq) : [];
    if (drift.length > 0 || staleSince !== undefined) await writer.rebuild();
    return { seq: head.seq, drift };
  });
  const { entity } = memory.current();
  const { seq, drift } = found;
  const ok = drift.length === 0;
  const view = { object: 'reconciliation', entity_id: entity?.id ?? '', ok, seq, drift } as const;
  if (ok) return view;
  const data = { seq, count: drift.length, drift: drift.slice(0, RECORDED) };
  const record = recordOperation({ type: 'system', subtype: 'reconciled', data });
  const outcome = await writer.own(accept(record));
  return outcome.ok ? { ...view, fact_id: outcome.value.id } : view;
}

async function findDrift(
  { states, index, hydration }: ReconcilerParts,
  seq: number,
): Promise<StateDrift[]> {
  const said = (await hydration.replay(seq)).overlay.kept();
  const cached = states.texts();
  const drift = driftOf(cached, said).map((name) => ({
    name,
    cached_hash: hashOf(cached.get(name)),
    facts_hash: hashOf(said.get(name)),
  }));
  if (index.drift() !== undefined) {
    drift.push({ name: 'fact_index', cached_hash: null, facts_hash: null });
  }
  return drift;
}

function hashOf(text: string | undefined): string | null {
  return text === undefined ? null : sha256(text);
}
