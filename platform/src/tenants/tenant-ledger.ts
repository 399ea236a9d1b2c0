// One tenant's life and keys as facts: the platform built on its own SDK. Everything else that knows
// about the tenant (D1, the route, the Workflow) follows from here and heals from here; this object
// calls the Cloudflare API for a plan's limits alone, and never sees a key's secret.
import type { Fact, FactInput, Invariant, Outcome, WriteContext } from '@z0-app/sdk';
import type { ErrorCode } from '@z0-app/sdk/errors';
import { auditTenant } from '../audit/project-audit.ts';
import { publishLive } from '../live/publish-live.ts';
import { wakeRuns } from '../schedules/wake-runs.ts';
import { secretRefusal } from '../tenant-secrets/secret-facts.ts';
import { versionRefusal } from '../versions/version-facts.ts';
import { PlannedLedger } from './planned-ledger.ts';
import { rememberTenant } from './tenant-directory.ts';
import { type OperatorAccess, refusalOf, type StepPhase, tenantFacts } from './tenant-facts.ts';
import { projectToIndex, type RouteTarget, routeTargetOf } from './tenant-projection.ts';
import { ensureRun, nudgeRun, watchDelayMs } from './tenant-run.ts';
import {
  currentRun,
  evolve,
  type StepName,
  type TenantKey,
  type TenantState,
} from './tenant-state.ts';

const STATE = 'TenantState';
/** How soon the alarm looks whether a fact reached its projections; the request usually did it. */
const HEAL_DELAY_MS = 2_000;
const MAX_HEAL_DELAY_MS = 60_000;
const ACTIVATION_DELAY_MS = 10_000;

export interface NewKey {
  readonly key_id: string;
  readonly secret_hash: string;
  readonly label?: string;
  /** Who made it, unless that was the operator. */
  readonly principal?: string;
}

export class TenantLedger extends PlannedLedger {
  #projecting: Promise<void> = Promise.resolve();

  /** Requests the tenant, for the first time or again after it failed. Errors: `already_exists`. */
  async request(
    input: { id: string; name: string; plan: string },
    context: WriteContext,
  ): Promise<Outcome<TenantState>> {
    const { idempotencyKey: _, ...unkeyed } = context;
    const entity = await this.createEntity({ id: input.id, type: 'tenant' }, unkeyed);
    if (!entity.ok && entity.error.code !== 'already_exists') return entity;
    const fact = tenantFacts.requested({ name: input.name, plan: input.plan });
    return this.#write(fact, context, 'already_exists');
  }

  /** Errors of the next three: `not_found`, `conflict` when the status does not allow it. */
  async suspend(context: WriteContext): Promise<Outcome<TenantState>> {
    return this.#write(tenantFacts.suspended(), context);
  }

  async resume(context: WriteContext): Promise<Outcome<TenantState>> {
    return this.#write(tenantFacts.resumed(), context);
  }

  /** Puts the tenant on another plan; `plan` exists. Errors: as those two. */
  async changePlan(plan: string, context: WriteContext): Promise<Outcome<TenantState>> {
    const state = this.#state();
    if (state?.plan === plan) return { ok: true, value: state };
    if (state !== undefined) this.expectOtherLimits(state);
    return this.#write(tenantFacts.planChanged(plan), context);
  }

  /** Starts the deletion. A tenant already deleted, or on the way, is answered as it is. */
  async remove(context: WriteContext): Promise<Outcome<TenantState>> {
    const state = this.#state();
    if (state?.status === 'deleting' || state?.status === 'deleted') {
      return { ok: true, value: state };
    }
    return this.#write(tenantFacts.deletionRequested(), context);
  }

  /**
   * Records a key. A repeat with the same Idempotency-Key gives the first key, `replayed`: random
   * ids and hashes differ between the two requests, so the SDK's payload check cannot serve here.
   * Errors: `conflict` beyond two live keys, `idempotency_key_reused` for another label.
   */
  async createKey(input: NewKey, context: WriteContext): Promise<Outcome<TenantKey>> {
    const { idempotencyKey, ...unkeyed } = context;
    const requestKey = idempotencyKey && JSON.stringify([context.principal, idempotencyKey]);
    const earlier = this.#state()?.keys.find((key) => requestKey && key.request_key === requestKey);
    if (earlier !== undefined) {
      if (earlier.label === (input.label ?? null)) {
        return { ok: true, value: { ...earlier, revoked_at: null }, replayed: true };
      }
      const detail = 'This Idempotency-Key made a key with another label.';
      return { ok: false, error: { code: 'idempotency_key_reused', detail } };
    }
    const fact = { ...input, ...(requestKey && { request_key: requestKey }) };
    return pickKey(await this.#write(tenantFacts.keyCreated(fact), unkeyed), input.key_id);
  }

  /** Errors: `not_found` for a key this tenant never had, `conflict` for one already revoked. */
  async revokeKey(
    keyId: string,
    context: WriteContext,
    principal?: string,
  ): Promise<Outcome<TenantKey>> {
    const known = this.#state()?.keys.some((key) => key.id === keyId) ?? false;
    if (!known) return missing();
    return pickKey(await this.#write(tenantFacts.keyRevoked(keyId, principal), context), keyId);
  }

  /**
   * Records that the operator looks at what is the tenant's, before it is shown. A repeat with the
   * same Idempotency-Key changes nothing. Errors: `not_found`.
   */
  async recordAccess(access: OperatorAccess, context: WriteContext): Promise<Outcome<null>> {
    const outcome = await this.append(tenantFacts.operatorAccess(access), context);
    return outcome.ok ? { ok: true, value: null } : outcome;
  }

  /** The tenant as it is now. Errors: `not_found`. */
  async read(): Promise<Outcome<TenantState>> {
    const state = this.#state();
    return state === undefined ? missing() : { ok: true, value: state };
  }

  /** Writes one moment of a run; a repeat changes nothing, a run that was replaced is refused. */
  async recordStep(
    run: string,
    step: StepName,
    phase: StepPhase,
    error?: string,
  ): Promise<Outcome<null>> {
    const fact = tenantFacts.step(run, step, phase, error);
    return this.#record([fact], `${run}:${step}:${phase}`);
  }

  /** Notes which version of the tenant template the run uploaded; a repeat changes nothing. */
  async recordUpload(run: string, version: string): Promise<Outcome<null>> {
    return this.#record([tenantFacts.uploaded(run, version)], `${run}:uploaded:${version}`);
  }

  /** Ends a run with its last step, in one commit: the tenant becomes `active` or `deleted`. */
  async completeRun(run: string, step: 'active' | 'deleted'): Promise<Outcome<null>> {
    const ending = step === 'active' ? tenantFacts.activated(run) : tenantFacts.deleted(run);
    return this.#endRun(run, [tenantFacts.step(run, step, 'succeeded'), ending]);
  }

  /** Ends a provisioning run that gave up and has undone itself: the tenant becomes `failed`. */
  async failRun(run: string, error: string): Promise<Outcome<null>> {
    return this.#endRun(run, [tenantFacts.failed(run, error)]);
  }

  /** Points the tenant's route at its Worker, or takes it away; for the run in charge of it. */
  async setRoute(run: string, target: RouteTarget): Promise<Outcome<null>> {
    const state = this.#state();
    if (state === undefined) return missing();
    if (currentRun(state)?.id !== run) return runIsOver(state);
    await this.oneAtATime(() => this.applyRoute(state, target));
    return { ok: true, value: null };
  }

  /** Writes the tenant's rows in the index and the audit again. Errors: `not_found`. */
  async project(): Promise<Outcome<null>> {
    const state = this.#state();
    if (state === undefined) return missing();
    await projectToIndex(this.env.DB, state);
    await this.#audit(state.id, 0);
    return { ok: true, value: null };
  }

  /**
   * Heals what a crash left behind the facts, and does what the base wants to be woken for. There is
   * one alarm for both: whoever moves it only makes the other early or late, since each ring asks
   * both and neither ever takes it away. Never throws: it would be given up after six tries.
   */
  override async alarm(): Promise<void> {
    try {
      await super.alarm();
      const before = this.#state();
      if (before !== undefined && !this.#isSettled(before)) await this.#settle();
      const state = this.#state();
      if (state !== undefined && currentRun(state) !== undefined) await this.#watch(state);
      await this.watchActivation();
      await this.followWorker();
      this.ctx.storage.kv.delete('failures');
    } catch (error) {
      const failures = (this.ctx.storage.kv.get<number>('failures') ?? 0) + 1;
      this.ctx.storage.kv.put('failures', failures);
      await this.ctx.storage.setAlarm(
        Date.now() + Math.min(HEAL_DELAY_MS * 2 ** failures, MAX_HEAL_DELAY_MS),
      );
      console.warn(
        JSON.stringify({ level: 'warn', event: 'tenant_heal_failed', detail: String(error) }),
      );
    }
  }

  protected override updateCachedState(fact: Fact): void {
    const next = evolve(this.#state(), fact);
    if (next === undefined) return;
    this.cachedStateManager.set(STATE, next);
    this.foldVersions(fact);
    this.foldSecrets(fact);
    // A replay comes by here, too; what it passes was settled long ago.
    if (fact.seq <= this.#settledSeq()) return;
    const delay = quietDelayMs(fact, next);
    // Not awaited: the alarm must be part of the fact's own commit, and no I/O may come between.
    void this.ctx.storage.setAlarm(Date.now() + delay);
  }

  protected override invariants(): readonly Invariant[] {
    return [
      { name: 'tenant_life', check: (fact, state) => refusalOf(state.get(STATE), fact) },
      {
        name: 'one_version_live',
        check: (fact, state) => versionRefusal(state.get(STATE), this.versions(), fact),
      },
      {
        name: 'one_secret_change',
        check: (fact, state) =>
          secretRefusal(state.get(STATE), this.versions(), this.secrets(), fact),
      },
    ];
  }

  protected override tenantId(): string | undefined {
    return this.#state()?.id;
  }

  protected override tenant(): TenantState | undefined {
    return this.#state();
  }

  #state(): TenantState | undefined {
    return this.cachedStateManager.get<TenantState>(STATE);
  }

  /** Appends for the operator and answers with the tenant as that very fact left it. */
  async #write(
    fact: FactInput,
    context: WriteContext,
    refusal: ErrorCode = 'conflict',
  ): Promise<Outcome<TenantState>> {
    const outcome = await this.append(fact, context);
    if (!outcome.ok) return withCode(outcome, refusal);
    await this.settleSoon();
    const then = await this.getState({ seq: outcome.value.seq });
    if (!then.ok) return then;
    // Cached state comes back as plain JSON; this object alone writes it, in `updateCachedState`.
    const value = then.value.state[STATE] as unknown as TenantState;
    return { ok: true, value, ...(outcome.replayed && { replayed: true }) };
  }

  async #endRun(run: string, facts: FactInput[]): Promise<Outcome<null>> {
    const outcome = await this.#record(facts, `${run}:end`);
    if (outcome.ok) await this.settleSoon();
    return outcome;
  }

  async #record(facts: FactInput[], key: string): Promise<Outcome<null>> {
    const state = this.#state();
    if (state === undefined) return missing();
    const outcome = await this.appendBatch(facts, {
      tenantId: state.id,
      principal: 'workflow',
      route: 'run',
      idempotencyKey: key,
    });
    // The same moment told in other words (an error text may vary between attempts) is a repeat.
    if (outcome.ok || outcome.error.code === 'idempotency_key_reused') {
      return { ok: true, value: null };
    }
    return withCode(outcome, 'conflict');
  }

  /** In the request: the fact is committed and its alarm set, so failing here costs only time. */
  protected override async settleSoon(): Promise<void> {
    try {
      await this.#settle();
    } catch (error) {
      console.warn(
        JSON.stringify({ level: 'warn', event: 'tenant_settle_failed', detail: String(error) }),
      );
    }
  }

  /** Brings every projection and the Workflow in line with the facts, then keeps watch over a run. */
  #settle(): Promise<void> {
    return this.oneAtATime(() => this.#settleNow());
  }

  async #settleNow(): Promise<void> {
    const state = this.#state();
    if (state === undefined) return;
    if (!this.ctx.storage.kv.get<boolean>('remembered')) {
      await rememberTenant(this.env.ROUTES, state.id);
      this.ctx.storage.kv.put('remembered', true);
    }
    await projectToIndex(this.env.DB, state);
    const target = routeTargetOf(state);
    if (target !== undefined) await this.applyRoute(state, target);
    const run = currentRun(state)?.id;
    if (run !== undefined && this.ctx.storage.kv.get<string>('run') !== run) {
      await ensureRun(this.env, state);
      this.ctx.storage.kv.put('run', run);
    }
    await this.ensureActivation();
    // Last, and side by side, so that whatever keeps either from being done holds up nothing else.
    await Promise.all([
      this.#audit(state.id, this.ctx.storage.kv.get<number>('audited') ?? 0),
      wakeRuns(this.env, this.ctx.storage.kv, state, this.versions()),
    ]);
    const isNews = this.#settledSeq() < state.seq;
    this.ctx.storage.kv.put('settled', state.seq);
    if (isNews) void publishLive(this.env, { type: 'tenant', tenants: [state.id] });
    if (this.#state()?.seq !== state.seq) return;
    const delay = run === undefined ? this.activationDelayMs() : watchDelayMs(state);
    if (delay !== undefined) await this.ctx.storage.setAlarm(Date.now() + delay);
  }

  /** Whether nothing is left to do for `state`, so that an alarm that comes too late costs nothing. */
  #isSettled(state: TenantState): boolean {
    return this.#settledSeq() >= state.seq && !this.#hasRun(state) && !this.routeIsDue();
  }

  #hasRun(state: TenantState): boolean {
    return currentRun(state) !== undefined || this.activationDelayMs() !== undefined;
  }

  #settledSeq(): number {
    return this.ctx.storage.kv.get<number>('settled') ?? 0;
  }

  /** Projections are written in the order of the facts: a slow write must not overtake a newer one. */
  protected override oneAtATime(write: () => Promise<void>): Promise<void> {
    const done = this.#projecting.then(write);
    this.#projecting = done.catch(() => undefined);
    return done;
  }

  /** Copies the facts after `seq` to the audit. */
  async #audit(tenantId: string, seq: number): Promise<void> {
    const audited = await auditTenant(this.env.DB, this.ctx.storage.sql, tenantId, seq);
    this.ctx.storage.kv.put('audited', audited);
  }

  async #watch(state: TenantState): Promise<void> {
    const run = currentRun(state);
    const quietMs = Date.now() - Date.parse(state.updated_at);
    if (run === undefined || quietMs < watchDelayMs(state)) return;
    const health = await nudgeRun(this.env, state);
    if (health.alive) return;
    await this.#record([tenantFacts.runRestarted(run.id, health.cause)], `${run.id}:restarted`);
    await this.#settle();
  }
}

/** A run that goes on needs no healing before it has been quiet for a while. */
function quietDelayMs(fact: Fact, state: TenantState): number {
  if (fact.type === 'step') return watchDelayMs(state);
  return fact.type === 'activation' ? ACTIVATION_DELAY_MS : HEAL_DELAY_MS;
}

function pickKey(outcome: Outcome<TenantState>, keyId: string): Outcome<TenantKey> {
  if (!outcome.ok) return outcome;
  const key = outcome.value.keys.find((candidate) => candidate.id === keyId);
  if (key === undefined) return missing();
  return { ok: true, value: key, ...(outcome.replayed && { replayed: true }) };
}

/** This ledger's only invariant is the order of a tenant's life: breaking it is a conflict. */
function withCode(outcome: Refusal, code: ErrorCode): Refusal {
  if (outcome.error.code !== 'invariant_violated') return outcome;
  return { ...outcome, error: { ...outcome.error, code } };
}

type Refusal = Extract<Outcome<never>, { ok: false }>;

function missing(): Refusal {
  return { ok: false, error: { code: 'not_found', detail: 'There is no such tenant or key.' } };
}

function runIsOver(state: TenantState): Refusal {
  return { ok: false, error: { code: 'conflict', detail: `The tenant is ${state.status}.` } };
}
