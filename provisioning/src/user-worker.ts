// Uploads and deletes a tenant's user Worker in the dispatch namespace. Both can be repeated at any
// time; neither knows why a tenant gets one.
import { APIError } from 'cloudflare/error';
import { type ApiResult, attempt, type CloudflareApi } from './cloudflare-api.ts';
import type { DeployedClasses } from './custom/compose.ts';
import type { Migration, TenantArtefact } from './tenant-artefact.ts';

export interface UserWorkerTarget {
  readonly accountId: string;
  readonly namespace: string;
  readonly tenantId: string;
}

export interface UserWorkerSettings {
  readonly plan: string;
  /** CPU milliseconds a request, and subrequests a request. */
  readonly limits: { readonly cpu_ms: number; readonly subrequests: number };
}

/** Prefixed, so that no tenant's script can share a name with an account Worker. */
export function scriptNameOf(tenantId: string): string {
  return `tenant-${tenantId}`;
}

/** Uploads `artefact` as the tenant's Worker, migrating its Durable Object classes from what is deployed. */
export async function uploadUserWorker(
  api: CloudflareApi,
  target: UserWorkerTarget,
  artefact: TenantArtefact,
  settings: UserWorkerSettings,
): Promise<ApiResult<{ readonly etag: string }>> {
  return attempt(async () => {
    const deployedTag = await migrationTagOf(api, target);
    const metadata = uploadMetadata(target.tenantId, artefact, settings, deployedTag);
    return putScript(api, `${scriptPath(target)}?bindings_inherit=strict`, metadata, artefact);
  });
}

/** Sends the artefact's modules and `metadata`. Throws what the API's client throws. */
export async function putScript(
  api: CloudflareApi,
  path: string,
  metadata: object,
  { modules }: TenantArtefact,
): Promise<{ readonly etag: string }> {
  const form = new FormData();
  form.set('metadata', JSON.stringify(metadata));
  for (const { name, type, content } of modules) {
    form.set(name, new File([content], name, { type }), name);
  }
  const answer = await api.put<{ result?: { etag?: string } }>(path, { body: form });
  return { etag: answer.result?.etag ?? '' };
}

/** Deletes the tenant's Worker and its Durable Objects' data; a missing one is fine. */
export async function deleteUserWorker(
  api: CloudflareApi,
  target: UserWorkerTarget,
): Promise<ApiResult<object>> {
  return deleteScript(api, scriptPath(target));
}

/** Deletes one script of a namespace; a missing one is fine. */
export async function deleteScript(api: CloudflareApi, path: string): Promise<ApiResult<object>> {
  const result = await attempt(async () => {
    await api.delete(`${path}?force=true`);
    return {};
  });
  return !result.ok && SCRIPT_MISSING.has(result.code) ? { ok: true } : result;
}

/** Cloudflare's codes for a script that is not there. */
export const SCRIPT_MISSING: ReadonlySet<number> = new Set([10_092, 10_007]);

/** What the tenant's script has now: its classes, and the tag of its last migration. */
export async function readDeployedClasses(
  api: CloudflareApi,
  target: UserWorkerTarget,
): Promise<ApiResult<DeployedClasses>> {
  type Answer = { result?: { bindings?: { type?: string; class_name?: string }[] } };
  return attempt(async () => {
    const tag = await migrationTagOf(api, target);
    if (tag === undefined) return { classes: [] };
    const { result } = await api.get<Answer>(`${scriptPath(target)}/settings`);
    // Every class of a tenant's Worker has a binding, those that nobody is served from too.
    const classes = (result?.bindings ?? []).flatMap(({ type, class_name: name }) =>
      type === 'durable_object_namespace' && name !== undefined ? [name] : [],
    );
    return { tag, classes };
  });
}

export function scriptsPath(place: {
  readonly accountId: string;
  readonly namespace: string;
}): string {
  const { accountId, namespace } = place;
  return `/accounts/${accountId}/workers/dispatch/namespaces/${namespace}/scripts`;
}

/** Of the tenant's Worker. */
export function scriptPath(target: UserWorkerTarget): string {
  return `${scriptsPath(target)}/${scriptNameOf(target.tenantId)}`;
}

async function migrationTagOf(
  api: CloudflareApi,
  target: UserWorkerTarget,
): Promise<string | undefined> {
  type Answer = { result?: { script?: { migration_tag?: string } } };
  try {
    const answer = await api.get<Answer>(scriptPath(target));
    return answer.result?.script?.migration_tag;
  } catch (error) {
    // Any other failure hides what is deployed: migrating from nothing would be refused for good.
    if (error instanceof APIError && SCRIPT_MISSING.has(Number(error.errors[0]?.code))) return;
    throw error;
  }
}

function uploadMetadata(
  tenantId: string,
  artefact: TenantArtefact,
  settings: UserWorkerSettings,
  deployedTag: string | undefined,
): Record<string, unknown> {
  const migrations = migrationsFrom(artefact.migrations, deployedTag);
  const template = artefact.template_version ?? artefact.version;
  return {
    main_module: artefact.main_module,
    compatibility_date: artefact.compatibility_date,
    compatibility_flags: artefact.compatibility_flags,
    bindings: [
      { type: 'plain_text', name: 'TENANT_ID', text: tenantId },
      ...Object.entries(artefact.vars ?? {}).map(([name, text]) => {
        return { type: 'plain_text', name, text };
      }),
      ...artefact.durable_objects.map((entry) => ({ type: 'durable_object_namespace', ...entry })),
      platformBinding(tenantId, 'PLATFORM', 'TenantGateway'),
      ...(artefact.queue === true ? [platformBinding(tenantId, 'QUEUE', 'TenantQueue')] : []),
    ],
    ...(migrations === undefined ? {} : { migrations }),
    // The secrets, which only the tenant's Worker has, and nothing else that was bound before.
    keep_bindings: ['secret_text'],
    limits: { cpu_ms: settings.limits.cpu_ms, subrequests: settings.limits.subrequests },
    tags: [`tenant:${tenantId}`, `plan:${settings.plan}`, `template:${template}`],
    annotations: { 'workers/tag': artefact.version },
  };
}

/**
 * A door from a tenant to the platform. `props` are fixed here, at upload, and tenant code
 * cannot change them. Should the live API refuse them in a namespace, this is the place to change.
 */
function platformBinding(
  tenantId: string,
  name: string,
  entrypoint: string,
): Record<string, unknown> {
  return {
    type: 'service',
    name,
    service: 'z0-platform',
    entrypoint,
    props: { tenant_id: tenantId },
  };
}

/**
 * The steps after the deployed tag; `undefined` when nothing is left to migrate. A tag the artefact does
 * not know was deployed by someone else since: its own first tag is sent, and Cloudflare refuses.
 */
function migrationsFrom(
  all: readonly Migration[],
  deployedTag: string | undefined,
): Record<string, unknown> | undefined {
  const done = all.findIndex(({ tag }) => tag === deployedTag);
  const rest = all.slice(done + 1);
  const newTag = rest.at(-1)?.tag;
  if (newTag === undefined) return undefined;
  const steps = rest.map(({ tag: _tag, ...step }) => step);
  if (deployedTag === undefined) return { new_tag: newTag, steps };
  const oldTag = done === -1 ? all[0]?.tag : deployedTag;
  return { old_tag: oldTag, new_tag: newTag, steps };
}
