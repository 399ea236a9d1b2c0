// The vocabulary of a tenant's versions on its control-plane ledger: how each fact is written, and
// when it is refused. Pure; `version-state.ts` says what each fact means.
import type { Fact, FactInput, JsonObject } from '@z0-app/sdk';
import type { TenantState } from '../tenants/tenant-state.ts';
import {
  type Activation,
  runningActivation,
  type TenantVersions,
  type UploadedVersion,
} from './version-state.ts';

export type ActivationStep = 'upload' | 'smoke' | 'delete' | 'active';
export type ActivationPhase = 'started' | 'succeeded' | 'failed' | 'undone';

/** What an activation is asked for with. */
export interface ActivationRequest {
  readonly version_id: string;
  /** What the caller takes to be live; `null` for the template as it is. */
  readonly expected_active?: string | null;
  /** Who asked, unless that was the operator. */
  readonly principal?: string;
}

export const versionFacts = {
  uploaded: (version: UploadedVersion): FactInput => ofVersion('uploaded', { ...version }),
  activationRequested: (request: ActivationRequest): FactInput => {
    return ofVersion('activation_requested', { ...request });
  },
  activated: ({ run, from, to }: Activation, templateVersion: string): FactInput => {
    return ofVersion('activated', { run, from, to, template_version: templateVersion });
  },
  /** `restored`: what was live before is live. */
  activationFailed: (
    { run, from, to }: Activation,
    { error, restored }: { error: string; restored: boolean },
  ): FactInput => ofVersion('activation_failed', { run, from, to, error, restored }),
  step: (run: string, step: ActivationStep, phase: ActivationPhase, error?: string): FactInput => {
    return { type: 'activation', subtype: phase, data: { run, step, ...(error && { error }) } };
  },
  restarted: (run: string, cause: string): FactInput => {
    return { type: 'activation', subtype: 'restarted', data: { run, cause } };
  },
};

function ofVersion(subtype: string, data: JsonObject): FactInput {
  return { type: 'version', subtype, data };
}

/** Why `fact` may not follow, in a sentence for whoever asked; `undefined` when it may. */
export function versionRefusal(
  tenant: TenantState | undefined,
  versions: TenantVersions,
  fact: Pick<Fact, 'type' | 'subtype' | 'data'>,
): string | undefined {
  const kind = `${fact.type}/${fact.subtype ?? ''}`;
  const running = runningActivation(versions);
  if (kind === 'tenant/deletion_requested' && running !== undefined) {
    return `${running.to} is being made live (${running.id}); delete the tenant after that.`;
  }
  if (fact.type !== 'version' && fact.type !== 'activation') return undefined;
  if (kind === 'version/uploaded') {
    return statusRefusal(tenant) ?? duplicateRefusal(versions, fact.data);
  }
  if (kind === 'version/activation_requested') {
    return statusRefusal(tenant) ?? requestRefusal(versions, fact.data);
  }
  if (running !== undefined && running.run === fact.data['run']) return undefined;
  return 'The run is over.';
}

function statusRefusal(tenant: TenantState | undefined): string | undefined {
  if (tenant === undefined) return 'The tenant was never requested.';
  if (tenant.status === 'active') return undefined;
  const next = tenant.status === 'suspended' ? ' Resume it first.' : '';
  return `The tenant is ${tenant.status}; only an active one takes code.${next}`;
}

/** Two uploads of the same code at once: the second is told of the first. */
function duplicateRefusal(versions: TenantVersions, data: JsonObject): string | undefined {
  const { content_hash, template_version } = data;
  const same = versions.versions.some(
    (one) => one.content_hash === content_hash && one.template_version === template_version,
  );
  return same ? 'This code is a version already.' : undefined;
}

function requestRefusal(versions: TenantVersions, data: JsonObject): string | undefined {
  const running = runningActivation(versions);
  if (running !== undefined) {
    return `${running.to} is being made live (${running.id}); ask again when it is settled.`;
  }
  const expected = data['expected_active'];
  if (expected !== undefined && expected !== versions.active) {
    const live = versions.active ?? 'The template without code of the tenant';
    return `${live} is live now, and that was not expected; read the versions and decide again.`;
  }
  const known = versions.versions.some(({ id }) => id === data['version_id']);
  return known ? undefined : 'There is no such version.';
}
