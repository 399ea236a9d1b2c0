// The vocabulary of a tenant's versions on its control-plane ledger: how each fact is written, and
// when it is refused. Pure; `version-state.ts` says what each fact means.
import type { Fact, FactInput, JsonObject } from '@z0-app/sdk';
import type { TenantState } from '../tenants/tenant-state.ts';
import { HEALTH_GATE } from './health/health-state.ts';
import {
  type Activation,
  liveName,
  runningActivation,
  type TenantVersions,
  type UploadedVersion,
  watchedActivation,
} from './version-state.ts';

export type ActivationStep = 'preview' | 'upload' | 'smoke' | 'delete' | 'active';
export type ActivationPhase = 'started' | 'succeeded' | 'failed' | 'undone';

/** What an activation is asked for with. */
export interface ActivationRequest {
  /** `null` for the template alone, without code of the tenant. */
  readonly version_id: string | null;
  /** What the caller takes to be live; `null` for the template as it is. */
  readonly expected_active?: string | null;
  /** Who asked, unless that was the operator. */
  readonly principal?: string;
  /** Why, in a sentence; of who rolls back by itself. */
  readonly cause?: string;
  /** The version's id once more: what its preview differs in is accepted. */
  readonly accept_differences?: string;
}

/** What became of an activation that failed; `code` where it is one of its own. */
export interface ActivationFailure {
  readonly error: string;
  readonly restored: boolean;
  readonly code?: 'preview_differs';
}

/** How long what becomes live is watched. */
export interface HealthWatch {
  readonly window_seconds: number;
  readonly check_seconds: number;
}

/** How a watch ends. */
export interface HealthJudgement {
  /** Of `Activation`. */
  readonly activation: string;
  readonly verdict: 'passed' | 'rolling_back' | 'failing';
  readonly text?: string;
  /** What was counted before and since. */
  readonly before: JsonObject;
  readonly after: JsonObject;
}

export const versionFacts = {
  uploaded: (version: UploadedVersion): FactInput => ofVersion('uploaded', { ...version }),
  activationRequested: (request: ActivationRequest): FactInput => {
    return ofVersion('activation_requested', { ...request });
  },
  activated: (
    { run, from, to }: Activation,
    templateVersion: string,
    watch?: HealthWatch,
  ): FactInput => {
    const watched = watch && {
      watch_seconds: watch.window_seconds,
      check_seconds: watch.check_seconds,
    };
    return ofVersion('activated', { run, from, to, template_version: templateVersion, ...watched });
  },
  healthJudged: (judgement: HealthJudgement): FactInput => {
    return ofVersion('health_judged', { ...judgement, principal: HEALTH_GATE });
  },
  /** `restored`: what was live before is live. */
  activationFailed: (
    { run, from, to }: Activation,
    { error, restored, code }: ActivationFailure,
  ): FactInput => {
    return ofVersion('activation_failed', {
      run,
      from,
      to,
      error,
      restored,
      ...(code && { code }),
    });
  },
  /** Somebody read what `preview_id` differs in, or did not care to. */
  differencesAccepted: (
    { run, to, by = 'operator' }: Activation,
    preview_id: string,
  ): FactInput => {
    return ofVersion('differences_accepted', { run, version_id: to, preview_id, accepted_by: by });
  },
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
    return `${liveName(running.to)} is being made live (${running.id}); delete the tenant after that.`;
  }
  if (fact.type !== 'version' && fact.type !== 'activation') return undefined;
  if (kind === 'version/uploaded') {
    return statusRefusal(tenant) ?? duplicateRefusal(versions, fact.data);
  }
  if (kind === 'version/activation_requested') {
    return statusRefusal(tenant) ?? requestRefusal(versions, fact.data);
  }
  if (kind === 'version/health_judged') return judgementRefusal(versions, fact.data);
  if (running !== undefined && running.run === fact.data['run']) return undefined;
  return 'The run is over.';
}

/** Judged once, and only what is live: whoever made something else live was first. */
function judgementRefusal(versions: TenantVersions, data: JsonObject): string | undefined {
  const watched = watchedActivation(versions);
  const isIdle = runningActivation(versions) === undefined;
  const isLive = watched?.to === versions.active;
  if (isIdle && isLive && watched?.id === data['activation']) return undefined;
  return 'It is not watched any more.';
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
    return `${liveName(running.to)} is being made live (${running.id}); ask again when it is settled.`;
  }
  const expected = data['expected_active'];
  if (expected !== undefined && expected !== versions.active) {
    return `${liveName(versions.active)} is live now, and that was not expected; read the versions and decide again.`;
  }
  const { version_id: wanted } = data;
  const known = wanted === null || versions.versions.some(({ id }) => id === wanted);
  return known ? undefined : 'There is no such version.';
}
