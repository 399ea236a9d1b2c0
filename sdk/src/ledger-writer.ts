// The write path of one ledger. Checks, decides and stages a request, then commits fact rows, hash
// chain, cached state, entity and stored answer in one synchronous transaction. Never answers
// before the commit, and never lets memory run ahead of disk.

import { checkInvariants } from './check-invariants.ts';
import { evolveEntity } from './entity.ts';
import { LedgerError } from './errors.ts';
import type { Evolver } from './evolver.ts';
import { type Fact, type FactDraft, isNote } from './fact.ts';
import type { FactIndex } from './fact-index.ts';
import { exceedsBytes, MAX_FACT_BYTES } from './fact-input.ts';
import type { FactManager } from './fact-manager.ts';
import { headAfter, type SealedFact, seal } from './hash-chain.ts';
import type { HydrationManager } from './hydration-manager.ts';
import type { IdempotencyManager, StoredAnswer, Ticket } from './idempotency-manager.ts';
import { FACT_PREFIX, IdSource } from './ids.ts';
import type { Invariant } from './invariant.ts';
import type { JsonObject } from './json.ts';
import type { CitedConfig, ConfigTypeOf, LedgerConfigs } from './ledger-configs.ts';
import type { LedgerMemory, LedgerSnapshot } from './ledger-memory.ts';
import type { PersonalVault } from './ledger-personal.ts';
import { type Operation, tooLarge } from './operations.ts';
import {
  accept,
  notFound,
  type Outcome,
  type Refusal,
  refuse,
  refuseField,
  type WriteContext,
} from './outcome.ts';
import type { SchemaManager } from './schema-manager.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { StateOverlay } from './state-overlay.ts';
import type { StateStore } from './state-store.ts';
import type { SchemaVersions } from './upcaster.ts';
import type { VersionGuard } from './version-guard.ts';
import type { WriteQueue } from './write-queue.ts';

export interface WriterParts {
  readonly schema: SchemaManager;
  readonly facts: FactManager;
  readonly index: FactIndex;
  readonly states: StateStore;
  readonly snapshots: SnapshotStore;
  readonly memory: LedgerMemory;
  readonly requests: IdempotencyManager;
  readonly hydration: HydrationManager;
  readonly evolver: Evolver;
  readonly queue: WriteQueue;
  readonly guard: VersionGuard;
  readonly vault: PersonalVault;
  readonly configs: LedgerConfigs | undefined;
  readonly invariants: () => readonly Invariant[];
  readonly configTypeOf: ConfigTypeOf;
  readonly versions: SchemaVersions;
  /** Runs its closure as one transaction; aborts the object when storage fails. */
  readonly commit: (write: () => void) => void;
  /** Told of committed facts in the same synchronous stretch. */
  readonly committed: (facts: readonly Fact[]) => void;
  /** Told of facts that were replayed to make cached state anew. */
  readonly replayed: (counts: { facts_replayed: number; duration_ms: number }) => void;
}

/** Facts that are decided and sealed but not yet written. */
interface Staged {
  readonly sealed: readonly SealedFact[];
  readonly overlay: StateOverlay;
  readonly next: LedgerSnapshot;
  /** The entity is anonymized by this write: all copies of what it was go with the commit. */
  readonly shreds: boolean;
}

/** An answer, and the facts it wrote: hooks run over those. */
export interface Written<T> {
  readonly outcome: Outcome<T>;
  readonly facts: readonly Fact[];
}

/** The ledger's own notes in a row that are looked through; more than come between two answers. */
const MAX_NOTES = 16;

export class LedgerWriter {
  readonly #parts: WriterParts;
  readonly #ids = new IdSource();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** A write of the ledger's own code. */
  async own<T>(operation: Outcome<Operation<T>>): Promise<Outcome<T>> {
    if (!operation.ok) return operation;
    const tenantId = this.#parts.memory.entity?.tenant_id ?? '';
    return (await this.write(operation.value, { tenantId, principal: 'ledger' })).outcome;
  }

  async write<T>(operation: Operation<T>, context: WriteContext): Promise<Written<T>> {
    const { requests, queue, states } = this.#parts;
    if (states.staged()) {
      // It would wait for the very write it is part of.
      return unwritten(refuse('conflict', 'updateCachedState cannot append; use a hook.'));
    }
    const opened = requests.open(operation.name, operation.payload, context);
    if (!opened.ok) return unwritten(opened);
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
    const { memory, hydration, states, snapshots, index, commit, replayed } = this.#parts;
    const { head, entity: known } = memory.current();
    const startedAt = Date.now();
    commit(() => snapshots.dropFrom(since));
    const base = snapshots.newest(since - 1);
    const onFact = (seq: number, overlay: StateOverlay): void => {
      if (snapshots.isDue(seq)) commit(() => snapshots.write(seq, overlay.kept()));
    };
    const { overlay, entity } = await hydration.replay(head.seq, { base, onFact });
    const next: LedgerSnapshot = { entity: base ? known : entity, head, staleSince: undefined };
    commit(() => {
      states.replace(overlay, head.seq);
      if (!base) index.rebuild();
      memory.store(next);
    });
    memory.adopt(next);
    const facts_replayed = head.seq - (base?.seq ?? 0);
    replayed({ facts_replayed, duration_ms: Date.now() - startedAt });
  }

  async #attempt<T>(
    operation: Operation<T>,
    context: WriteContext,
    ticket: Ticket | undefined,
  ): Promise<Written<T>> {
    const { memory, requests } = this.#parts;
    const { entity, staleSince } = memory.current();
    const isOurs = entity ? entity.tenant_id === context.tenantId : operation.creates !== undefined;
    if (!isOurs) return unwritten(notFound());
    const before = operation.delivery?.seq;
    if (before !== undefined) return unwritten(this.#given(operation, before, before));
    if (entity && ticket) {
      const found = requests.find(ticket);
      if (!found.ok) return unwritten(found);
      if (found.value) return unwritten(this.#replay(operation, found.value));
    }
    if (staleSince !== undefined) await this.rebuild(staleSince);
    this.#parts.guard.check();
    const decided = this.#decide(operation, context);
    if (!decided.ok) return unwritten(this.#storeRefusal(decided, ticket));
    const asked = decided.value.length;
    if (asked === 0) {
      // A retry must not find anew that there is something to do by then.
      if (ticket && entity) this.#parts.commit(() => requests.store(ticket, { facts: [1, 0] }));
      return unwritten(this.#given(operation, 1, 0));
    }
    const staged = await this.#stage(decided.value, operation, context);
    if (!staged.ok) return unwritten(this.#storeRefusal(staged, ticket));
    const written = this.#commit(operation, staged.value, ticket, asked);
    if (staged.value.shreds) await this.rebuild();
    return written;
  }

  #decide<T>(operation: Operation<T>, context: WriteContext): Outcome<FactDraft[]> {
    const { entity, head } = this.#parts.memory.current();
    const { expectedVersion } = context;
    if (expectedVersion !== undefined && !this.#isCurrent(expectedVersion, head.seq)) {
      return refuse('version_mismatch', `The version is ${head.seq}, not ${expectedVersion}.`);
    }
    return operation.decide(entity, this.#parts.facts);
  }

  /** Whether nothing but the ledger's own notes came after `version`. */
  #isCurrent(version: number, head: number): boolean {
    if (version >= head || head - version > MAX_NOTES) return version === head;
    return this.#parts.facts.range(version + 1, head).every(isNote);
  }

  /** Seals the drafts and applies each to an overlay; nothing is written yet. */
  async #stage<T>(
    drafts: readonly FactDraft[],
    operation: Operation<T>,
    context: WriteContext,
  ): Promise<Outcome<Staged>> {
    const { memory, states, evolver, invariants, configs } = this.#parts;
    const rules = invariants();
    const overlay = states.stage();
    const sealed: SealedFact[] = [];
    const after: FactDraft[] = [];
    let next = memory.current();
    const settled = (one: SealedFact, failure: string | undefined): void => {
      if (failure !== undefined) after.push(hookError('updateCachedState', one.fact, failure));
      sealed.push(one);
      next = this.#advance(next, one, failure === undefined);
    };
    /** On to the next refusal, the next promise, or the end. */
    const stretch = (): Refusal | Promise<void> | undefined => {
      for (let draft = drafts[sealed.length]; draft; draft = drafts[sealed.length]) {
        const pointer = operation.pointerOf(sealed.length);
        const sealing = this.#seal(draft, next, operation, context, pointer);
        if (!sealing.ok) return sealing;
        const one = sealing.value;
        if (exceedsBytes(one.body, MAX_FACT_BYTES)) return tooLarge(`${pointer}/data`, 'fact');
        const judged = states.reading(overlay, () =>
          checkInvariants(rules, configs, one.fact, overlay, pointer),
        );
        if (!judged.ok) return judged;
        for (const { name: rule, detail } of judged.value) {
          after.push(noteOn(one.fact, 'invariant_warning', { rule, detail }));
        }
        const running = evolver.apply(overlay, one.fact);
        if (running instanceof Promise) return running.then((failure) => settled(one, failure));
        settled(one, running);
      }
      return undefined;
    };
    const refusal = await evolver.together(overlay, stretch);
    if (refusal) return refusal;
    for (const draft of after) {
      const sealing = this.#seal(draft, next, operation, context, '');
      if (!sealing.ok) return sealing;
      sealed.push(sealing.value);
      next = this.#advance(next, sealing.value, true);
    }
    const lifecycle = memory.entity?.lifecycle;
    const shreds = next.entity?.lifecycle === 'anonymized' && lifecycle !== 'anonymized';
    return accept({ sealed, overlay, next: shreds ? { ...next, staleSince: 1 } : next, shreds });
  }

  #seal<T>(
    draft: FactDraft,
    at: LedgerSnapshot,
    operation: Operation<T>,
    context: WriteContext,
    pointer: string,
  ): Outcome<SealedFact> {
    const { vault, configs, configTypeOf, versions } = this.#parts;
    // The clock may step back; the ledger may not.
    const recordedAt = Math.max(Date.now(), at.head.recordedAt);
    const position = { seq: at.head.seq, ms: recordedAt };
    const cited = configs
      ? configs.cite(draft, configTypeOf, position, pointer)
      : uncited(draft, pointer);
    if (!cited.ok) return cited;
    const entityId = at.entity?.id ?? operation.creates ?? '';
    const one = seal({
      draft: { ...draft, ...cited.value, data: vault.protect(draft, entityId) },
      id: this.#ids.next(FACT_PREFIX, recordedAt),
      tenantId: context.tenantId,
      entityId,
      recordedAt,
      head: at.head,
      correlationId: context.correlationId,
      schemaVersion: versions.current(),
    });
    // What is stored is closed; the ledger's own code sees it open.
    if (one.fact.data === draft.data) return accept(one);
    return accept({ ...one, fact: { ...one.fact, data: draft.data } });
  }

  #advance(at: LedgerSnapshot, sealed: SealedFact, applied: boolean): LedgerSnapshot {
    const staleSince = at.staleSince ?? (applied ? undefined : sealed.fact.seq);
    const entity = evolveEntity(at.entity, this.#asSealed(sealed));
    return { entity, head: headAfter(sealed), staleSince };
  }

  /** The fact an entity is made from, read again: the handler has had the object in its hands. */
  #asSealed({ fact, body }: SealedFact): Fact {
    return fact.type === 'lifecycle' ? this.#parts.facts.read({ hash: fact.hash, body }) : fact;
  }

  #commit<T>(
    operation: Operation<T>,
    staged: Staged,
    ticket: Ticket | undefined,
    asked: number,
  ): Written<T> {
    const { schema, facts, index, states, memory, requests, vault, commit, committed, snapshots } =
      this.#parts;
    const { sealed, overlay, next, shreds } = staged;
    const from = memory.current().head.seq + 1;
    const { entity } = next;
    if (!entity) throw misfit('No entity.');
    const isNew = from === 1;
    const written = sealed.map((one) => one.fact);
    commit(() => {
      if (isNew) schema.create();
      if (shreds) {
        // Whatever could still say what the facts no longer do.
        vault.destroy();
        states.clear();
        snapshots.dropFrom(1);
        requests.clear();
      }
      for (const one of sealed) facts.insert(one);
      index.write(written);
      if (!shreds) states.write(overlay, next.head.seq);
      vault.store();
      memory.store(next);
      this.#snapshot(next);
      operation.delivery?.record(from);
      if (!ticket) return;
      const range = [from, from + asked - 1] as const;
      const isEntity = operation.answer.kind === 'entity';
      requests.store(ticket, isEntity ? { entity } : { facts: range });
    });
    memory.adopt(next);
    if (!shreds) states.adopt(overlay);
    committed(written);
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
    snapshots.write(head.seq, states.texts());
  }

  #replay<T>(operation: Operation<T>, stored: StoredAnswer): Outcome<T> {
    if (stored.error) return { ok: false, error: stored.error, replayed: true };
    const { answer } = operation;
    if (answer.kind === 'entity' && stored.entity) {
      return { ok: true, value: answer.of(stored.entity), replayed: true };
    }
    if (stored.facts) {
      const [from, to] = stored.facts;
      return { ...this.#given(operation, from, to), replayed: true };
    }
    throw misfit();
  }

  /** The answer that facts written before make. */
  #given<T>({ answer }: Operation<T>, from: number, to: number): Outcome<T> {
    if (answer.kind !== 'facts') throw misfit();
    return accept(answer.of(this.#parts.facts.range(from, to)));
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

/** What a ledger says that was not given `configs()`. */
export const NO_CONFIGS = 'This ledger keeps no Configs.';

const NO_CITATION = accept<CitedConfig>({});

/** Of a ledger without Configs. */
function uncited(draft: FactDraft, pointer: string): Outcome<CitedConfig> {
  if (draft.config_id === undefined) return NO_CITATION;
  return refuseField(`${pointer}/config_id`, 'not_in_force', NO_CONFIGS);
}

/** The record of custom code that threw over `fact`. */
export function hookError(hook: string, fact: Fact, message: string): FactDraft {
  return noteOn(fact, 'hook_error', { hook, message });
}

/** The ledger's own note on `fact`. */
function noteOn({ id, seq, correlation_id }: Fact, subtype: string, data: JsonObject): FactDraft {
  const cause = { causation_id: id, ...(correlation_id === undefined ? {} : { correlation_id }) };
  return { type: 'system', subtype, ...cause, data: { ...data, fact_id: id, fact_seq: seq } };
}

function unwritten<T>(outcome: Outcome<T>): Written<T> {
  return { outcome, facts: [] };
}

/** Cannot happen. */
function misfit(detail = 'A stored answer does not fit.'): LedgerError {
  return new LedgerError({ code: 'internal', detail });
}
