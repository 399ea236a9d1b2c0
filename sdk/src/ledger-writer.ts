// The write path of one ledger. Checks, decides and stages a request, then commits fact rows, hash
// chain, cached state, entity and stored answer in one synchronous transaction. Never answers
// before the commit, and never lets memory run ahead of disk.

import { checkInvariants } from './check-invariants.ts';
import { evolveEntity } from './entity.ts';
import { LedgerError } from './errors.ts';
import type { Evolver } from './evolver.ts';
import type { Fact, FactDraft } from './fact.ts';
import { exceedsBytes, MAX_FACT_BYTES } from './fact-input.ts';
import type { FactManager } from './fact-manager.ts';
import { headAfter, type SealedFact, seal } from './hash-chain.ts';
import type { HydrationManager } from './hydration-manager.ts';
import type { IdempotencyManager, StoredAnswer, Ticket } from './idempotency-manager.ts';
import { ID_PREFIXES, type IdSource } from './ids.ts';
import type { Invariant } from './invariant.ts';
import type { LedgerMemory, LedgerSnapshot } from './ledger-memory.ts';
import { type Operation, tooLarge } from './operations.ts';
import { accept, notFound, type Outcome, refuse, type WriteContext } from './outcome.ts';
import type { SchemaManager } from './schema-manager.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { StateOverlay } from './state-overlay.ts';
import type { StateStore } from './state-store.ts';
import type { VersionGuard } from './version-guard.ts';
import type { WriteQueue } from './write-queue.ts';

export interface WriterParts {
  readonly schema: SchemaManager;
  readonly facts: FactManager;
  readonly states: StateStore;
  readonly snapshots: SnapshotStore;
  readonly memory: LedgerMemory;
  readonly requests: IdempotencyManager;
  readonly hydration: HydrationManager;
  readonly evolver: Evolver;
  readonly ids: IdSource;
  readonly queue: WriteQueue;
  readonly invariants: () => readonly Invariant[];
  readonly guard: VersionGuard;
  /** The version new facts are written in. */
  readonly schemaVersion: () => number;
  /** Runs its closure as one transaction; aborts the object when storage fails. */
  readonly commit: (write: () => void) => void;
}

/** Facts that are decided and sealed but not yet written. */
interface Staged {
  readonly sealed: readonly SealedFact[];
  readonly overlay: StateOverlay;
  readonly next: LedgerSnapshot;
}

/** An answer, and the facts it wrote: hooks run over those. */
export interface Written<T> {
  readonly outcome: Outcome<T>;
  readonly facts: readonly Fact[];
}

export class LedgerWriter {
  readonly #parts: WriterParts;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  async write<T>(operation: Operation<T>, context: WriteContext): Promise<Written<T>> {
    const { requests, queue, states } = this.#parts;
    if (states.staged()) {
      // It would wait for the very write it is part of.
      return refused(refuse('conflict', 'updateCachedState cannot append; use a hook.'));
    }
    const opened = requests.open(operation.name, operation.payload, context);
    if (!opened.ok) return refused(opened);
    try {
      return await queue.run(() => this.#attempt(operation, context, opened.value));
    } finally {
      requests.close(opened.value);
    }
  }

  /**
   * Rebuilds cached state from the facts from `since` on, and the snapshots with it; by default
   * from the first fact. Call inside the queue.
   */
  async rebuild(since = 1): Promise<void> {
    const { memory, hydration, states, snapshots, commit } = this.#parts;
    const { head, entity: known } = memory.current();
    commit(() => snapshots.dropFrom(since));
    const base = snapshots.newest(since - 1);
    const onFact = (seq: number, overlay: StateOverlay): void => {
      if (snapshots.isDue(seq)) commit(() => snapshots.write(seq, overlay.kept()));
    };
    const { overlay, entity } = await hydration.replay(head.seq, { base, onFact });
    const next: LedgerSnapshot = { entity: base ? known : entity, head, staleSince: undefined };
    commit(() => {
      states.replace(overlay, head.seq);
      memory.store(next);
    });
    memory.adopt(next);
  }

  async #attempt<T>(
    operation: Operation<T>,
    context: WriteContext,
    ticket: Ticket | undefined,
  ): Promise<Written<T>> {
    const { memory, requests } = this.#parts;
    const { entity, staleSince } = memory.current();
    if (!entity && operation.creates === undefined) return refused(notFound());
    if (entity && entity.tenant_id !== context.tenantId) return refused(notFound());
    if (entity && ticket) {
      const found = requests.find(ticket);
      if (!found.ok) return refused(found);
      if (found.value) return { outcome: this.#replay(operation, found.value), facts: [] };
    }
    if (staleSince !== undefined) await this.rebuild(staleSince);
    this.#parts.guard.check();
    const decided = this.#decide(operation, context);
    const staged = decided.ok ? await this.#stage(decided.value, operation, context) : decided;
    if (!staged.ok) return refused(this.#storeRefusal(staged, ticket));
    return this.#commit(operation, staged.value, ticket, decided.ok ? decided.value.length : 0);
  }

  #decide<T>(operation: Operation<T>, context: WriteContext): Outcome<FactDraft[]> {
    const { entity, head } = this.#parts.memory.current();
    const { expectedVersion } = context;
    if (expectedVersion !== undefined && expectedVersion !== head.seq) {
      return refuse('version_mismatch', `The version is ${head.seq}, not ${expectedVersion}.`);
    }
    return operation.decide(entity, this.#parts.facts);
  }

  /** Seals the drafts and applies each to an overlay; nothing is written yet. */
  async #stage<T>(
    drafts: readonly FactDraft[],
    operation: Operation<T>,
    context: WriteContext,
  ): Promise<Outcome<Staged>> {
    const { memory, states, evolver, invariants } = this.#parts;
    const rules = invariants();
    const overlay = states.stage();
    const sealed: SealedFact[] = [];
    const failures: FactDraft[] = [];
    let next = memory.current();
    for (const [index, draft] of drafts.entries()) {
      const one = this.#seal(draft, next, operation, context);
      if (exceedsBytes(one.body, MAX_FACT_BYTES)) {
        return tooLarge(`${operation.pointerOf(index)}/data`, 'fact');
      }
      const violation = checkInvariants(rules, one.fact, overlay, operation.pointerOf(index));
      if (violation) return violation;
      const running = evolver.apply(overlay, one.fact);
      const failure = running instanceof Promise ? await running : running;
      if (failure !== undefined) failures.push(hookError('updateCachedState', one.fact, failure));
      sealed.push(one);
      next = advance(next, one, failure === undefined);
    }
    for (const draft of failures) {
      const one = this.#seal(draft, next, operation, context);
      sealed.push(one);
      next = advance(next, one, true);
    }
    return accept({ sealed, overlay, next });
  }

  #seal<T>(
    draft: FactDraft,
    at: LedgerSnapshot,
    operation: Operation<T>,
    context: WriteContext,
  ): SealedFact {
    // The clock may step back; the ledger may not.
    const recordedAt = Math.max(Date.now(), at.head.recordedAt);
    return seal({
      draft,
      id: this.#parts.ids.next(ID_PREFIXES.fact, recordedAt),
      tenantId: context.tenantId,
      entityId: at.entity?.id ?? operation.creates ?? '',
      recordedAt,
      head: at.head,
      correlationId: context.correlationId,
      schemaVersion: this.#parts.schemaVersion(),
    });
  }

  #commit<T>(
    operation: Operation<T>,
    staged: Staged,
    ticket: Ticket | undefined,
    asked: number,
  ): Written<T> {
    const { schema, facts, states, memory, requests, commit } = this.#parts;
    const { sealed, overlay, next } = staged;
    const from = memory.current().head.seq + 1;
    const { entity } = next;
    if (!entity) throw internal('Committed facts left no entity.');
    const isNew = from === 1;
    commit(() => {
      if (isNew) schema.create();
      for (const one of sealed) facts.insert(one);
      states.write(overlay, next.head.seq);
      memory.store(next);
      this.#snapshot(next);
      if (!ticket) return;
      const range = [from, from + asked - 1] as const;
      const isEntity = operation.answer.kind === 'entity';
      requests.store(ticket, isEntity ? { entity } : { facts: range });
    });
    memory.adopt(next);
    states.adopt(overlay);
    const written = sealed.map((one) => one.fact);
    const { answer } = operation;
    const value =
      answer.kind === 'entity'
        ? answer.of(structuredClone(entity))
        : answer.of(written.slice(0, asked));
    return { outcome: accept(value), facts: written };
  }

  /** A state that lacks a fact is no state to go on from. */
  #snapshot({ head, staleSince }: LedgerSnapshot): void {
    const { snapshots, states } = this.#parts;
    if (staleSince !== undefined || !snapshots.isDue(head.seq)) return;
    snapshots.write(
      head.seq,
      states.all().map(({ name, value }) => [name, value] as const),
    );
  }

  #replay<T>(operation: Operation<T>, stored: StoredAnswer): Outcome<T> {
    if (stored.error) return { ok: false, error: stored.error, replayed: true };
    const { answer } = operation;
    if (answer.kind === 'entity' && stored.entity) {
      return { ok: true, value: answer.of(stored.entity), replayed: true };
    }
    if (answer.kind === 'facts' && stored.facts) {
      const [from, to] = stored.facts;
      return { ok: true, value: answer.of(this.#parts.facts.range(from, to)), replayed: true };
    }
    throw internal('A stored answer does not fit its operation.');
  }

  /** Business refusals replay too; a failure of our own or of custom code may be tried again. */
  #storeRefusal<R extends { ok: false; error: LedgerError['data'] }>(
    refusal: R,
    ticket: Ticket | undefined,
  ): R {
    const { memory, requests, commit } = this.#parts;
    const { entity } = memory.current();
    if (!ticket || !entity || refusal.error.code === 'internal') return refusal;
    commit(() => requests.store(ticket, { error: refusal.error }));
    return refusal;
  }
}

/** The record of custom code that threw over `fact`. */
export function hookError(hook: string, fact: Fact, message: string): FactDraft {
  const data = { hook, fact_id: fact.id, fact_seq: fact.seq, message };
  return { type: 'system', subtype: 'hook_error', causation_id: fact.id, data };
}

function advance(at: LedgerSnapshot, sealed: SealedFact, applied: boolean): LedgerSnapshot {
  const staleSince = at.staleSince ?? (applied ? undefined : sealed.fact.seq);
  return { entity: evolveEntity(at.entity, asSealed(sealed)), head: headAfter(sealed), staleSince };
}

/** The fact an entity is made from, read again: the handler has had the object in its hands. */
function asSealed({ fact, body }: SealedFact): Fact {
  if (fact.type !== 'lifecycle') return fact;
  // Parse edge: the text that `seal` wrote from the fact.
  return { ...fact, ...(JSON.parse(body) as Partial<Fact>) };
}

function refused<T>(outcome: Outcome<T>): Written<T> {
  return { outcome, facts: [] };
}

function internal(detail: string): LedgerError {
  return new LedgerError({ code: 'internal', detail });
}
