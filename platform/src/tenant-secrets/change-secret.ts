// Sets and deletes a secret of a tenant's Worker: the ledger is told, Cloudflare is asked, the ledger is
// told again. The value goes to Cloudflare and nowhere else; no error quotes it.
import { deleteSecret, NAME_TAKEN, putSecret, readSecretNames } from '@z0-app/provisioning';
import type { WriteContext } from '@z0-app/sdk';
import { type ErrorData, LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { apiFor } from '../provisioning/provision-tenant.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { declaredBy } from './secret-facts.ts';
import { isOver } from './secret-keeping-ledger.ts';
import type { MadeChange, TenantSecrets } from './secret-state.ts';

/** Longer than a change can be under way, and than most activations take. */
const MAX_WAIT_MS = 30_000;
const FIRST_LOOK_MS = 50;
const MAX_LOOK_MS = 500;
const SCRIPT_GONE = 10_092;

export type AskedChange =
  | { readonly kind: 'put'; readonly name: string; readonly value: string }
  | { readonly kind: 'delete'; readonly name: string };

/**
 * Makes the change, after one that is under way. Throws `not_found`, `conflict`,
 * `idempotency_key_reused`, and `not_ready` when it was not made or Cloudflare did not say.
 */
export async function changeSecret(
  env: Env,
  tenantId: string,
  asked: AskedChange,
  context: WriteContext,
): Promise<{ readonly made: MadeChange; readonly replayed: boolean }> {
  const started = await startWhenFree(env, tenantId, asked, context);
  if ('made' in started) return { made: started.made, replayed: true };
  const { id } = started.change;
  const { api, target } = apiFor(env, tenantId);
  const { name } = asked;
  const result =
    asked.kind === 'put'
      ? await putSecret(api, target, name, asked.value)
      : await deleteSecret(api, target, name);
  const ledger = ledgerOf(env, tenantId);
  if (result.ok) {
    const ended = await ledger.endSecretChange(id, 'made');
    // It took so long that it was settled as what it had not become yet.
    if (!ended.ok) await readAnew(env, tenantId);
    return { made: valueOf(ended), replayed: false };
  }
  // Whether it happened is not known: the names tell, once it cannot happen any more.
  if (result.kind === 'ambiguous') throw new LedgerError(unanswered(name));
  valueOf(await ledger.endSecretChange(id, 'failed', result.detail));
  throw new LedgerError(refusedBy(name, result));
}

async function startWhenFree(
  env: Env,
  tenantId: string,
  { kind, name }: AskedChange,
  context: WriteContext,
) {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 1.5, MAX_LOOK_MS)) {
    const started = valueOf(
      await ledgerOf(env, tenantId).startSecretChange({ kind, name }, context),
    );
    if (!('busy' in started)) return started;
    if (Date.now() > deadline) throw new LedgerError({ code: 'conflict', detail: started.busy });
    await scheduler.wait(waitMs);
    await readSettledSecrets(env, tenantId);
  }
}

/** The secrets, a change that was interrupted settled first if Cloudflare can be asked. */
export async function readSettledSecrets(env: Env, tenantId: string): Promise<TenantSecrets> {
  const ledger = () => ledgerOf(env, tenantId);
  const secrets = valueOf(await ledger().readSecrets());
  if (secrets.change === null || !isOver(secrets.change)) return secrets;
  await compareWithCloudflare(env, tenantId, secrets);
  return valueOf(await ledger().readSecrets());
}

/**
 * Before a version is asked to become live: makes the ledger say which secrets Cloudflare has, as far as
 * that can be asked now. Nothing to do for one that declares none.
 */
export async function compareDeclaredSecrets(
  env: Env,
  tenantId: string,
  versionId: string | null,
): Promise<void> {
  const ledger = ledgerOf(env, tenantId);
  const { versions } = valueOf(await ledger.readVersions());
  const version = versions.find(({ id }) => id === versionId);
  if (version === undefined || declaredBy(version).length === 0) return;
  await readAnew(env, tenantId);
}

/**
 * For an upload about to be made: waits for a change under way by throwing for a retry. None starts
 * while a version is being made live, so that no upload carries an older value over a newer one.
 */
export async function noSecretUnderWay(env: Env, tenantId: string): Promise<void> {
  const { change } = await readSettledSecrets(env, tenantId);
  if (change === null) return;
  const detail = `The secret ${change.name} is being changed (${change.id}).`;
  throw new LedgerError({ code: 'not_ready', detail });
}

async function readAnew(env: Env, tenantId: string): Promise<void> {
  await compareWithCloudflare(env, tenantId, valueOf(await ledgerOf(env, tenantId).readSecrets()));
}

async function compareWithCloudflare(
  env: Env,
  tenantId: string,
  { revision }: TenantSecrets,
): Promise<void> {
  const { api, target } = apiFor(env, tenantId);
  const read = await readSecretNames(api, target);
  if (read.ok) valueOf(await ledgerOf(env, tenantId).settleSecrets([...read.names], revision));
}

function unanswered(name: string): ErrorData {
  const detail = `Cloudflare did not say whether ${name} was changed. Ask again: the same change does no harm twice.`;
  return { code: 'not_ready', detail, retryAfterSeconds: 15 };
}

function refusedBy(
  name: string,
  { code, kind, detail }: { code: number; kind: string; detail: string },
): ErrorData {
  if (code === NAME_TAKEN) {
    const taken = `${name} is the name of another binding of the tenant's Worker; choose another.`;
    return { code: 'conflict', detail: taken };
  }
  if (code === SCRIPT_GONE) {
    return { code: 'conflict', detail: 'The tenant has no Worker that could have a secret.' };
  }
  const next = kind === 'retryable' ? ' Ask again in a moment.' : '';
  return { code: 'not_ready', detail: `${name} was not changed: ${detail}.${next}` };
}

type Answered<T> = { ok: true; value: T } | { ok: false; error: ErrorData };

function valueOf<T>(outcome: Answered<T>): T {
  if (outcome.ok) return outcome.value;
  throw new LedgerError(outcome.error);
}
