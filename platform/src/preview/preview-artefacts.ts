// The two codes that a preview compares: the version, and what is live now, each in the preview form.
// Where what is live is older than previews are, the present template stands in beneath it.
import {
  canPreview,
  type DescribedClass,
  previewArtefact,
  type TemplateParts,
  type TenantArtefact,
} from '@z0-app/provisioning';
import type { Env } from '../env.ts';
import type { TenantState } from '../tenants/tenant-state.ts';
import { keptVersion } from '../versions/compose-version.ts';
import { findParts, readCurrentParts } from '../versions/template-store.ts';
import type { TenantVersions, WorkerVersion } from '../versions/version-state.ts';
import { findStoredVersion } from '../versions/version-store.ts';

/** One of the two codes; `build` answers why it cannot be, where it cannot. */
export interface Code {
  readonly classes: readonly DescribedClass[];
  readonly template_version: string;
  readonly build: () => Promise<TenantArtefact | string>;
}

/** What a preview is compared with, in a word that is the same as long as the live code is. */
export function againstOf(versions: TenantVersions, tenant: TenantState): string {
  return versions.active ?? `template ${tenant.artefact ?? ''}`.trim();
}

export function versionCode(env: Env, tenantId: string, version: WorkerVersion): Code {
  const { classes, template_version, content_hash } = version;
  return {
    classes,
    template_version,
    build: async () => {
      const parts = await partsFor(env, template_version);
      const code = await findStoredVersion(env.ARTEFACTS, tenantId, content_hash);
      if (code === undefined) return 'Its code is not kept any more.';
      return previewArtefact(parts, code.manifest, code.modules, classes, tenantId);
    },
  };
}

/** What is live: a version, or the template alone. `next` says the kinds that the template serves. */
export function liveCode(
  env: Env,
  tenant: TenantState,
  versions: TenantVersions,
  next: WorkerVersion,
): Code {
  if (versions.active !== null) {
    return versionCode(env, tenant.id, keptVersion(versions, versions.active));
  }
  const template_version = tenant.artefact ?? next.template_version;
  return {
    classes: next.classes.filter(({ from }) => from === 'template'),
    template_version,
    build: async () => {
      const parts = await partsFor(env, template_version);
      const none = [{ name: 'none.js', content: 'export {};\n' }];
      const manifest = { main_module: 'none.js' };
      return previewArtefact(parts, manifest, none, ownClasses(parts), tenant.id);
    },
  };
}

async function partsFor(env: Env, version: string): Promise<TemplateParts> {
  const parts = await findParts(env.ARTEFACTS, version);
  return parts !== undefined && canPreview(parts) ? parts : readCurrentParts(env.ARTEFACTS);
}

function ownClasses(parts: TemplateParts): DescribedClass[] {
  return parts.durable_objects.map(({ class_name: name }) => {
    const kind = name === 'TenantSystemLedger' ? 'tenant_system' : 'entity';
    return { name, kind, type: '', prefix: '', from: 'template' };
  });
}
