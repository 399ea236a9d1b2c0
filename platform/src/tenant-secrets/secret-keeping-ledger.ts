// The part of a tenant's ledger that knows which secrets its Worker has: each change is written before
// Cloudflare is asked, and again when its end is known. It never sees a value, nor calls Cloudflare.
import { SECRET_CALL_MS } from '@z0-app/provisioning';
import type { Fact, FactInput, Outcome, WriteContext } from '@z0-app/sdk';
import type { ErrorData } from '@z0-app/sdk/errors';
import { newId } from '@z0-app/sdk/ids';
import { PreviewingLedger } from '../preview/previewing-ledger.ts';
import type { ActivationRequest } from '../versions/version-facts.ts';
import type { Activation } from '../versions/version-state.ts';
import {
  busyWith,
  clashingSecrets,
  missingSecrets,
  type SecretEnd,
  secretFacts,
} from './secret-facts.ts';
import {
  evolveSecrets,
  type MadeChange,
  NO_SECRETS,
  nextVersion,
  type SecretChange,
  type TenantSecrets,
} from './secret-state.ts';

const STATE = 'TenantSecrets';
/** From its start a change may take the call to Cloudflare, and a while to get to it. */
const CHANGE_LIMIT_MS = SECRET_CALL_MS + 5_000;

/** `busy`: why it has to wait. `made`: a repeat, answered with what was made the first time. */
export type StartedChange =
  | { readonly change: SecretChange }
  | { readonly busy: string }
  | { readonly made: MadeChange };

export abstract class SecretKeepingLedger extends PreviewingLedger {
  /** Names of what is set, and the change under way. Errors: `not_found`. */
  async readSecrets(): Promise<Outcome<TenantSecrets>> {
    return this.tenantId() === undefined ? missing() : { ok: true, value: this.secrets() };
  }

  /**
   * Writes that a secret is about to be changed. Errors: `not_found` for a deletion of what is not set,
   * `conflict`, `idempotency_key_reused`.
   */
  async startSecretChange(
    { kind, name }: Pick<SecretChange, 'kind' | 'name'>,
    context: WriteContext,
  ): Promise<Outcome<StartedChange>> {
    if (this.tenantId() === undefined) return missing();
    const { idempotencyKey, ...unkeyed } = context;
    const key = idempotencyKey && JSON.stringify([context.principal, idempotencyKey]);
    const state = this.secrets();
    const before = state.made.find((one) => key !== undefined && one.request_key === key);
    if (before !== undefined) {
      if (before.kind !== kind || before.name !== name) return reused();
      return { ok: true, value: { made: before }, replayed: true };
    }
    const busy = busyWith(this.versions(), state);
    if (busy !== undefined) return { ok: true, value: { busy } };
    const known = state.secrets.find((one) => one.name === name);
    if (kind === 'delete' && known === undefined) return missing();
    const fact = secretFacts.started({
      id: newId('chg'),
      kind,
      name,
      version: kind === 'put' ? nextVersion(state, name) : (known?.version ?? 0),
      principal: context.principal,
      request_key: key ?? null,
    });
    const outcome = await this.append(fact, unkeyed);
    if (!outcome.ok) {
      // Two at once: the second of them finds the first here.
      const since = busyWith(this.versions(), this.secrets());
      return since === undefined ? asConflict(outcome) : { ok: true, value: { busy: since } };
    }
    const { change } = this.secrets();
    if (change === null || change.id !== outcome.value.data['change_id']) return settledBefore();
    return { ok: true, value: { change } };
  }

  /** Writes how the change ended. Errors: `conflict` for one that was settled before. */
  async endSecretChange(id: string, end: SecretEnd, error?: string): Promise<Outcome<MadeChange>> {
    const { change } = this.secrets();
    if (change === null || change.id !== id) return settledBefore();
    const outcome = await this.#note([secretFacts.ended(change, end, error)]);
    if (!outcome.ok) return outcome;
    const { started_at, ...rest } = change;
    return { ok: true, value: { ...rest, made_at: outcome.value[0]?.timestamp ?? started_at } };
  }

  /**
   * Brings the ledger in line with the names that Cloudflare has, read while it was at `revision`; does
   * nothing when it went on since. A change that may still be on its way there is left alone.
   */
  async settleSecrets(names: readonly string[], revision: number): Promise<Outcome<null>> {
    const { secrets, change, revision: now } = this.secrets();
    if (revision !== now || this.tenantId() === undefined) return { ok: true, value: null };
    const facts: FactInput[] = [];
    if (change !== null && isOver(change)) {
      facts.push(secretFacts.ended(change, endOf(change, names, secrets), 'it was interrupted'));
    }
    const known = secrets.map(({ name }) => name);
    for (const name of new Set([...known, ...names])) {
      if (name === change?.name || known.includes(name) === names.includes(name)) continue;
      facts.push(names.includes(name) ? secretFacts.found(name) : secretFacts.lost(name));
    }
    if (facts.length === 0) return { ok: true, value: null };
    const outcome = await this.#note(facts);
    return outcome.ok ? { ok: true, value: null } : outcome;
  }

  /** As of versions; and `secrets_missing` while a secret is not set that the version declares. */
  override async activate(
    request: ActivationRequest,
    context: WriteContext,
  ): Promise<Outcome<Activation | null>> {
    const { versions, active } = this.versions();
    const version = versions.find(({ id }) => id === request.version_id);
    if (version !== undefined && version.id !== active) {
      const unset = missingSecrets(version, this.secrets());
      if (unset.length > 0) return secretsMissing(this.tenantId() ?? '', unset);
      const [clash] = clashingSecrets(version, this.secrets());
      if (clash !== undefined) {
        const detail = `${clash} is a var of ${version.id} and set as a secret; a name is one of both. Delete the secret, or upload code without the var.`;
        return { ok: false, error: { code: 'conflict', detail } };
      }
    }
    return super.activate(request, context);
  }

  protected secrets(): TenantSecrets {
    return this.cachedStateManager.get<TenantSecrets>(STATE) ?? NO_SECRETS;
  }

  protected foldSecrets(fact: Fact): void {
    const before = this.secrets();
    const next = evolveSecrets(before, fact);
    if (next !== before) this.cachedStateManager.set(STATE, next);
  }

  async #note(facts: FactInput[]): Promise<Outcome<Fact[]>> {
    const context = { tenantId: this.tenantId() ?? '', principal: 'platform', route: 'secret' };
    const outcome = await this.appendBatch(facts, context);
    if (!outcome.ok) return asConflict(outcome);
    await this.settleSoon();
    return outcome;
  }
}

/** Whether nothing of it can be on its way to Cloudflare any more. */
export function isOver({ started_at }: SecretChange): boolean {
  return Date.now() - Date.parse(started_at) > CHANGE_LIMIT_MS;
}

/** What the names tell of a change that never said how it ended. */
function endOf(
  { kind, name }: SecretChange,
  names: readonly string[],
  before: TenantSecrets['secrets'],
): SecretEnd {
  const isThere = names.includes(name);
  if (kind === 'delete') return isThere ? 'failed' : 'made';
  if (!isThere) return 'failed';
  // There was a value before: which of the two it is, no name tells.
  return before.some((one) => one.name === name) ? 'unsure' : 'made';
}

type Refusal = { ok: false; error: ErrorData };

function secretsMissing(tenantId: string, names: readonly string[]): Refusal {
  const commands = names.map((name) => `z0 secret put ${name} --tenant ${tenantId}`);
  const detail = `The version declares secrets that are not set: ${names.join(', ')}. Set them with: ${commands.join('; ')}`;
  const errors = names.map((name, index) => {
    return { pointer: `/secrets/${name}`, code: 'not_set', detail: commands[index] ?? '' };
  });
  return { ok: false, error: { code: 'secrets_missing', detail, errors } };
}

/** The invariants over secrets are the order of things: breaking one is a conflict. */
function asConflict(outcome: Refusal): Refusal {
  if (outcome.error.code !== 'invariant_violated') return outcome;
  return { ...outcome, error: { ...outcome.error, code: 'conflict' } };
}

function settledBefore(): Refusal {
  const detail = 'The change was settled without it; look at the secrets and decide again.';
  return { ok: false, error: { code: 'conflict', detail } };
}

function reused(): Refusal {
  const detail = 'This Idempotency-Key changed another secret.';
  return { ok: false, error: { code: 'idempotency_key_reused', detail } };
}

function missing(): Refusal {
  return { ok: false, error: { code: 'not_found', detail: 'There is no such tenant or secret.' } };
}
