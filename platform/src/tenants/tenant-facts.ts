// The vocabulary of a tenant's control-plane ledger: how each fact is written, and when it is
// refused. Pure; `tenant-state.ts` says what each fact means.
import type { Fact, FactInput } from '@z0-app/sdk';
import {
  currentRun,
  liveKeys,
  MAX_LIVE_KEYS,
  type StepName,
  type TenantState,
} from './tenant-state.ts';

export type StepPhase = 'started' | 'succeeded' | 'failed' | 'undone';

/** The type of the fact that says that the operator looked at what is the tenant's. */
export const OPERATOR_ACCESS = 'operator_access';

/** What the operator looked at. */
export type OperatorAccess = {
  /** `*` for the list of all entities. */
  readonly entity_id: string;
  /** Which page of the dashboard. */
  readonly page: string;
  readonly principal: string;
};

export const tenantFacts = {
  requested: (data: { name: string; plan: string }): FactInput => tenant('requested', data),
  suspended: (): FactInput => tenant('suspended', {}),
  resumed: (): FactInput => tenant('resumed', {}),
  planChanged: (plan: string): FactInput => tenant('plan_changed', { plan }),
  deletionRequested: (): FactInput => tenant('deletion_requested', {}),
  runRestarted: (run: string, cause: string): FactInput => tenant('run_restarted', { run, cause }),
  activated: (run: string): FactInput => tenant('activated', { run }),
  failed: (run: string, error: string): FactInput => tenant('failed', { run, error }),
  deleted: (run: string): FactInput => tenant('deleted', { run }),
  step: (run: string, step: StepName, phase: StepPhase, error?: string): FactInput => {
    return { type: 'step', subtype: phase, data: { run, step, ...(error && { error }) } };
  },
  uploaded: (run: string, version: string): FactInput => {
    return { type: 'artefact', subtype: 'uploaded', data: { run, version } };
  },
  keyCreated: (key: {
    key_id: string;
    secret_hash: string;
    label?: string;
    request_key?: string;
    principal?: string;
  }): FactInput => ({ type: 'key', subtype: 'created', data: { ...key } }),
  /** `principal` is who did it, unless that was the operator. */
  keyRevoked: (keyId: string, principal?: string): FactInput => {
    const data = { key_id: keyId, ...(principal !== undefined && { principal }) };
    return { type: 'key', subtype: 'revoked', data };
  },
  operatorAccess: (access: OperatorAccess): FactInput => {
    return { type: OPERATOR_ACCESS, data: { ...access } };
  },
};

function tenant(subtype: string, data: Record<string, string>): FactInput {
  return { type: 'tenant', subtype, data };
}

/** The SDK's own facts, such as the entity's creation, are the SDK's to judge. */
const OWN_TYPES: ReadonlySet<string> = new Set(['tenant', 'step', 'artefact', 'key']);

/** What a rule looks at: nothing that only the ledger assigns. */
type Said = Pick<Fact, 'type' | 'subtype' | 'data'>;

/** Why `fact` may not follow on `state`, in a sentence for the operator; `undefined` when it may. */
export function refusalOf(state: TenantState | undefined, fact: Said): string | undefined {
  if (!OWN_TYPES.has(fact.type)) return undefined;
  const kind = `${fact.type}/${fact.subtype ?? ''}`;
  if (kind === 'tenant/requested') {
    if (state === undefined || state.status === 'failed') return undefined;
    return `The tenant ${state.id} exists (${state.status}); ids are never used twice.`;
  }
  if (state === undefined) return 'The tenant was never requested.';
  if (fact.type === 'step' || fact.type === 'artefact') return runRefusal(state, fact);
  if (fact.type === 'key') return keyRefusal(state, fact);
  switch (kind) {
    case 'tenant/suspended':
      return allowed(state, ['active'], 'suspended');
    case 'tenant/resumed':
      return allowed(state, ['suspended'], 'resumed');
    case 'tenant/plan_changed':
      return allowed(state, ['active', 'suspended'], 'given another plan');
    case 'tenant/deletion_requested':
      return allowed(state, ['active', 'suspended', 'failed'], 'deleted');
    case 'tenant/activated':
    case 'tenant/failed':
      return allowed(state, ['provisioning'], 'settled') ?? runRefusal(state, fact);
    case 'tenant/deleted':
      return allowed(state, ['deleting'], 'settled') ?? runRefusal(state, fact);
    case 'tenant/run_restarted':
      return runRefusal(state, fact);
    default:
      return undefined;
  }
}

function allowed(
  state: TenantState,
  from: readonly TenantState['status'][],
  verb: string,
): string | undefined {
  if (from.includes(state.status)) return undefined;
  return `A tenant that is ${state.status} cannot be ${verb}; only one that is ${from.join(' or ')}.`;
}

/** A Workflow that was replaced, or outlived its tenant, must not write its story any more. */
function runRefusal(state: TenantState, fact: Said): string | undefined {
  const run = currentRun(state);
  if (run !== undefined && run.id === fact.data['run']) return undefined;
  return `The run is over; the tenant is ${state.status}.`;
}

function keyRefusal(state: TenantState, fact: Said): string | undefined {
  if (state.status === 'deleting' || state.status === 'deleted') {
    return `The tenant is ${state.status}; its keys cannot change.`;
  }
  if (fact.subtype === 'created') {
    return liveKeys(state).length < MAX_LIVE_KEYS
      ? undefined
      : `The tenant has ${MAX_LIVE_KEYS} live keys; revoke one first.`;
  }
  const key = state.keys.find((candidate) => candidate.id === fact.data['key_id']);
  return key?.revoked_at === null ? undefined : 'The key is not live.';
}
