// Proves a ledger from its rows: every hash, the chain, positions, order, and that replaying the
// facts gives the cached state and the entity. Reads in pages; never repairs what it finds.
import type { Entity } from './entity.ts';
import { LedgerError } from './errors.ts';
import type { FactIndex } from './fact-index.ts';
import { type FactManager, type FactRow, toFact } from './fact-manager.ts';
import { GENESIS_HASH, type Head, sha256 } from './hash-chain.ts';
import type { HydrationManager, Replay } from './hydration-manager.ts';
import type { StoredAnswer } from './idempotency-manager.ts';
import { canonicalJson } from './json.ts';
import type { LedgerMemory } from './ledger-memory.ts';
import type { PersonalVault } from './ledger-personal.ts';
import type { Snapshot, SnapshotStore } from './snapshot-store.ts';
import { driftOf } from './state-drift.ts';
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
 * - `not_replayed`: a fact is newer than the code; from there on no state was judged.
 * - `key_table`: the answer kept for an idempotency key cannot be, or is of facts not written.
 * - `storage`: SQLite finds its own file damaged.
 */
export type FaultCode =
  | 'hash_mismatch'
  | 'chain_broken'
  | 'seq_gap'
  | 'order'
  | 'id_mismatch'
  | 'state_drift'
  | 'not_replayed'
  | 'key_table'
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
  readonly index: FactIndex;
  readonly states: StateStore;
  readonly snapshots: SnapshotStore;
  readonly memory: LedgerMemory;
  readonly hydration: HydrationManager;
  readonly vault: PersonalVault;
}

const MAX_FAULTS = 100;

/** Call inside the write queue, so that the ledger stands still. */
export async function verifyLedger(parts: VerifierParts): Promise<Verification> {
  const { facts, memory, hydration, snapshots, vault } = parts;
  const { head, entity } = memory.load();
  const list: LedgerFault[] = [];
  const faults: AddFault = (code, seq, detail) => {
    if (list.length < MAX_FAULTS) list.push({ code, seq, detail });
  };
  const check = chainChecker(entity, faults);
  const replay = hydration.begin();
  const kept = new Set(snapshots.positions());
  let isReplayed = true;
  for (const rows of facts.pages(head.seq)) {
    const page = rows.map(check).filter((fact) => fact !== undefined);
    if (!isReplayed) continue;
    let done = 0;
    try {
      await replay.add(
        page.map((fact) => vault.reveal(fact)),
        (seq, overlay) => {
          done += 1;
          if (kept.has(seq)) snapshotFault(snapshots.newest(seq), overlay, faults);
        },
      );
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      isReplayed = false;
      const { detail } = error.data;
      faults('not_replayed', page[done]?.seq ?? 0, detail);
    }
  }
  headFaults(parts, head, faults);
  if (isReplayed) stateFaults(parts, replay.result(), entity, faults);
  keyFaults(parts, head.seq, faults);
  storageFaults(parts.sql, faults);
  return {
    object: 'verification',
    ok: list.length === 0,
    facts: facts.count(),
    head: { seq: head.seq, hash: head.hash },
    faults: list,
  };
}

/** Bounded: a ruined ledger has a fault for every row. */
type AddFault = (code: FaultCode, seq: number, detail: string) => void;

/**
 * Checks rows in order, against themselves and the row before. Gives the fact of a row, undefined when
 * it holds none.
 */
function chainChecker(
  entity: Entity | undefined,
  faults: AddFault,
): (row: FactRow) => ReadFact | undefined {
  /** Whose facts these are: the tenant of the first, until a fact says another. */
  let tenantId: string | undefined;
  let before = { seq: 0, hash: GENESIS_HASH, recorded_at: 0 };
  return (row) => {
    const report = (code: FaultCode, detail: string): void => {
      faults(code, row.seq, detail);
    };
    const next = before.seq + 1;
    const isGap = row.seq !== next;
    if (isGap) report('seq_gap', `Position ${next} is missing.`);
    if (sha256(row.body) !== row.hash) report('hash_mismatch', 'The fact is not what was hashed.');
    const fact = readRow(row);
    if (!fact) {
      report('hash_mismatch', 'The fact cannot be read.');
    } else {
      if (!isGap && fact.prev_hash !== before.hash) {
        report('chain_broken', 'Does not follow the fact before.');
      }
      if (row.recorded_at < before.recorded_at) report('order', 'Recorded before its predecessor.');
      tenantId ??= fact.tenant_id;
      const wrong = columnMismatch(row, fact, entity, tenantId);
      if (wrong) report('id_mismatch', `The column ${wrong} does not match the fact.`);
      const { type, subtype, data } = fact;
      const { to_tenant } = data;
      if (type === 'lifecycle' && subtype === 'tenant_changed' && typeof to_tenant === 'string') {
        tenantId = to_tenant;
      }
    }
    before = row;
    return fact;
  };
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

const COLUMNS = ['id', 'seq', 'type', 'subtype'] as const;

function columnMismatch(
  row: FactRow,
  fact: ReadFact,
  entity: Entity | undefined,
  tenantId: string,
): string | undefined {
  for (const name of COLUMNS) if ((row[name] ?? undefined) !== fact[name]) return name;
  if (row.recorded_at !== Date.parse(fact.recorded_at)) return 'recorded_at';
  if (entity && fact.entity_id !== entity.id) return 'entity_id';
  if (fact.tenant_id !== tenantId) return 'tenant_id';
  return undefined;
}

/** Cached state and memory remember positions of their own: facts cut off the end show there. */
function headFaults(parts: VerifierParts, head: Head, faults: AddFault): void {
  const rows = parts.facts.count();
  if (rows > head.seq) {
    const detail = `${rows} facts stand in ${head.seq} positions.`;
    faults('seq_gap', 0, detail);
  }
  const known = parts.memory.current().head;
  const seen = Math.max(known.seq, ...parts.states.all().map((row) => row.seq));
  if (seen > head.seq) {
    const detail = `Fact ${seen} was written, ${head.seq} is the last stored.`;
    faults('seq_gap', head.seq, detail);
  } else if (known.seq === head.seq && known.hash !== head.hash) {
    const detail = 'The head is not the last fact written.';
    faults('chain_broken', head.seq, detail);
  }
}

function stateFaults(
  parts: VerifierParts,
  replay: Replay,
  entity: Entity | undefined,
  faults: AddFault,
): void {
  for (const { seq, detail } of replay.failures) {
    faults('state_drift', seq, `updateCachedState threw: ${detail}`);
  }
  // A state known to be behind is rebuilt before anyone reads it.
  if (parts.memory.current().staleSince === undefined) {
    for (const name of driftOf(parts.states.texts(), replay.overlay.kept())) {
      drifted(`cached ${name}`, 0, faults);
    }
  }
  const seq = parts.index.drift();
  if (seq !== undefined) drifted('index of facts', seq, faults);
  if (entity && !sameEntity(entity, replay.entity)) drifted('entity', 0, faults);
}

function drifted(what: string, seq: number, faults: AddFault): void {
  faults('state_drift', seq, `The ${what} is not what the facts say.`);
}

/** A snapshot is a copy of what the facts say, and is no better than they are. */
function snapshotFault(
  snapshot: Snapshot | undefined,
  overlay: StateOverlay,
  faults: AddFault,
): void {
  if (!snapshot || driftOf(snapshot.values, overlay.kept()).length === 0) return;
  drifted('snapshot', snapshot.seq, faults);
}

function sameEntity(stored: Entity, replayed: Entity | undefined): boolean {
  return replayed !== undefined && canonicalJson(stored) === canonicalJson(replayed);
}

/** What a retry would be answered with. */
function keyFaults({ sql, vault }: VerifierParts, head: number, faults: AddFault): void {
  for (const [key, answer] of sql
    .exec<{ key: string; answer: string }>('SELECT key, answer FROM requests')
    .raw<[key: string, answer: string]>()) {
    if (isAnswer(vault.open(answer) ?? '', head)) continue;
    faults('key_table', 0, `The answer kept for ${key} is none.`);
  }
}

function isAnswer(text: string, head: number): boolean {
  try {
    // Parse edge: the text may be anything.
    const { facts, entity, error } = JSON.parse(text) as StoredAnswer;
    const [from, to] = facts ?? [1, 0];
    return from >= 1 && to <= head && from <= to + 1 && Boolean(facts ?? entity ?? error);
  } catch {
    return false;
  }
}

function storageFaults(sql: SqlStorage, faults: AddFault): void {
  for (const row of sql.exec<{ quick_check: string }>('PRAGMA quick_check')) {
    if (row.quick_check !== 'ok') faults('storage', 0, row.quick_check);
  }
}
