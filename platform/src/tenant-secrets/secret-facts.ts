// The vocabulary of a tenant's secrets on its control-plane ledger: how each fact is written, and when
// it is refused. Pure; no fact has a value, nor anything that is made from one.
import { MAX_SECRETS } from '@z0-app/provisioning';
import type { Fact, FactInput } from '@z0-app/sdk';
import type { TenantState } from '../tenants/tenant-state.ts';
import {
  liveName,
  runningActivation,
  type TenantVersions,
  type WorkerVersion,
} from '../versions/version-state.ts';
import type { SecretChange, TenantSecrets } from './secret-state.ts';

/** How a change ended: it was made, it was not, or a put over an older value did not say. */
export type SecretEnd = 'made' | 'failed' | 'unsure';

export const secretFacts = {
  started: (change: Omit<SecretChange, 'started_at'>): FactInput => {
    const { id, kind, name, version, principal, request_key } = change;
    const data = { change_id: id, secret: name, secret_version: version, principal, request_key };
    return { type: 'secret', subtype: `${kind}_started`, data };
  },
  ended: (change: SecretChange, end: SecretEnd, error?: string): FactInput => {
    const { id, name, version, principal } = change;
    const data = { change_id: id, secret: name, secret_version: version, principal };
    const subtype = SUBTYPES[change.kind][end];
    return { type: 'secret', subtype, data: { ...data, ...(error && { error }) } };
  },
  /** Set as far as the ledger knew, and not with Cloudflare. */
  lost: (name: string): FactInput => ofCloudflare('lost', name),
  /** Set with Cloudflare, and not as far as the ledger knew. */
  found: (name: string): FactInput => ofCloudflare('found', name),
};

const SUBTYPES = {
  put: { made: 'put', failed: 'put_failed', unsure: 'put_unsure' },
  // A name that is still there was not deleted.
  delete: { made: 'deleted', failed: 'delete_failed', unsure: 'delete_failed' },
} as const;

function ofCloudflare(subtype: string, name: string): FactInput {
  return { type: 'secret', subtype, data: { secret: name, principal: 'cloudflare' } };
}

/** Why no change may start now that could later; `undefined` when one may. */
export function busyWith(versions: TenantVersions, secrets: TenantSecrets): string | undefined {
  const running = runningActivation(versions);
  if (running !== undefined) {
    return `${liveName(running.to)} is being made live (${running.id}); ask again when it is settled.`;
  }
  const { change } = secrets;
  if (change === null) return undefined;
  return `The secret ${change.name} is being changed (${change.id}); ask again in a moment.`;
}

/** Why `fact` may not follow, in a sentence for whoever asked; `undefined` when it may. */
export function secretRefusal(
  tenant: TenantState | undefined,
  versions: TenantVersions,
  secrets: TenantSecrets,
  fact: Pick<Fact, 'type' | 'subtype' | 'data'>,
): string | undefined {
  if (fact.type !== 'secret') return undefined;
  const { subtype, data } = fact;
  if (subtype === 'lost' || subtype === 'found') return undefined;
  if (subtype !== 'put_started' && subtype !== 'delete_started') {
    return secrets.change?.id === data['change_id'] ? undefined : 'The change is settled already.';
  }
  const busy = statusRefusal(tenant) ?? busyWith(versions, secrets);
  if (busy !== undefined || subtype === 'delete_started') return busy;
  const { secret: name } = data;
  if (typeof name !== 'string') return 'The fact names no secret.';
  const live = versions.versions.find(({ id }) => id === versions.active);
  if (live !== undefined && varsOf(live).includes(name)) {
    return `${name} is a var of ${live.id}, which is live; a name is either a var or a secret.`;
  }
  const isNew = secrets.secrets.every((one) => one.name !== name);
  if (!isNew || secrets.secrets.length < MAX_SECRETS) return undefined;
  return `The tenant has ${MAX_SECRETS} secrets, as many as it may have; delete one first.`;
}

function statusRefusal(tenant: TenantState | undefined): string | undefined {
  if (tenant === undefined) return 'The tenant was never requested.';
  // A suspended one has its Worker: what leaked can be replaced before it is resumed.
  if (tenant.status === 'active' || tenant.status === 'suspended') return undefined;
  return `The tenant is ${tenant.status}; only one that is active or suspended has secrets.`;
}

/** Declared and not set, in the order of the declaration. */
export function missingSecrets(version: WorkerVersion, { secrets }: TenantSecrets): string[] {
  return declaredBy(version).filter((name) => secrets.every((one) => one.name !== name));
}

/** Set as secrets and meant as vars. */
export function clashingSecrets(version: WorkerVersion, { secrets }: TenantSecrets): string[] {
  return varsOf(version).filter((name) => secrets.some((one) => one.name === name));
}

/** A state that was cached before there were secrets has none of these two. */
export function declaredBy({ secrets = [] }: Partial<WorkerVersion>): readonly string[] {
  return secrets;
}

function varsOf({ vars = [] }: Partial<WorkerVersion>): readonly string[] {
  return vars;
}
