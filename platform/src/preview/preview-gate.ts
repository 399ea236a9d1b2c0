// What stands between a version and being live for the first time: its preview, and where that differs,
// that somebody accepted it by naming the version. What was live before is not asked again.
import type { Env } from '../env.ts';
import { accepted } from '../provisioning/tenant-run-ledger.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import type { TenantState } from '../tenants/tenant-state.ts';
import { keptVersion } from '../versions/compose-version.ts';
import {
  type Activation,
  runningActivation,
  type TenantVersions,
} from '../versions/version-state.ts';
import { againstOf } from './preview-artefacts.ts';
import { fittingPreview, type Preview, type PreviewFinding } from './preview-state.ts';
import { runPreview } from './run-preview.ts';

/** What keeps an activation from going on; `undefined` when nothing does. Safe to repeat. */
export async function previewGate(
  env: Env,
  tenantId: string,
  activation: Activation,
): Promise<string | undefined> {
  if (activation.to === null) return undefined;
  const ledger = () => ledgerOf(env, tenantId);
  const versions = accepted(await ledger().readVersions());
  const version = keptVersion(versions, activation.to);
  if (version.activated_at !== null) return undefined;
  const tenant = accepted(await ledger().read());
  const wanted = wantedOf(versions, tenant, version.id);
  const known = fittingPreview(accepted(await ledger().readPreviews()), wanted);
  const found = known ?? (await preview(env, tenantId, activation, version.id));
  if (found.differs !== true) return undefined;
  if (activation.accepts_differences !== true) return differing(tenantId, found);
  accepted(await ledger().acceptDifferences(activation.run, found.id));
  return undefined;
}

/** Of an activation that failed: whether its preview was what stopped it. */
export async function heldBackBy(
  env: Env,
  tenantId: string,
  run: string,
): Promise<'preview_differs' | undefined> {
  const ledger = () => ledgerOf(env, tenantId);
  const versions = accepted(await ledger().readVersions());
  const activation = runningActivation(versions);
  const version = versions.versions.find(({ id }) => id === activation?.to);
  if (activation?.run !== run || version === undefined) return undefined;
  if (version.activated_at !== null || activation.accepts_differences === true) return undefined;
  const tenant = accepted(await ledger().read());
  const found = fittingPreview(
    accepted(await ledger().readPreviews()),
    wantedOf(versions, tenant, version.id),
  );
  return found?.differs === true ? 'preview_differs' : undefined;
}

function wantedOf(versions: TenantVersions, tenant: TenantState, version_id: string) {
  return { version_id, against: againstOf(versions, tenant), nowMs: Date.now() };
}

async function preview(
  env: Env,
  tenantId: string,
  { run }: Activation,
  version_id: string,
): Promise<PreviewFinding> {
  const task = { id: `preview_${run}`, version_id, sample: 'all' } as const;
  const found = await runPreview(env, tenantId, task);
  accepted(await ledgerOf(env, tenantId).recordPreview(found));
  return found;
}

/** Says how many entities differ and where to read how. */
function differing(
  tenantId: string,
  { version_id, summary, unread }: Pick<Preview, 'version_id' | 'summary' | 'unread'>,
): string {
  const counted = summary && `${summary.differing} of ${summary.entities} entities would differ`;
  const what = unread === null ? counted : `the history could not be read: ${unread}`;
  const path = `/v1/tenants/${tenantId}/versions/${version_id}/preview`;
  return `${what}. Read GET ${path}, and accept it with accept_differences "${version_id}".`;
}
