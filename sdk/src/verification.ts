// Proves a ledger from its rows: every hash, the chain, positions, order, and that replaying the
// facts gives the cached state and the entity. Reads in pages; never repairs what it finds.
import type { Entity } from './entity.ts';
import { type FactManager, type FactRow, toFact } from './fact-manager.ts';
import { GENESIS_HASH, type Head, sha256 } from './hash-chain.ts';
import type { HydrationManager, Replay } from './hydration-manager.ts';
import { canonicalJson } from './json.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { Snapshot, SnapshotStore } from './snapshot-store.ts';
import type { StateOverlay } from './state-overlay.ts';
import type { StateStore } from './state-store.ts';

/**
 * What verification can find.
 * - `hash_mismatch`: a fact is not what was hashed, or cannot be read.
 * - `chain_broken`: a fact does not follow the one before it, or the head is another one.
 * - `seq_gap`: positions are missing, or hold more than one fact.
 * - `order`: a fact was recorded before its predecessor.
 * - `id_mismatch`: a column, the entity or the tenant is not the fact's own.
 * - `state_drift`: replaying the facts gives another cached state or another entity.
 * - `storage`: SQLite finds its own file damaged.
 */
export type FaultCode =
  | 'hash_mismatch'
  | 'chain_broken'
  | 'seq_gap'
  | 'order'
  | 'id_mismatch'
  | 'state_drift'
  | 'storage';

/** One fault. `detail` is a sentence for people. Source: the tenant API. */
export interface LedgerFault {
  code: FaultCode;
  /** Where; 0 when no single fact is to blame. */
  seq: number;
  detail: string;
}

/** Source: the tenant API. `faults` names the first 100. */
export interface Verification {
  object: 'verification';
  ok: boolean;
  facts: number;
  head: { seq: number; hash: string };
  faults: LedgerFault[];
}

export interface VerifierParts {
  readonly sql: SqlStorage;
  readonly facts: FactManager;
  readonly states: StateStore;
  readonly snapshots: SnapshotStore;
  readonly memory: LedgerMemory;
  readonly hydration: HydrationManager;
}

const MAX_FAULTS = 100;

/** Call inside the write queue, so that the ledger stands still. */
export async function verifyLedger(parts: VerifierParts): Promise<Verification> {
  const { facts, memory, hydration, snapshots } = parts;
  const { head, entity } = memory.load();
  const faults = new FaultList();
  const checker = new ChainChecker(entity, faults);
  const replay = hydration.begin();
  const kept = new Set(snapshots.positions());
  for (const page of facts.pages(head.seq)) {
    for (const row of page) {
      const fact = checker.check(row);
      if (!fact) continue;
      const running = replay.add(fact);
      if (running) await running;
      if (kept.has(row.seq)) snapshotFault(snapshots.newest(row.seq), replay.overlay, faults);
    }
  }
  headFaults(parts, head, faults);
  stateFaults(parts, replay.result(), entity, faults);
  storageFaults(parts.sql, faults);
  return {
    object: 'verification',
    ok: faults.list.length === 0,
    facts: facts.count(),
    head: { seq: head.seq, hash: head.hash },
    faults: faults.list,
  };
}

/** Bounded: a ruined ledger has a fault for every row. */
class FaultList {
  readonly list: LedgerFault[] = [];

  add(fault: LedgerFault): void {
    if (this.list.length < MAX_FAULTS) this.list.push(fault);
  }
}

/** Checks rows in order, against themselves and the row before. */
class ChainChecker {
  readonly #entity: Entity | undefined;
  readonly #faults: FaultList;
  #seq = 0;
  #hash = GENESIS_HASH;
  #recordedAt = 0;

  constructor(entity: Entity | undefined, faults: FaultList) {
    this.#entity = entity;
    this.#faults = faults;
  }

  /** The fact of the row, undefined when it holds none. */
  check(row: FactRow): ReadFact | undefined {
    const { seq } = row;
    const report = (code: FaultCode, detail: string): void => {
      this.#faults.add({ code, seq, detail });
    };
    const isGap = seq !== this.#seq + 1;
    if (isGap) report('seq_gap', `Position ${this.#seq + 1} is missing.`);
    if (sha256(row.body) !== row.hash) report('hash_mismatch', 'The fact is not what was hashed.');
    const fact = readRow(row);
    if (!fact) {
      report('hash_mismatch', 'The fact cannot be read.');
    } else {
      if (!isGap && fact.prev_hash !== this.#hash) {
        report('chain_broken', 'prev_hash is not the hash of the fact before.');
      }
      if (row.recorded_at < this.#recordedAt) report('order', 'Recorded before its predecessor.');
      const wrong = columnMismatch(row, fact, this.#entity);
      if (wrong) report('id_mismatch', `The column ${wrong} does not match the fact.`);
    }
    this.#seq = seq;
    this.#hash = row.hash;
    this.#recordedAt = row.recorded_at;
    return fact;
  }
}

type ReadFact = ReturnType<typeof toFact>;

function readRow(row: FactRow): ReadFact | undefined {
  try {
    const fact = toFact(row);
    return typeof fact.data === 'object' && fact.data !== null ? fact : undefined;
  } catch {
    return undefined;
  }
}

function columnMismatch(
  row: FactRow,
  fact: ReadFact,
  entity: Entity | undefined,
): string | undefined {
  if (row.id !== fact.id) return 'id';
  if (row.seq !== fact.seq) return 'seq';
  if (row.type !== fact.type) return 'type';
  if ((row.subtype ?? undefined) !== fact.subtype) return 'subtype';
  if (row.recorded_at !== Date.parse(fact.recorded_at)) return 'recorded_at';
  if (entity && fact.entity_id !== entity.id) return 'entity_id';
  if (entity && fact.tenant_id !== entity.tenant_id) return 'tenant_id';
  return undefined;
}

/** Cached state and memory remember positions of their own: facts cut off the end show there. */
function headFaults(parts: VerifierParts, head: Head, faults: FaultList): void {
  const rows = parts.facts.count();
  if (rows > head.seq) {
    const detail = `${rows} facts stand in ${head.seq} positions.`;
    faults.add({ code: 'seq_gap', seq: 0, detail });
  }
  const known = parts.memory.current().head;
  const seen = Math.max(known.seq, ...parts.states.all().map((row) => row.seq));
  if (seen > head.seq) {
    const detail = `Facts up to ${seen} were written, the last one stored is ${head.seq}.`;
    faults.add({ code: 'seq_gap', seq: head.seq, detail });
  } else if (known.seq === head.seq && known.hash !== head.hash) {
    const detail = 'The head is not the fact that this object wrote last.';
    faults.add({ code: 'chain_broken', seq: head.seq, detail });
  }
}

function stateFaults(
  parts: VerifierParts,
  replay: Replay,
  entity: Entity | undefined,
  faults: FaultList,
): void {
  const drift = (seq: number, detail: string): void => {
    faults.add({ code: 'state_drift', seq, detail });
  };
  for (const { seq, detail } of replay.failures) drift(seq, `updateCachedState threw: ${detail}`);
  // A state known to be behind is rebuilt before anyone reads it.
  if (parts.memory.current().staleSince === undefined) {
    const cached = new Map(parts.states.all().map((row) => [row.name, row.value]));
    const names = new Set([...cached.keys(), ...replay.overlay.kept().keys()]);
    for (const name of [...names].toSorted()) {
      if (cached.get(name) !== replay.overlay.kept().get(name)) {
        drift(0, `The cached ${name} is not what the facts say.`);
      }
    }
  }
  if (entity && !sameEntity(entity, replay.entity)) {
    drift(0, 'The entity is not what the facts say.');
  }
}

/** A snapshot is a copy of what the facts say, and is no better than they are. */
function snapshotFault(
  snapshot: Snapshot | undefined,
  overlay: StateOverlay,
  faults: FaultList,
): void {
  if (!snapshot) return;
  const { seq, values } = snapshot;
  const facts = overlay.kept();
  const names = [...new Set([...values.keys(), ...facts.keys()])];
  if (names.every((name) => values.get(name) === facts.get(name))) return;
  const detail = 'The snapshot of cached state is not what the facts say.';
  faults.add({ code: 'state_drift', seq, detail });
}

function sameEntity(stored: Entity, replayed: Entity | undefined): boolean {
  return replayed !== undefined && canonicalJson(stored) === canonicalJson(replayed);
}

function storageFaults(sql: SqlStorage, faults: FaultList): void {
  for (const row of sql.exec<{ quick_check: string }>('PRAGMA quick_check')) {
    if (row.quick_check !== 'ok') faults.add({ code: 'storage', seq: 0, detail: row.quick_check });
  }
}
