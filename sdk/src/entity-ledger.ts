// The ledger of one entity, as a Durable Object: what customers extend. It only wires managers
// together and translates; every decision and every write is made by one of them.
import { DurableObject } from 'cloudflare:workers';
import type { CachedStateManager } from './cached-state-manager.ts';
import { causedBy, deliveryStep, withCause } from './causation.ts';
import { bubbled } from './child-facts.ts';
import type { Config, ConfigInput, EffectiveConfig } from './config.ts';
import type { ConfigQuery } from './config-query.ts';
import type { Entity, EntityInput, EntityPatch, LifecycleMove, TenantChange } from './entity.ts';
import { LedgerError } from './errors.ts';
import { messageOf } from './evolver.ts';
import { type Fact, type FactDraft, type FactInput, isSystemFact } from './fact.ts';
import type { HistoryQuery, OutcomeView } from './fact-history.ts';
import type { FactPage, FactQuery } from './fact-query.ts';
import type { Hook, Invariant } from './invariant.ts';
import type {
  LedgerOptions,
  SdkObservabilityData,
  SdkObservabilitySubtype,
} from './ledger-options.ts';
import type { ChildFactAck, ChildFactBatch } from './ledger-parent.ts';
import { createLedgerParts, type LedgerParts } from './ledger-parts.ts';
import type { MaskedQuery } from './ledger-personal.ts';
import type { StateQuery, StateView } from './ledger-reader.ts';
import { hookError, NO_CONFIGS } from './ledger-writer.ts';
import {
  appendOperation,
  batchOperation,
  createOperation,
  lifecycleOperation,
  type Operation,
  patchOperation,
  type Trust,
  tenantOperation,
} from './operations.ts';
import { accept, notFound, type Outcome, refuse, type WriteContext } from './outcome.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { RelationshipView } from './relationship.ts';
import type { Upcasters } from './upcaster.ts';
import type { Verification } from './verification.ts';
import type { WhatIf, WhatIfView } from './what-if.ts';

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
  | 'reconcile'
  | 'appendFact'
  | 'changeTenant'
  | 'putConfig'
  | 'getConfig'
  | 'listConfigVersions'
  | 'effectiveConfig'
  | 'inheritableConfigs'
  | 'whatIf'
  | 'receiveChildFacts'
  | 'ancestors'
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

  constructor(ctx: DurableObjectState, env: Env, options: LedgerOptions = {}) {
    super(ctx, env);
    this.#parts = createLedgerParts(ctx, options, {
      applyFact: (fact) => this.updateCachedState(fact),
      invariants: () => this.invariants(),
      versions: { current: () => this.schemaVersion(), upcasters: () => this.upcasters() },
      configTypeOf: (fact) => this.configTypeOf(fact),
      forwards: (fact) => this.forwards(fact),
      onChildFact: (childId, fact, delivery) =>
        causedBy(this, fact, () => this.onChildFact(childId, fact), delivery),
    });
    this.cachedStateManager = this.#parts.cache;
  }

  /** Errors: `invalid_request`, `already_exists`, `payload_too_large`, `invariant_violated`. */
  async createEntity(input: EntityInput, context: WriteContext): Promise<Outcome<Entity>> {
    return this.#write(createOperation(input), context);
  }

  /** Errors: `not_found`. */
  async getEntity(query: MaskedQuery = {}): Promise<Outcome<Entity>> {
    return answering(() => this.#parts.reader.entity(query));
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
   * Hands the entity to another tenant: facts from then on are that tenant's, the earlier ones stay
   * with theirs. Errors: `not_found`, `invalid_request`, `lifecycle_conflict`, `conflict`.
   */
  async changeTenant(input: TenantChange, context: WriteContext): Promise<Outcome<Entity>> {
    return this.#write(tenantOperation(input), context);
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
  async getFact(id: string, query: MaskedQuery = {}): Promise<Outcome<Fact>> {
    return answering(() => this.#parts.reader.fact(id, query));
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
    return answering(async () => {
      if (!memory.entity) return notFound();
      await queue.run(() => writer.rebuild());
      return reader.state({});
    });
  }

  /**
   * Compares cached state with the facts, writes what differs into a `system`/`reconciled` fact and
   * repairs it. Errors: `not_found`, `schema_too_new`.
   */
  async reconcile(): Promise<Outcome<Reconciliation>> {
    return this.#about(this.#parts.reconcile);
  }

  /** Proves the ledger from its rows; faults are part of the answer. Errors: `not_found`. */
  async verify(): Promise<Outcome<Verification>> {
    const { queue, verify } = this.#parts;
    return this.#about(() => queue.run(verify));
  }

  /**
   * A new version of a Config of this ledger's scope, or the one there is when nothing in it is new.
   * Errors: `invalid_request`, `conflict`, `config_widened` with a pointer per field, `not_found`,
   * `lifecycle_conflict`.
   */
  async putConfig(input: ConfigInput, context: WriteContext): Promise<Outcome<Config>> {
    const { configs } = this.#parts;
    return configs ? this.#write(configs.put(input), context) : refuse('conflict', NO_CONFIGS);
  }

  /** One version of a Config, the newest by default. Errors: `not_found`. */
  async getConfig(id: string, version?: number): Promise<Outcome<Config>> {
    const config = this.#parts.configs?.get(id, version);
    return config ? accept(config) : notFound();
  }

  /** All versions of a Config, oldest first. Errors: `not_found`. */
  async listConfigVersions(id: string): Promise<Outcome<Config[]>> {
    const versions = this.#parts.configs?.versions(id) ?? [];
    return versions.length > 0 ? accept(versions) : notFound();
  }

  /**
   * The Config of `type` in force; for now, the scopes above are asked first. Errors: `not_found`,
   * `invalid_request`.
   */
  async effectiveConfig(type: string, query: ConfigQuery = {}): Promise<Outcome<EffectiveConfig>> {
    return answering(async () => {
      if (query.at === undefined) await this.#parts.gate.refresh(true);
      return this.#parts.effectiveConfig(type, query);
    });
  }

  /**
   * What a narrower scope inherits: Configs in force here, or going to be. `anew` asks the scopes
   * above first, however fresh what is known. Errors: `not_found`.
   */
  async inheritableConfigs(anew = false): Promise<Outcome<Config[]>> {
    const { configs, memory, gate } = this.#parts;
    if (!configs || !memory.entity) return notFound();
    return answering(async () => {
      await gate.refresh(anew);
      return accept(configs.inheritable());
    });
  }

  /**
   * Replays the ledger under other settings of one Config: which cached values would differ, which
   * facts would have been refused. Writes nothing. Errors: `not_found`, `invalid_request`,
   * `schema_too_new`.
   */
  async whatIf(input: WhatIf): Promise<Outcome<WhatIfView>> {
    return answering(() => this.#parts.whatIf(input));
  }

  /**
   * Takes in the facts of a child, each once. Called by the child's own ledger only. Errors:
   * `not_found`, `conflict` for a cycle.
   */
  async receiveChildFacts(batch: ChildFactBatch): Promise<Outcome<ChildFactAck>> {
    return answering(() => this.#parts.children.receive(batch));
  }

  /**
   * Ids of the ancestors, nearest first; `below` are those who asked. Errors: `not_found`,
   * `conflict` when there are too many.
   */
  async ancestors(below: readonly string[] = []): Promise<Outcome<string[]>> {
    const { memory, ancestors } = this.#parts;
    return answering(() => (memory.entity ? ancestors(below) : notFound()));
  }

  /**
   * Appends a fact from the ledger's own code, system facts included. Inside a hook or `onChildFact`
   * the fact's `causation_id` and `correlation_id` follow from the fact at hand, unless given.
   * Throws LedgerError where `append` would refuse.
   */
  async appendFact(input: FactInput, context: Partial<WriteContext> = {}): Promise<Fact> {
    const tenantId = this.#parts.memory.entity?.tenant_id ?? '';
    const full = { tenantId, principal: LEDGER_PRINCIPAL, ...context };
    const operation = appendOperation(withCause(this, input), 'ledger', deliveryStep(this));
    const outcome = await this.#write(operation, full, 'ledger');
    if (!outcome.ok) throw new LedgerError(outcome.error);
    return outcome.value;
  }

  /**
   * What the object's alarm does: counted refusals are written, facts go to the parent, counts to the
   * system ledger. Override it only to add to it, and call `super.alarm()`.
   */
  override async alarm(): Promise<void> {
    await this.#parts.ring();
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

  /**
   * Override: which type of Config `fact` is calculated with. Its id and version are written into the
   * fact, and `configOf(fact)` gives its settings to invariants, `updateCachedState` and hooks.
   */
  protected configTypeOf(_fact: FactDraft): string | undefined {
    return undefined;
  }

  /** The Config that `fact` records, as it was in force then; undefined when it records none. */
  protected configOf(fact: Fact): EffectiveConfig | undefined {
    return this.#parts.configOf(fact);
  }

  /** Override: a child entity appended `fact`. Runs once for each, in the child's order. */
  protected async onChildFact(_childId: string, _fact: Fact): Promise<void> {}

  /** Override: whether the parent hears of `fact`; by default all but system and relationship facts. */
  protected forwards(fact: Fact): boolean {
    return !isSystemFact(fact) && fact.type !== 'relationship';
  }

  /** Appends a child's fact as one of this ledger's own, so that this ledger's parent hears of it. */
  protected forwardFact(childId: string, fact: Fact): Promise<Fact> {
    return this.appendFact(bubbled(childId, fact));
  }

  /** Sends an `sdk` fact to the observability target, if there is one; nobody need wait for it. */
  protected async emitSdkObservability(
    subtype: SdkObservabilitySubtype,
    data: SdkObservabilityData,
  ): Promise<void> {
    await this.#parts.observer?.emit(subtype, data);
  }

  /** What `run` finds out about an entity that is there. */
  #about<T>(run: () => Promise<T>): Promise<Outcome<T>> {
    const { memory } = this.#parts;
    return answering(async () => (memory.entity ? accept(await run()) : notFound()));
  }

  async #write<T>(
    operation: Outcome<Operation<T>>,
    context: WriteContext,
    trust: Trust = 'caller',
  ): Promise<Outcome<T>> {
    const facts: Fact[] = [];
    const outcome = await answering(async () => {
      const written = await this.#parts.gate.write(operation, context, trust);
      facts.push(...written.facts);
      return written.outcome;
    });
    for (const fact of facts) await this.#runHooks(fact);
    return outcome;
  }

  async #runHooks(fact: Fact): Promise<void> {
    if (fact.type === 'system') return;
    for (const { name, run } of this.hooks()) {
      try {
        await causedBy(this, fact, () => run(fact));
      } catch (error) {
        // Whatever this comes to, the fact itself is committed and its answer stands.
        await this.#parts.gate.record(hookError(name, fact, messageOf(error)));
      }
    }
  }
}

/** What `run` answers; a refusal thrown deep inside is answered as data. */
async function answering<T>(run: () => Outcome<T> | Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LedgerError) return { ok: false, error: error.data };
    throw error;
  }
}
