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
import {
  type ActivationPhase,
  type ActivationRequest,
  type ActivationStep,
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
   * Starts to make a version live. For the one that is live: how it became so, `null` when that was
   * long ago. Errors: `not_found`, `conflict`
   * while another is under way or when `expected_active` is not what is live.
   */
  async activate(
    request: ActivationRequest,
    context: WriteContext,
  ): Promise<Outcome<Activation | null>> {
    const state = this.versions();
    const { version_id, expected_active: expected = state.active } = request;
    if (!state.versions.some(({ id }) => id === version_id)) return missing();
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
  async endActivation(
    run: string,
    failure?: { error: string; restored: boolean },
  ): Promise<Outcome<null>> {
    const versions = this.versions();
    const activation = versions.activations.find((one) => one.run === run);
    if (activation === undefined) return missing();
    if (activation.status !== 'running') return { ok: true, value: null };
    const version = versions.versions.find(({ id }) => id === activation.to);
    const facts =
      failure === undefined
        ? [
            versionFacts.step(run, 'active', 'succeeded'),
            versionFacts.activated(activation, version?.template_version ?? ''),
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

  /** How long the activation under way may be quiet; `undefined` when there is none. */
  protected activationDelayMs(): number | undefined {
    const running = runningActivation(this.versions());
    if (running === undefined) return undefined;
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

  /** Wakes a run that has been quiet for long, and replaces one that died. */
  protected async watchActivation(): Promise<void> {
    const running = runningActivation(this.versions());
    const delayMs = this.activationDelayMs();
    if (running === undefined || delayMs === undefined) return;
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
