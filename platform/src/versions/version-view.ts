// What the API shows of a tenant's versions: the schemas, and how state becomes them. Pure; the code
// of a version is shown by its own route alone.
import * as z from 'zod';
import { OPERATOR } from '../http/operator-auth.ts';
import { manifestRuns, runSettingsView } from '../schedules/run-settings.ts';
import { declaredBy } from '../tenant-secrets/secret-facts.ts';
import { HEALTH_STATUSES, type Health, healthText } from './health/health-state.ts';
import type { Activation, TenantVersions, WorkerVersion } from './version-state.ts';
import { cannotUndoNow } from './what-stays.ts';

const time = z.iso.datetime({ offset: true });

export const describedClass = z.object({
  name: z.string(),
  type: z.string(),
  prefix: z.string().meta({ description: 'Of entity ids, without the underscore.' }),
});

export const healthView = z
  .object({
    status: z.enum(HEALTH_STATUSES),
    since: time,
    until: time,
    text: z.string().meta({ description: 'The same as a sentence, with the figures.' }),
    ended_at: time.nullable(),
  })
  .meta({
    id: 'VersionHealth',
    description: 'What the dispatcher counted since it became live, against the tenant’s budget.',
  });

const versionFields = {
  object: z.literal('worker_version'),
  id: z.string(),
  tenant_id: z.string(),
  content_hash: z.string().meta({ description: 'SHA-256 of manifest and modules, hex.' }),
  created_at: time,
  author: z.string(),
  message: z.string().nullable(),
  template_version: z.string(),
  sdk_version: z.string(),
  classes: z.array(describedClass),
  secrets: z
    .array(z.string())
    .meta({ description: 'Declared in the manifest; the version is not live without them.' }),
  ...runSettingsView,
  size_bytes: z.int(),
  checks: z.array(z.object({ name: z.string(), status: z.literal('passed') })),
  active: z.boolean(),
  activated_at: time
    .nullable()
    .meta({ description: 'When it first became live; null: it never was.' }),
  cannot_undo: z.array(z.string()).meta({
    description: 'What going back cannot bring back, or making it live would take.',
  }),
  health: healthView
    .nullable()
    .meta({ description: 'Of its last time live; null: it was not watched, or long ago.' }),
};

export const versionView = z.object(versionFields).meta({ id: 'WorkerVersion' });

export const activationView = z
  .object({
    id: z.string(),
    from: z.string().nullable().meta({ description: 'What was live before, said the same way.' }),
    to: z.string().nullable().meta({ description: '`null`: the template without own code.' }),
    status: z.enum(['running', 'succeeded', 'failed']),
    error: z.string().nullable(),
    started_at: time,
    ended_at: time.nullable(),
    by: z.string().meta({ description: 'Who asked; `health-gate`: the platform by itself.' }),
    health: healthView.nullable(),
  })
  .meta({ id: 'Activation' });

const activatedFields = {
  cannot_undo: versionFields.cannot_undo,
  kept_classes: z.array(z.string()).meta({
    description: 'Deployed with their data and served to nobody, as this is live without them.',
  }),
  activation: activationView.nullable().meta({ description: 'The run that made it live.' }),
};

export const activatedView = z
  .object({ ...versionFields, ...activatedFields })
  .meta({ id: 'ActivatedWorkerVersion' });

export const activatedTemplateView = z
  .object({
    object: z.literal('worker_template'),
    tenant_id: z.string(),
    active: z.boolean(),
    ...activatedFields,
  })
  .meta({ id: 'ActivatedWorkerTemplate' });

export const versionModulesView = z
  .object({
    object: z.literal('worker_version_modules'),
    version_id: z.string(),
    content_hash: z.string(),
    manifest: z.object({
      main_module: z.string(),
      delete_classes: z.array(z.string()).optional(),
      vars: z.record(z.string(), z.string()).optional(),
      secrets: z.array(z.string()).optional(),
      ...manifestRuns,
    }),
    modules: z.array(z.object({ name: z.string(), content: z.string() })),
  })
  .meta({ id: 'WorkerVersionModules' });

export function toVersionView(
  tenantId: string,
  version: WorkerVersion,
  versions: TenantVersions,
): z.infer<typeof versionView> {
  return {
    object: 'worker_version',
    id: version.id,
    tenant_id: tenantId,
    content_hash: version.content_hash,
    created_at: version.created_at,
    author: version.author,
    message: version.message,
    template_version: version.template_version,
    sdk_version: version.sdk_version,
    classes: version.classes
      .filter(({ from, kind }) => from === 'custom' && kind !== 'other')
      .map(({ name, type, prefix }) => ({ name, type, prefix })),
    secrets: [...declaredBy(version)],
    // A version from before there were any, as it was cached, has neither.
    schedules: version.schedules ?? [],
    queue: version.queue ?? null,
    size_bytes: version.size_bytes,
    checks: version.checks.map((name) => ({ name, status: 'passed' })),
    active: version.id === versions.active,
    activated_at: version.activated_at,
    cannot_undo: cannotUndoNow(versions, version),
    health: toHealthView(healthOf(versions, version.id)),
  };
}

export function toActivationView(activation: Activation): z.infer<typeof activationView> {
  const { id, from, to, status, error, started_at, ended_at, by = OPERATOR } = activation;
  const health = toHealthView(activation.health);
  return { id, from, to, status, error, started_at, ended_at, by, health };
}

/** Of the last time that `id` was live and watched. */
export function healthOf({ activations }: TenantVersions, id: string | null): Health | undefined {
  return activations.findLast(({ to, health }) => to === id && health !== undefined)?.health;
}

function toHealthView(health: Health | undefined): z.infer<typeof healthView> | null {
  if (health === undefined) return null;
  const { status, since, until, ended_at } = health;
  return { status, since, until, text: healthText(health), ended_at };
}
