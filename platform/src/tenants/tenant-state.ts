// What a tenant's control-plane facts add up to. Pure: `evolve` folds one fact into the state, and
// knows nothing of storage, Workflows or HTTP.
import type { Fact } from '@z0-app/sdk';

export type TenantStatus =
  | 'provisioning'
  | 'active'
  | 'suspended'
  | 'failed'
  | 'deleting'
  | 'deleted';

export type StepStatus = 'pending' | 'running' | 'succeeded' | 'failed' | 'undone';

/** One step of a run. Times are RFC 3339; `null` until it happened. */
export type Step = {
  name: string;
  status: StepStatus;
  started_at: string | null;
  ended_at: string | null;
  error: string | null;
};

/** One run of a tenant Workflow; `id` is the Workflow's instance id. */
export type Run = {
  id: string;
  status: 'queued' | 'running' | 'succeeded' | 'failed';
  error: string | null;
  steps: Step[];
};

export type TenantKey = {
  id: string;
  /** SHA-256 of the secret, hex. The secret itself is not kept anywhere. */
  secret_hash: string;
  label: string | null;
  created_at: string;
  revoked_at: string | null;
  /** The scoped Idempotency-Key of the request that made it, if it carried one. */
  request_key: string | null;
};

export type TenantState = {
  id: string;
  name: string;
  plan: string;
  status: TenantStatus;
  created_at: string;
  updated_at: string;
  /** Runs started so far, both ways; part of every run's id. */
  runs: number;
  provisioning: Run;
  deprovisioning: Run | null;
  /** Version of the tenant template its Worker was last uploaded from; `null` when unknown. */
  artefact: string | null;
  keys: TenantKey[];
  /** Position of the last fact folded in. */
  seq: number;
};

export const PROVISION_STEPS = ['reserve', 'keys', 'upload', 'route', 'smoke', 'active'] as const;
export const DEPROVISION_STEPS = ['route', 'script', 'deleted'] as const;
export type StepName = (typeof PROVISION_STEPS)[number] | (typeof DEPROVISION_STEPS)[number];

/** Two, so that a key can be rotated without a gap. */
export const MAX_LIVE_KEYS = 2;

/** The run that may act on the tenant now; none when it is settled. */
export function currentRun(state: TenantState): Run | undefined {
  if (state.status === 'provisioning') return state.provisioning;
  return state.status === 'deleting' ? (state.deprovisioning ?? undefined) : undefined;
}

export function liveKeys(state: TenantState): TenantKey[] {
  return state.keys.filter((key) => key.revoked_at === null);
}

/** The state after `fact`; facts this ledger's vocabulary does not know change nothing. */
export function evolve(state: TenantState | undefined, fact: Fact): TenantState | undefined {
  const data = textFields(fact);
  const kind = `${fact.type}/${fact.subtype ?? ''}`;
  if (kind === 'tenant/requested') return requested(state, fact, data);
  if (state === undefined) return undefined;
  const next = apply(state, kind, fact.timestamp, data);
  return next === undefined
    ? { ...state, seq: fact.seq }
    : { ...next, updated_at: fact.timestamp, seq: fact.seq };
}

function apply(
  state: TenantState,
  kind: string,
  at: string,
  data: Record<string, string>,
): TenantState | undefined {
  switch (kind) {
    case 'tenant/activated':
      return { ...endRun(state, 'succeeded', null), status: 'active' };
    case 'tenant/failed':
      return { ...endRun(state, 'failed', data['error'] ?? null), status: 'failed' };
    case 'tenant/suspended':
      return { ...state, status: 'suspended' };
    case 'tenant/resumed':
      return { ...state, status: 'active' };
    case 'tenant/plan_changed':
      return { ...state, plan: data['plan'] ?? state.plan };
    case 'tenant/deletion_requested':
      return startDeletion(state);
    case 'tenant/run_restarted':
      return restartRun(state);
    case 'tenant/deleted':
      return {
        ...endRun(state, 'succeeded', null),
        status: 'deleted',
        keys: state.keys.map((key) => ({ ...key, revoked_at: key.revoked_at ?? at })),
      };
    case 'artefact/uploaded':
      return { ...state, artefact: data['version'] ?? null };
    case 'version/activated':
      return { ...state, artefact: data['template_version'] ?? state.artefact };
    case 'key/created':
      return { ...state, keys: [...state.keys, newKey(at, data)] };
    case 'key/revoked':
      return {
        ...state,
        keys: state.keys.map((key) =>
          key.id === data['key_id'] ? { ...key, revoked_at: at } : key,
        ),
      };
    default:
      return kind.startsWith('step/') ? stepChanged(state, kind.slice(5), at, data) : undefined;
  }
}

function requested(
  state: TenantState | undefined,
  fact: Fact,
  data: Record<string, string>,
): TenantState {
  const runs = (state?.runs ?? 0) + 1;
  return {
    id: fact.entity_id,
    name: data['name'] ?? '',
    plan: data['plan'] ?? '',
    status: 'provisioning',
    created_at: state?.created_at ?? fact.timestamp,
    updated_at: fact.timestamp,
    runs,
    provisioning: newRun(`provision_${fact.entity_id}_${runs}`, PROVISION_STEPS),
    deprovisioning: null,
    artefact: state?.artefact ?? null,
    keys: state?.keys ?? [],
    seq: fact.seq,
  };
}

function startDeletion(state: TenantState): TenantState {
  const runs = state.runs + 1;
  const run = newRun(`deprovision_${state.id}_${runs}`, DEPROVISION_STEPS);
  return { ...state, status: 'deleting', runs, deprovisioning: run };
}

/** A run that died without ending is followed by a new one, under a new id. */
function restartRun(state: TenantState): TenantState {
  const runs = state.runs + 1;
  if (state.status === 'deleting') return startDeletion(state);
  const provisioning = newRun(`provision_${state.id}_${runs}`, PROVISION_STEPS);
  return { ...state, runs, provisioning };
}

function newRun(id: string, names: readonly StepName[]): Run {
  const steps = names.map((name): Step => {
    return { name, status: 'pending', started_at: null, ended_at: null, error: null };
  });
  return { id, status: 'queued', error: null, steps };
}

function withRun(state: TenantState, change: (run: Run) => Run): TenantState {
  if (state.status !== 'deleting') {
    return { ...state, provisioning: change(state.provisioning) };
  }
  return state.deprovisioning === null
    ? state
    : { ...state, deprovisioning: change(state.deprovisioning) };
}

function endRun(state: TenantState, status: Run['status'], error: string | null): TenantState {
  return withRun(state, (run) => ({ ...run, status, error }));
}

function stepChanged(
  state: TenantState,
  phase: string,
  at: string,
  data: Record<string, string>,
): TenantState {
  const change = (step: Step): Step => {
    if (step.name !== data['step']) return step;
    if (phase === 'started') {
      return { ...step, status: 'running', started_at: at, ended_at: null, error: null };
    }
    if (phase === 'failed') {
      return { ...step, status: 'failed', ended_at: at, error: data['error'] ?? null };
    }
    return { ...step, status: phase === 'undone' ? 'undone' : 'succeeded', ended_at: at };
  };
  return withRun(state, (run) => {
    return { ...run, status: 'running', steps: run.steps.map(change) };
  });
}

function newKey(at: string, data: Record<string, string>): TenantKey {
  return {
    id: data['key_id'] ?? '',
    secret_hash: data['secret_hash'] ?? '',
    label: data['label'] ?? null,
    created_at: at,
    revoked_at: null,
    request_key: data['request_key'] ?? null,
  };
}

/** All of this ledger's facts carry flat string fields (`tenant-facts.ts`). */
function textFields(fact: Fact): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(fact.data)) {
    if (typeof value === 'string') fields[name] = value;
  }
  return fields;
}
