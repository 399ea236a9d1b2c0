// What the facts about a tenant's own code add up to: its versions, which one is live, and what
// became of activations. Pure; it knows nothing of storage, Workflows or HTTP.
import type { Fact, JsonValue } from '@z0-app/sdk';
import * as z from 'zod';
import { runSettings } from '../schedules/run-settings.ts';
import { HEALTH_GATE, type Health } from './health/health-state.ts';

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
  // Facts from before there were secrets do not name them.
  secrets: z.array(z.string()).default([]),
  /** Names alone; their texts are in the manifest. */
  vars: z.array(z.string()).default([]),
  ...runSettings,
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
  /** Version ids; `null` is the template without code of the tenant. */
  from: string | null;
  to: string | null;
  status: 'running' | 'succeeded' | 'failed';
  /** The last moment told, such as `upload started`. */
  step: string | null;
  error: string | null;
  /** Of one that failed: whether what was live before is live. */
  restored: boolean;
  /** Who asked for it, when that was not the operator, and why, when that was said. */
  by?: string;
  cause?: string;
  /** Whether what its preview differs in was accepted with the request. */
  accepts_differences?: true;
  /** Of one that failed in a way of its own. */
  code?: 'preview_differs';
  /** Since it succeeded, where what became live is watched. */
  health?: Health;
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
/** How often what is watched is looked at, unless the fact says. */
const DEFAULT_CHECK_SECONDS = 15;
const KEPT_ACTIVATIONS = 20;
const KEPT_DELETIONS = 100;

export function runningActivation({ activations }: TenantVersions): Activation | undefined {
  const last = activations.at(-1);
  return last?.status === 'running' ? last : undefined;
}

/** What stands in a sentence for a version, or for none. */
export function liveName(id: string | null): string {
  return id ?? 'The template without code of the tenant';
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
      return activated(state, at, data);
    case 'version/activation_failed':
      return failed(state, at, data);
    case 'version/health_judged':
      return judged(state, at, data);
    case 'tenant/deletion_requested':
      return endHealth(state, 'superseded', at);
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
  const last = state.activations.at(-1);
  const bound = [state.active, last?.from, last?.to, id];
  return { ...state, versions: keepLatest(all, bound) };
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
  const { timestamp: at, data } = fact;
  const [by, cause] = [text(data['principal']), text(data['cause'])];
  const activation: Activation = {
    id,
    run: `${id}_1`,
    attempts: 1,
    from: state.active,
    to: text(data['version_id']),
    status: 'running',
    step: null,
    error: null,
    restored: true,
    ...(by !== null && { by }),
    ...(cause !== null && { cause }),
    ...(text(data['accept_differences']) !== null && { accepts_differences: true }),
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

function activated(given: TenantVersions, at: string, data: Fact['data']): TenantVersions {
  const running = runningActivation(given);
  if (running === undefined) return given;
  const isBack = running.by === HEALTH_GATE;
  const state = endHealth(given, isBack ? 'rolled_back' : 'superseded', at);
  const health = watchFrom(at, data);
  const end = { status: 'succeeded', error: null, restored: true, at, health } as const;
  if (running.to === null) return { ...ended(state, end), active: null };
  const version = state.versions.find(({ id }) => id === running.to);
  if (version === undefined) return state;
  const isFirst = version.activated_at === null;
  const deleted = isFirst ? version.delete_classes : [];
  const deletions = deleted.map((name) => ({ name, version_id: version.id, at }));
  return {
    ...ended(state, end),
    active: version.id,
    versions: state.versions.map((one) =>
      isFirst && one.id === version.id ? { ...one, activated_at: at } : one,
    ),
    deletions: [...state.deletions, ...deletions].slice(-KEPT_DELETIONS),
  };
}

function failed(given: TenantVersions, at: string, data: Fact['data']): TenantVersions {
  const running = runningActivation(given);
  const error = text(data['error']);
  const state =
    running?.by === HEALTH_GATE
      ? endHealth(given, 'rollback_failed', at, error)
      : watchedAgain(given, at);
  const code = data['code'] === 'preview_differs' ? data['code'] : undefined;
  const restored = data['restored'] !== false;
  return ended(state, { status: 'failed', error, restored, at, ...(code && { code }) });
}

interface End extends Pick<Activation, 'status' | 'error' | 'restored' | 'code'> {
  readonly at: string;
  readonly health?: Health | undefined;
}

function ended(state: TenantVersions, { at, health, ...end }: End): TenantVersions {
  return change(state, (running) => {
    return { ...running, ...end, ...(health && { health }), updated_at: at, ended_at: at };
  });
}

/** The activation of what is live, while that is watched; also while another one runs. */
export function watchedActivation(state: TenantVersions): Activation | undefined {
  return state.activations.findLast(({ health }) => health?.status === 'watching');
}

/** What the fact of an activation says of how long it is watched; old ones say nothing. */
function watchFrom(at: string, data: Fact['data']): Health | undefined {
  const { watch_seconds: seconds, check_seconds: check } = data;
  if (typeof seconds !== 'number' || seconds <= 0) return undefined;
  const until = new Date(Date.parse(at) + seconds * 1_000).toISOString();
  const check_seconds = typeof check === 'number' && check > 0 ? check : DEFAULT_CHECK_SECONDS;
  return { status: 'watching', since: at, until, check_seconds, text: null, ended_at: null };
}

/** What was live is so again, after other code was tried: only what follows counts. */
function watchedAgain(state: TenantVersions, at: string): TenantVersions {
  return changeHealth(state, ['watching'], (health) => ({ ...health, since: at }));
}

/** Ends what was watched, or on its way back, as something else became live or could not. */
function endHealth(
  state: TenantVersions,
  status: 'rolled_back' | 'rollback_failed' | 'superseded',
  at: string,
  error: string | null = null,
): TenantVersions {
  const open = status === 'superseded' ? 'watching' : 'rolling_back';
  return changeHealth(state, [open], (health) => {
    const cause = [health.text, error].filter((part) => part !== null).join('; ');
    return { ...health, status, text: cause === '' ? null : cause, ended_at: at };
  });
}

function judged(state: TenantVersions, at: string, data: Fact['data']): TenantVersions {
  const verdict = data['verdict'];
  if (verdict !== 'passed' && verdict !== 'rolling_back' && verdict !== 'failing') return state;
  return changeHealth(state, ['watching'], (health) => {
    return { ...health, status: verdict, text: text(data['text']), ended_at: at };
  });
}

function changeHealth(
  state: TenantVersions,
  open: readonly Health['status'][],
  next: (health: Health) => Health,
): TenantVersions {
  const isOpen = (health: Health | undefined) =>
    health !== undefined && open.includes(health.status);
  if (!state.activations.some(({ health }) => isOpen(health))) return state;
  const activations = state.activations.map((one) =>
    one.health !== undefined && isOpen(one.health) ? { ...one, health: next(one.health) } : one,
  );
  return { ...state, activations };
}

function change(state: TenantVersions, next: (running: Activation) => Activation): TenantVersions {
  const running = runningActivation(state);
  if (running === undefined) return state;
  return { ...state, activations: [...state.activations.slice(0, -1), next(running)] };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
