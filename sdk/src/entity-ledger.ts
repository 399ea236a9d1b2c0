// The ledger of one entity, as a Durable Object: what customers extend. It only wires managers
// together and translates; every decision and every write is made by one of them.
import { DurableObject } from 'cloudflare:workers';
import { CachedStateManager } from './cached-state-manager.ts';
import { causedBy, withCause } from './causation.ts';
import type { Entity, EntityInput, EntityPatch, LifecycleMove } from './entity.ts';
import { LedgerError } from './errors.ts';
import { messageOf } from './evolver.ts';
import type { Fact, FactInput } from './fact.ts';
import type { HistoryQuery, OutcomeView } from './fact-history.ts';
import type { FactPage, FactQuery } from './fact-query.ts';
import type { Hook, Invariant } from './invariant.ts';
import type {
  LedgerOptions,
  SdkObservabilityData,
  SdkObservabilitySubtype,
} from './ledger-options.ts';
import { createLedgerParts, type LedgerParts } from './ledger-parts.ts';
import type { StateQuery, StateView } from './ledger-reader.ts';
import { hookError } from './ledger-writer.ts';
import { ObservabilityEmitter } from './observability-emitter.ts';
import {
  appendOperation,
  batchOperation,
  createOperation,
  lifecycleOperation,
  type Operation,
  patchOperation,
} from './operations.ts';
import { accept, notFound, type Outcome, type WriteContext } from './outcome.ts';
import type { RelationshipView } from './relationship.ts';
import type { Upcasters } from './upcaster.ts';
import type { Verification } from './verification.ts';

/**
 * A ledger as a Worker calls it over a stub: `ledgerOf(namespace, name)` gives one. The
 * runtime's own stub type cannot follow JSON's recursion ("excessively deep"), this one need not.
 */
export type LedgerStub = Pick<
  EntityLedger,
  | 'createEntity'
  | 'getEntity'
  | 'patchEntity'
  | 'changeLifecycle'
  | 'append'
  | 'appendBatch'
  | 'listFacts'
  | 'getFact'
  | 'outcomes'
  | 'getRelationships'
  | 'getState'
  | 'reconstructState'
  | 'verify'
  | 'appendFact'
>;

/** Who a ledger's own code writes as, unless it says otherwise. */
const LEDGER_PRINCIPAL = 'ledger';

/**
 * Base class of every ledger. Refusals are answers (`Outcome`), never exceptions; `appendFact`
 * alone throws, as the seeds have it. A ledger that was never created answers `not_found` to
 * everything and stores nothing.
 *
 * `protected` does not stop an RPC call. Whatever reaches storage is `#private`, and cached state
 * changes only inside the ledger's own application of a fact (see CachedStateManager.set).
 */
export class EntityLedger<Env = unknown> extends DurableObject<Env> {
  /** An instance field on purpose: RPC reaches the prototype only. */
  protected readonly cachedStateManager: CachedStateManager;
  readonly #parts: LedgerParts;
  readonly #emitter: ObservabilityEmitter | undefined;

  constructor(ctx: DurableObjectState, env: Env, options: LedgerOptions = {}) {
    super(ctx, env);
    this.#parts = createLedgerParts(ctx, {
      applyFact: (fact) => this.updateCachedState(fact),
      invariants: () => this.invariants(),
      handlerTimeoutMs: options.handlerTimeoutMs,
      versions: { current: () => this.schemaVersion(), upcasters: () => this.upcasters() },
    });
    this.cachedStateManager = new CachedStateManager(this.#parts.states);
    const { observabilityStub, bootstrapConfig } = options;
    if (!observabilityStub) return;
    const entity = (): Entity | undefined => this.#parts.memory.current().entity;
    this.#emitter = new ObservabilityEmitter(observabilityStub, bootstrapConfig, entity);
    this.cachedStateManager.enableStatsTracking((stats) =>
      this.ctx.waitUntil(this.emitSdkObservability('cache_stats', stats)),
    );
  }

  /** Errors: `invalid_request`, `already_exists`, `payload_too_large`, `invariant_violated`. */
  async createEntity(input: EntityInput, context: WriteContext): Promise<Outcome<Entity>> {
    return this.#write(createOperation(input), context);
  }

  /** Errors: `not_found`. */
  async getEntity(): Promise<Outcome<Entity>> {
    return this.#parts.reader.entity();
  }

  /** Errors: `not_found`, `invalid_request`, `lifecycle_conflict`, `version_mismatch`. */
  async patchEntity(input: EntityPatch, context: WriteContext): Promise<Outcome<Entity>> {
    return this.#write(patchOperation(input), context);
  }

  /** One step forward. Errors: `not_found`, `invalid_request`, `lifecycle_conflict`. */
  async changeLifecycle(input: LifecycleMove, context: WriteContext): Promise<Outcome<Entity>> {
    return this.#write(lifecycleOperation(input), context);
  }

  /**
   * Appends a caller's fact. Errors: `not_found`, `invalid_request`, `lifecycle_conflict`,
   * `invariant_violated`, `version_mismatch`, `payload_too_large`, `idempotency_*`,
   * `schema_too_new`.
   */
  async append(input: FactInput, context: WriteContext): Promise<Outcome<Fact>> {
    return this.#write(appendOperation(input, 'caller'), context);
  }

  /** All of 1 to 1,000 facts, or none. Errors as `append`, with the index in the pointer. */
  async appendBatch(inputs: FactInput[], context: WriteContext): Promise<Outcome<Fact[]>> {
    return this.#write(batchOperation(inputs, 'caller'), context);
  }

  /** Errors: `not_found`, `invalid_request`, `schema_too_new`. */
  async listFacts(query: FactQuery = {}): Promise<Outcome<FactPage>> {
    return answering(() => this.#parts.reader.list(query));
  }

  /** Errors: `not_found`, `schema_too_new`. */
  async getFact(id: string): Promise<Outcome<Fact>> {
    return answering(() => this.#parts.reader.fact(id));
  }

  /**
   * What was thought of `subject` (of `outcome` facts) at a time, and the versions up to then.
   * Errors: `invalid_request`, `not_found` when nothing was.
   */
  async outcomes(subject: string, query: HistoryQuery = {}): Promise<Outcome<OutcomeView>> {
    return answering(() => this.#parts.history.outcomes(subject, query));
  }

  /** Parent and links, now or at a time. Errors: `not_found`, `invalid_request`. */
  async getRelationships(query: HistoryQuery = {}): Promise<Outcome<RelationshipView>> {
    return answering(() => this.#parts.history.relationships(query));
  }

  /** State now, after `seq`, or at a time. Errors: `not_found`, `invalid_request`, `schema_too_new`. */
  async getState(query: StateQuery = {}): Promise<Outcome<StateView>> {
    return answering(() => this.#parts.reader.state(query));
  }

  /** Drops cached state and rebuilds it from the facts. Errors: `not_found`, `schema_too_new`. */
  async reconstructState(): Promise<Outcome<StateView>> {
    const { memory, queue, writer, reader } = this.#parts;
    if (!memory.current().entity) return notFound();
    return answering(async () => {
      await queue.run(() => writer.rebuild());
      return reader.state({});
    });
  }

  /**
   * Proves the ledger from its rows; faults are part of the answer. Errors: `not_found`,
   * `schema_too_new`.
   */
  async verify(): Promise<Outcome<Verification>> {
    const { memory, queue, verify } = this.#parts;
    if (!memory.current().entity) return notFound();
    return answering(async () => accept(await queue.run(verify)));
  }

  /**
   * Appends a fact from the ledger's own code, system facts included. Inside a hook the fact's
   * `causation_id` and `correlation_id` follow from the fact the hook runs over, unless given.
   * Throws LedgerError where `append` would refuse.
   */
  async appendFact(input: FactInput, context: Partial<WriteContext> = {}): Promise<Fact> {
    const tenantId = this.#parts.memory.current().entity?.tenant_id ?? '';
    const full = { tenantId, principal: LEDGER_PRINCIPAL, ...context };
    const outcome = await this.#write(appendOperation(withCause(this, input), 'ledger'), full);
    if (!outcome.ok) throw new LedgerError(outcome.error);
    return outcome.value;
  }

  /** Override: derive cached state from `fact`. Must be deterministic; replay runs it again. */
  protected updateCachedState(_fact: Fact): void | Promise<void> {}

  /**
   * Override: the version of this ledger's facts, a whole number from 1. Raise it when facts gain
   * fields. A fact of a newer version is refused at read with `schema_too_new`, and so is every
   * replay over it and every write after it.
   */
  protected schemaVersion(): number {
    return 1;
  }

  /** Override: what facts of older versions lack, by the version they were written in. */
  protected upcasters(): Upcasters {
    return {};
  }

  /** Override: rules that stop a fact before it is written. */
  protected invariants(): readonly Invariant[] {
    return [];
  }

  /** Override: code that runs after the commit of each fact. */
  protected hooks(): readonly Hook[] {
    return [];
  }

  /** Override: a child entity appended `fact`. */
  protected async onChildFact(_childId: string, _fact: Fact): Promise<void> {}

  /** Sends an `sdk` fact to the observability target, if there is one; nobody need wait for it. */
  protected async emitSdkObservability(
    subtype: SdkObservabilitySubtype,
    data: SdkObservabilityData,
  ): Promise<void> {
    await this.#emitter?.emit(subtype, data);
  }

  async #write<T>(operation: Outcome<Operation<T>>, context: WriteContext): Promise<Outcome<T>> {
    if (!operation.ok) return operation;
    const facts: Fact[] = [];
    const outcome = await answering(async () => {
      const written = await this.#parts.writer.write(operation.value, context);
      facts.push(...written.facts);
      return written.outcome;
    });
    for (const fact of facts) await this.#runHooks(fact, context);
    return outcome;
  }

  async #runHooks(fact: Fact, context: WriteContext): Promise<void> {
    if (fact.type === 'system') return;
    for (const { name, run } of this.hooks()) {
      try {
        await causedBy(this, fact, () => run(fact));
      } catch (error) {
        const { tenantId, principal } = context;
        const failed = appendOperation(hookError(name, fact, messageOf(error)), 'ledger');
        // Whatever this comes to, the fact itself is committed and its answer stands.
        const { correlation_id: correlationId } = fact;
        await this.#write(failed, {
          tenantId,
          principal,
          ...(correlationId === undefined ? {} : { correlationId }),
        });
      }
    }
  }
}

/** What `run` answers; a fact that is newer than the code makes a refusal. */
async function answering<T>(run: () => Outcome<T> | Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'schema_too_new') {
      return { ok: false, error: error.data };
    }
    throw error;
  }
}
