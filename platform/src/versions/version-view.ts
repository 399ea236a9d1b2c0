// What the API shows of a tenant's versions: the schemas, and how state becomes them. Pure; the code
// of a version is shown by its own route alone.
import * as z from 'zod';
import type { Activation, TenantVersions, WorkerVersion } from './version-state.ts';

const time = z.iso.datetime({ offset: true });

const describedClass = z.object({
  name: z.string(),
  type: z.string(),
  prefix: z.string().meta({ description: 'Of entity ids, without the underscore.' }),
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
  size_bytes: z.int(),
  checks: z.array(z.object({ name: z.string(), status: z.literal('passed') })),
  active: z.boolean(),
  activated_at: time
    .nullable()
    .meta({ description: 'When it first became live; null: it never was.' }),
};

export const versionView = z.object(versionFields).meta({ id: 'WorkerVersion' });

export const activationView = z
  .object({
    id: z.string(),
    from: z.string().nullable().meta({ description: 'The version that was live before.' }),
    to: z.string(),
    status: z.enum(['running', 'succeeded', 'failed']),
    error: z.string().nullable(),
    started_at: time,
    ended_at: time.nullable(),
  })
  .meta({ id: 'Activation' });

export const activatedView = z
  .object({
    ...versionFields,
    cannot_undo: z.array(z.string()).meta({ description: 'What going back cannot bring back.' }),
    activation: activationView.nullable().meta({ description: 'The run that made it live.' }),
  })
  .meta({ id: 'ActivatedWorkerVersion' });

export const versionModulesView = z
  .object({
    object: z.literal('worker_version_modules'),
    version_id: z.string(),
    content_hash: z.string(),
    manifest: z.object({
      main_module: z.string(),
      delete_classes: z.array(z.string()).optional(),
      vars: z.record(z.string(), z.string()).optional(),
    }),
    modules: z.array(z.object({ name: z.string(), content: z.string() })),
  })
  .meta({ id: 'WorkerVersionModules' });

export function toVersionView(
  tenantId: string,
  version: WorkerVersion,
  active: string | null,
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
    size_bytes: version.size_bytes,
    checks: version.checks.map((name) => ({ name, status: 'passed' })),
    active: version.id === active,
    activated_at: version.activated_at,
  };
}

export function toActivationView(activation: Activation): z.infer<typeof activationView> {
  const { id, from, to, status, error, started_at, ended_at } = activation;
  return { id, from, to, status, error, started_at, ended_at };
}

/** What going back cannot bring back, of what `activation` did and of what was done before it. */
export function cannotUndo(
  versions: TenantVersions,
  version: WorkerVersion,
  activation: Activation | null,
): string[] {
  const isFirst = version.activated_at === null || version.activated_at === activation?.ended_at;
  const deleted = isFirst ? version.delete_classes : [];
  const before = activation?.started_at ?? version.activated_at ?? version.created_at;
  const gone = versions.deletions.filter(
    ({ name, at }) =>
      version.created_at <= at && at <= before && version.classes.some((one) => one.name === name),
  );
  return [
    ...deleted.map((name) => `The data of ${name} is deleted; no version brings it back.`),
    ...gone.map(
      ({ name, version_id, at }) =>
        `The data of ${name} was deleted by ${version_id} at ${at}; ${name} starts empty.`,
    ),
  ];
}
