// Makes the Worker that a version is deployed as, or the template's own when a tenant has no version:
// from what was recorded and stored, so that the same version is always the same code.
import {
  type CloudflareApi,
  composeArtefact,
  type DeployedClasses,
  readDeployedClasses,
  type TemplateParts,
  type TenantArtefact,
  type UserWorkerTarget,
} from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { findParts, readParts } from './template-store.ts';
import type { TenantVersions, WorkerVersion } from './version-state.ts';
import { readStoredVersion } from './version-store.ts';

/** What the tenant's script has now. Throws for a retry when that cannot be read. */
export async function deployedClasses(
  api: CloudflareApi,
  target: UserWorkerTarget,
): Promise<DeployedClasses> {
  const found = await readDeployedClasses(api, target);
  if (found.ok) return { classes: found.classes, tag: found.tag };
  throw new LedgerError({ code: 'not_ready', detail: found.detail });
}

/**
 * The Worker of `version`, fit to follow on what is deployed. Unless it `deletes`, classes that the
 * version does not have stay with their data, also those that it means to delete.
 */
export async function versionArtefact(
  env: Env,
  { tenantId, version, deployed, deletes }: Composition,
): Promise<TenantArtefact> {
  const parts = await readParts(env.ARTEFACTS, version.template_version);
  const code = await readStoredVersion(env.ARTEFACTS, tenantId, version.content_hash);
  const { delete_classes = [], ...manifest } = code.manifest;
  const own = { ...manifest, delete_classes: deletes ? delete_classes : [] };
  return composeArtefact(parts, own, code.modules, version.classes, deployed, nameOf(version));
}

interface Composition {
  readonly tenantId: string;
  readonly version: WorkerVersion;
  readonly deployed: DeployedClasses;
  readonly deletes: boolean;
}

/**
 * The template without code of the tenant, to put back what was live before a first version: as a
 * composed Worker, because classes that the version brought stay deployed, with their data.
 */
export async function templateArtefact(
  env: Env,
  { was, latest, deployed }: { was: string | null; latest: string; deployed: DeployedClasses },
): Promise<TenantArtefact> {
  // What was live may be older than parts are; then it is the template that the version stands on.
  const before = was === null ? undefined : await findParts(env.ARTEFACTS, was);
  const parts = before ?? (await readParts(env.ARTEFACTS, latest));
  const manifest = { main_module: 'none.js' };
  const none = [{ name: 'none.js', content: 'export {};\n' }];
  return composeArtefact(parts, manifest, none, ownClasses(parts), deployed, NO_CODE);
}

function ownClasses(parts: TemplateParts) {
  return parts.durable_objects.map(({ class_name: name }) => {
    const kind = name === 'TenantSystemLedger' ? ('tenant_system' as const) : ('entity' as const);
    return { name, kind, type: '', prefix: '', from: 'template' as const };
  });
}

/** What a Worker without code of the tenant calls itself. */
const NO_CODE = 'template';

/** What the Worker of a version calls itself; `null` is the template alone. */
export function nameOf(version: WorkerVersion | null): string {
  return version?.id ?? NO_CODE;
}

/** Of the version `id`. Throws `internal` for one that is gone: what an activation needs is kept. */
export function keptVersion({ versions }: TenantVersions, id: string): WorkerVersion {
  const version = versions.find((one) => one.id === id);
  if (version !== undefined) return version;
  throw new LedgerError({ code: 'internal', detail: `The version ${id} is gone.` });
}
