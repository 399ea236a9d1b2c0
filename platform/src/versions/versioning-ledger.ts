// The part of a tenant's ledger that keeps the versions of its code and sees every activation through:
// one at a time, by a Workflow that is started again when it died. It never calls the Cloudflare API.
import {
  EntityLedger,
  type Fact,
  type FactInput,
  type Outcome,
  type WriteContext,
} from '@z0-app/sdk';
import type { ErrorData } from '@z0-app/sdk/errors';
import { newId } from '@z0-app/sdk/ids';
import type { Env } from '../env.ts';
import { ensureActivation, nudgeActivation } from './activation-run.ts';
import { raiseHealthAlert } from './health/health-alert.ts';
import { DEFAULT_GATE, readHealthGate } from './health/health-budget.ts';
import { HEALTH_GATE, isIll, isLeftLive } from './health/health-state.ts';
import { lookAtHealth } from './health/look-at-health.ts';
import { roadBack } from './health/road-back.ts';
import {
  type ActivationFailure,
  type ActivationPhase,
  type ActivationRequest,
  type ActivationStep,
  type HealthJudgement,
  type HealthWatch,
  versionFacts,
} from './version-facts.ts';
import {
  type Activation,
  evolveVersions,
  NO_VERSIONS,
  runningActivation,
  type TenantVersions,
  type UploadedVersion,
  type WorkerVersion,
  watchedActivation,
} from './version-state.ts';

const STATE = 'TenantVersions';
const WATCH_DELAY_MS = 10_000;
/** A run that can neither finish nor put back what was live must not keep out all others for good. */
const MAX_ATTEMPTS = 4;

/** A version about to be recorded; the ledger gives it its id. */
export type NewVersion = Omit<UploadedVersion, 'version_id' | 'request_key'>;

export abstract class VersioningLedger extends EntityLedger<Env> {
  /** What the platform knows of the tenant's own code. Errors: `not_found`. */
  async readVersions(): Promise<Outcome<TenantVersions>> {
    return this.tenantId() === undefined ? missing() : { ok: true, value: this.versions() };
  }

  /**
   * Records a version. The same code on the same template is the version it was before, `replayed`
   * when the Idempotency-Key is the same too. Errors: `not_found`, `conflict` unless the tenant is
   * active, `idempotency_key_reused` for other code.
   */
  async addVersion(
    input: NewVersion,
    context: WriteContext,
  ): Promise<Outcome<{ version: WorkerVersion; known: boolean }>> {
    const { idempotencyKey, ...unkeyed } = context;
    const requestKey = idempotencyKey && JSON.stringify([context.principal, idempotencyKey]);
    const before = earlierVersion(this.versions(), input, requestKey);
    if (before !== undefined) return before;
    const id = newId('ver');
    const fact = { version_id: id, ...input, request_key: requestKey ?? null };
    const outcome = await this.append(versionFacts.uploaded(fact), unkeyed);
    if (!outcome.ok) {
      // Two at once with the same content: the second of them finds the first here.
      return earlierVersion(this.versions(), input, requestKey) ?? asConflict(outcome);
    }
    await this.settleSoon();
    const version = this.versions().versions.find((one) => one.id === id);
    return version === undefined ? missing() : { ok: true, value: { version, known: false } };
  }

  /**
   * Starts to make a version live, or the template alone. For the one that is live: how it became so,
   * `null` when that was long ago. Errors: `not_found`, `conflict` while another is under way or when
   * `expected_active` is not what is live.
   */
  async activate(
    request: ActivationRequest,
    context: WriteContext,
  ): Promise<Outcome<Activation | null>> {
    const state = this.versions();
    const { version_id, expected_active: expected = state.active } = request;
    const isKnown = version_id === null || state.versions.some(({ id }) => id === version_id);
    if (!isKnown || this.tenantId() === undefined) return missing();
    const isIdle = runningActivation(state) === undefined;
    if (isIdle && state.active === version_id && expected === state.active) {
      const made = state.activations.findLast(
        ({ to, status }) => to === version_id && status === 'succeeded',
      );
      return { ok: true, value: made ?? null };
    }
    const outcome = await this.append(versionFacts.activationRequested(request), context);
    if (!outcome.ok) return asConflict(outcome);
    await this.settleSoon();
    const then = await this.getState({ seq: outcome.value.seq });
    if (!then.ok) return then;
    // Cached state comes back as plain JSON; this object alone writes it, in `foldVersions`.
    const asked = runningActivation(then.value.state[STATE] as unknown as TenantVersions);
    const now = this.versions().activations.find(({ id }) => id === asked?.id) ?? asked;
    if (now === undefined) return missing();
    return { ok: true, value: now, ...(outcome.replayed && { replayed: true }) };
  }

  /** Writes one moment of an activation; a repeat changes nothing, a run that was replaced is refused. */
  async tellActivation(
    run: string,
    step: ActivationStep,
    phase: ActivationPhase,
    error?: string,
  ): Promise<Outcome<null>> {
    const fact = versionFacts.step(run, step, phase, error);
    return this.#recordRun([fact], `${run}:${step}:${phase}`);
  }

  /** Ends an activation, after a failure with what became of what was live. A repeat changes nothing. */
  async endActivation(run: string, failure?: ActivationFailure): Promise<Outcome<null>> {
    const versions = this.versions();
    const activation = versions.activations.find((one) => one.run === run);
    if (activation === undefined) return missing();
    if (activation.status !== 'running') return { ok: true, value: null };
    // Going back to the template alone leaves it in the version that the live code stood on.
    const onTemplate = activation.to ?? activation.from;
    const version = versions.versions.find(({ id }) => id === onTemplate);
    const watch = failure === undefined ? await this.#watchOf(activation) : undefined;
    const facts =
      failure === undefined
        ? [
            versionFacts.step(run, 'active', 'succeeded'),
            versionFacts.activated(activation, version?.template_version ?? '', watch),
          ]
        : [versionFacts.activationFailed(activation, failure)];
    const outcome = await this.#recordRun(facts, `${run}:end`);
    if (outcome.ok) await this.settleSoon();
    return outcome;
  }

  protected abstract tenantId(): string | undefined;

  /** Brings what follows from the facts in line with them; failing costs only time. */
  protected abstract settleSoon(): Promise<void>;

  protected versions(): TenantVersions {
    return this.cachedStateManager.get<TenantVersions>(STATE) ?? NO_VERSIONS;
  }

  protected foldVersions(fact: Fact): void {
    const before = this.versions();
    const next = evolveVersions(before, fact);
    if (next !== before) this.cachedStateManager.set(STATE, next);
  }

  /** How soon to look again at the activation under way, or at what is watched since one. */
  protected activationDelayMs(): number | undefined {
    const running = runningActivation(this.versions());
    if (running === undefined) return this.#healthDelayMs();
    return WATCH_DELAY_MS * 2 ** (running.attempts - 1);
  }

  /** Makes sure that the activation under way has its Workflow. Safe to repeat. */
  protected async ensureActivation(): Promise<void> {
    const running = runningActivation(this.versions());
    const tenantId = this.tenantId();
    if (running === undefined || tenantId === undefined) return;
    if (this.ctx.storage.kv.get<string>('activation') === running.run) return;
    await ensureActivation(this.env, tenantId, running.run);
    this.ctx.storage.kv.put('activation', running.run);
  }

  /** Wakes a run that has been quiet for long, and replaces one that died; else judges its health. */
  protected async watchActivation(): Promise<void> {
    await this.#tellHealth();
    const running = runningActivation(this.versions());
    const delayMs = this.activationDelayMs();
    if (delayMs === undefined) return;
    if (running === undefined) return this.#watchHealth(delayMs);
    if (Date.now() - Date.parse(running.updated_at) < delayMs) return;
    const health = await nudgeActivation(this.env, running.run);
    if (health.alive) return;
    const { run } = running;
    if (running.attempts === MAX_ATTEMPTS) {
      const error = `The run died ${MAX_ATTEMPTS} times: ${health.cause}.`;
      await this.endActivation(run, { error, restored: false });
      return;
    }
    await this.#recordRun([versionFacts.restarted(run, health.cause)], `${run}:restarted`);
    await this.settleSoon();
  }

  /** What the gate brought back is not watched: then nothing would be left to go back to. */
  async #watchOf({ by }: Activation): Promise<HealthWatch | undefined> {
    const tenantId = this.tenantId();
    if (by === HEALTH_GATE || tenantId === undefined) return undefined;
    const gate = (await readHealthGate(this.env, tenantId)) ?? DEFAULT_GATE;
    return gate.enabled ? gate : undefined;
  }

  /** Raises the alert about what the gate did; after a crash again, which changes nothing. */
  async #tellHealth(): Promise<void> {
    const ill = this.versions().activations.findLast(({ health }) => health && isIll(health));
    const tenantId = this.tenantId();
    if (ill?.health === undefined || tenantId === undefined) return;
    const told = `${ill.id} ${isLeftLive(ill.health)}`;
    if (this.ctx.storage.kv.get<string>('health_told') === told) return;
    try {
      await raiseHealthAlert(this.env, tenantId, ill.to, ill.health);
      this.ctx.storage.kv.put('health_told', told);
    } catch (error) {
      // What is under way is not held up by it; the next look tells it.
      await this.ctx.storage.setAlarm(Date.now() + WATCH_DELAY_MS);
      const detail = String(error).slice(0, 500);
      console.warn(JSON.stringify({ level: 'warn', event: 'health_not_told', tenantId, detail }));
    }
  }

  #healthDelayMs(): number | undefined {
    const watched = watchedActivation(this.versions());
    return watched?.health && watched.health.check_seconds * 1_000;
  }

  /** Judges what is live since a while; at most once it is taken back. Safe to repeat. */
  async #watchHealth(delayMs: number): Promise<void> {
    // Before anything is asked: whatever happens then, it is looked at again.
    await this.ctx.storage.setAlarm(Date.now() + delayMs);
    const watched = watchedActivation(this.versions());
    const tenantId = this.tenantId();
    if (watched?.health === undefined || tenantId === undefined) return;
    const found = await lookAtHealth(this.env, tenantId, watched.health, Date.now());
    if (found === undefined) return;
    const { verdict, counts } = found;
    const judged = { activation: watched.id, ...counts };
    if (verdict.ok) {
      await this.#judge(watched, [versionFacts.healthJudged({ ...judged, verdict: 'passed' })]);
      return;
    }
    const { text } = verdict;
    const road = roadBack(this.versions(), watched);
    const why = road.goes ? await this.#goBack(watched, road.to, { ...judged, text }) : road.why;
    if (why === undefined) return;
    const stays = {
      ...judged,
      verdict: 'failing',
      text: `${text}; it stays live: ${why}`,
    } as const;
    await this.#judge(watched, [versionFacts.healthJudged(stays)]);
  }

  /** Judges and asks for what was live before, in one commit. Why not, when that may not be. */
  async #goBack(
    watched: Activation,
    to: string | null,
    judged: Omit<HealthJudgement, 'verdict'>,
  ): Promise<string | undefined> {
    const outcome = await this.#judge(watched, [
      versionFacts.healthJudged({ ...judged, verdict: 'rolling_back' }),
      versionFacts.activationRequested({
        version_id: to,
        expected_active: watched.to,
        principal: HEALTH_GATE,
        ...(judged.text !== undefined && { cause: judged.text }),
      }),
    ]);
    // Anything else is tried again at the next look.
    return !outcome.ok && outcome.error.code === 'conflict' ? outcome.error.detail : undefined;
  }

  async #judge(watched: Activation, facts: FactInput[]): Promise<Outcome<null>> {
    const tenantId = this.tenantId();
    // Somebody may have made something else live while the counts were asked for.
    if (tenantId === undefined || watchedActivation(this.versions())?.id !== watched.id) {
      return { ok: true, value: null };
    }
    const outcome = await this.appendBatch(facts, {
      tenantId,
      principal: HEALTH_GATE,
      route: 'health-gate',
    });
    if (!outcome.ok) return asConflict(outcome);
    await this.settleSoon();
    return { ok: true, value: null };
  }

  async #recordRun(facts: FactInput[], key: string): Promise<Outcome<null>> {
    const tenantId = this.tenantId();
    if (tenantId === undefined) return missing();
    const context = { tenantId, principal: 'workflow', route: 'activation', idempotencyKey: key };
    const outcome = await this.appendBatch(facts, context);
    // The same moment told in other words (an error text may vary between attempts) is a repeat.
    if (outcome.ok || outcome.error.code === 'idempotency_key_reused') {
      return { ok: true, value: null };
    }
    return asConflict(outcome);
  }
}

function earlierVersion(
  { versions }: TenantVersions,
  input: NewVersion,
  requestKey: string | undefined,
): Outcome<{ version: WorkerVersion; known: boolean }> | undefined {
  const keyed = versions.find((one) => requestKey && one.request_key === requestKey);
  if (keyed !== undefined && keyed.content_hash !== input.content_hash) {
    const detail = 'This Idempotency-Key uploaded other code.';
    return { ok: false, error: { code: 'idempotency_key_reused', detail } };
  }
  if (keyed !== undefined) {
    return { ok: true, value: { version: keyed, known: false }, replayed: true };
  }
  const same = versions.findLast(
    (one) =>
      one.content_hash === input.content_hash && one.template_version === input.template_version,
  );
  return same && { ok: true, value: { version: same, known: true } };
}

type Refusal = { ok: false; error: ErrorData; replayed?: boolean };

/** The invariant over versions is the order of things: breaking it is a conflict. */
function asConflict(outcome: Refusal): Refusal {
  if (outcome.error.code !== 'invariant_violated') return outcome;
  return { ...outcome, error: { ...outcome.error, code: 'conflict' } };
}

function missing(): Refusal {
  return { ok: false, error: { code: 'not_found', detail: 'There is no such tenant or version.' } };
}
