// What the facts about a tenant's own code add up to: its versions, which one is live, and what
// became of activations. Pure; it knows nothing of storage, Workflows or HTTP.
import type { Fact, JsonValue } from '@z0-app/sdk';
import * as z from 'zod';

const describedClass = z.object({
  name: z.string(),
  kind: z.enum(['entity', 'system', 'tenant_system', 'other']),
  type: z.string(),
  prefix: z.string(),
  from: z.enum(['custom', 'template']),
});

/** What `version/uploaded` carries; the fact's own time and id are not part of it. */
export const uploadedVersion = z.object({
  version_id: z.string(),
  content_hash: z.string(),
  author: z.string(),
  message: z.string().nullable(),
  template_version: z.string(),
  sdk_version: z.string(),
  /** All that its Worker has, the template's too. */
  classes: z.array(describedClass),
  has_fetch: z.boolean(),
  delete_classes: z.array(z.string()),
  size_bytes: z.int(),
  checks: z.array(z.string()),
  request_key: z.string().nullable(),
});

export type UploadedVersion = z.infer<typeof uploadedVersion>;

export type WorkerVersion = Omit<UploadedVersion, 'version_id'> & {
  id: string;
  created_at: string;
  /** When it first became live. Only then are the classes deleted that it names. */
  activated_at: string | null;
};

export type Activation = {
  /** The same however often its run had to be replaced. */
  id: string;
  /** Id of the Workflow instance in charge. */
  run: string;
  attempts: number;
  from: string | null;
  to: string;
  status: 'running' | 'succeeded' | 'failed';
  /** The last moment told, such as `upload started`. */
  step: string | null;
  error: string | null;
  /** Of one that failed: whether what was live before is live. */
  restored: boolean;
  started_at: string;
  updated_at: string;
  ended_at: string | null;
};

export type TenantVersions = {
  /** The latest `KEPT_VERSIONS`, oldest first, and the live one. */
  versions: WorkerVersion[];
  /** `null` while the tenant runs the template as it is. */
  active: string | null;
  /** The latest ones, oldest first; only the last can be running. */
  activations: Activation[];
  /** Activations so far; part of every activation's id. */
  count: number;
  /** Classes whose data was deleted, by which version and when. */
  deletions: { name: string; version_id: string; at: string }[];
};

export const NO_VERSIONS: TenantVersions = {
  versions: [],
  active: null,
  activations: [],
  count: 0,
  deletions: [],
};

/** Versions that can be activated; older ones are history: their facts stay. */
const KEPT_VERSIONS = 200;
/** Of all of them as JSON: a cached value may have a megabyte, and a character three bytes. */
const KEPT_CHARACTERS = 250_000;
const KEPT_ACTIVATIONS = 20;
const KEPT_DELETIONS = 100;

export function runningActivation({ activations }: TenantVersions): Activation | undefined {
  const last = activations.at(-1);
  return last?.status === 'running' ? last : undefined;
}

/** The state after `fact`; the very same one when the fact says nothing of versions. */
export function evolveVersions(state: TenantVersions, fact: Fact): TenantVersions {
  const { timestamp: at, data } = fact;
  switch (`${fact.type}/${fact.subtype ?? ''}`) {
    case 'version/uploaded':
      return uploaded(state, at, data);
    case 'version/activation_requested':
      return requested(state, fact);
    case 'version/activated':
      return activated(state, at);
    case 'version/activation_failed':
      return ended(state, {
        status: 'failed',
        error: text(data['error']),
        restored: data['restored'] !== false,
        at,
      });
    case 'activation/restarted':
      return change(state, (running) => ({
        ...running,
        attempts: running.attempts + 1,
        run: `${running.id}_${running.attempts + 1}`,
        step: null,
        updated_at: at,
      }));
    default:
      if (fact.type !== 'activation') return state;
      return change(state, (running) => ({
        ...running,
        step: `${text(data['step']) ?? ''} ${fact.subtype ?? ''}`,
        updated_at: at,
      }));
  }
}

function uploaded(state: TenantVersions, at: string, data: Fact['data']): TenantVersions {
  const { version_id: id, ...rest } = uploadedVersion.parse(data);
  const all = [...state.versions, { id, created_at: at, activated_at: null, ...rest }];
  return { ...state, versions: keepLatest(all, [state.active, runningActivation(state)?.to, id]) };
}

/** The newest of `all`, as many as there is room for, and those of `bound` whatever their age. */
function keepLatest(
  all: readonly WorkerVersion[],
  bound: readonly (string | null | undefined)[],
): WorkerVersion[] {
  const kept: WorkerVersion[] = [];
  let room = KEPT_CHARACTERS;
  for (const version of all.toReversed()) {
    room -= JSON.stringify(version).length;
    const fits = room >= 0 && kept.length < KEPT_VERSIONS;
    if (fits || bound.includes(version.id)) kept.unshift(version);
  }
  return kept;
}

function requested(state: TenantVersions, fact: Fact): TenantVersions {
  const count = state.count + 1;
  const id = `activation_${fact.entity_id}_${count}`;
  const at = fact.timestamp;
  const activation: Activation = {
    id,
    run: `${id}_1`,
    attempts: 1,
    from: state.active,
    to: text(fact.data['version_id']) ?? '',
    status: 'running',
    step: null,
    error: null,
    restored: true,
    started_at: at,
    updated_at: at,
    ended_at: null,
  };
  return {
    ...state,
    count,
    activations: [...state.activations, activation].slice(-KEPT_ACTIVATIONS),
  };
}

function activated(state: TenantVersions, at: string): TenantVersions {
  const to = runningActivation(state)?.to;
  const version = state.versions.find(({ id }) => id === to);
  if (version === undefined) return state;
  const isFirst = version.activated_at === null;
  const deleted = isFirst ? version.delete_classes : [];
  const deletions = deleted.map((name) => ({ name, version_id: version.id, at }));
  return {
    ...ended(state, { status: 'succeeded', error: null, restored: true, at }),
    active: version.id,
    versions: state.versions.map((one) =>
      isFirst && one.id === version.id ? { ...one, activated_at: at } : one,
    ),
    deletions: [...state.deletions, ...deletions].slice(-KEPT_DELETIONS),
  };
}

function ended(
  state: TenantVersions,
  { at, ...end }: Pick<Activation, 'status' | 'error' | 'restored'> & { at: string },
): TenantVersions {
  return change(state, (running) => ({ ...running, ...end, updated_at: at, ended_at: at }));
}

function change(state: TenantVersions, next: (running: Activation) => Activation): TenantVersions {
  const running = runningActivation(state);
  if (running === undefined) return state;
  return { ...state, activations: [...state.activations.slice(0, -1), next(running)] };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
