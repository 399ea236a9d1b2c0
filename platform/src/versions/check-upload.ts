// Decides whether an upload can be a version: what is read off its text first, then what it says of
// itself when it is started alone. Everything found is told at once; nothing is kept here.
import { limitRefusal } from '@z0-app/dispatcher/plan-limit';
import {
  checkClasses,
  checkHandlers,
  checkModules,
  checkPrefixes,
  checkScheduleCount,
  contentHashOf,
  type DeployedPrefix,
  type DescribedClass,
  type Finding,
  parseManifest,
  sizeOf,
  type WorkerManifest,
} from '@z0-app/provisioning';
import { type ErrorItem, LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { apiFor } from '../provisioning/provision-tenant.ts';
import { settingsOf } from '../schedules/run-settings.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { planOf } from '../tenants/plans.ts';
import { deployedClasses } from './compose-version.ts';
import type { Upload } from './read-upload.ts';
import { startAlone } from './start-alone.ts';
import { readCurrentParts } from './template-store.ts';
import type { TenantVersions } from './version-state.ts';
import type { VersionCode } from './version-store.ts';
import type { NewVersion } from './versioning-ledger.ts';
import { livePrefixes } from './what-stays.ts';

export interface CheckedUpload {
  readonly version: Omit<NewVersion, 'author'>;
  readonly code: VersionCode;
  /** Whether the same code passed before, on the same template: then it was not started again. */
  readonly isKnown: boolean;
}

/** Throws `worker_refused` with all findings, `not_ready` when the checks cannot be made now. */
export async function checkUpload(
  env: Env,
  tenantId: string,
  upload: Upload,
  readVersions: () => Promise<TenantVersions>,
): Promise<CheckedUpload> {
  const code = await readCode(upload);
  const parts = await readCurrentParts(env.ARTEFACTS);
  const content_hash = await contentHashOf(code.manifest, code.modules);
  const state = await readVersions();
  const known = state.versions.find(
    (one) => one.content_hash === content_hash && one.template_version === parts.version,
  );
  const described =
    known ?? (await describe(env, tenantId, { parts, code, content_hash }, livePrefixes(state)));
  const version = {
    content_hash,
    message: code.manifest.message ?? null,
    template_version: parts.version,
    sdk_version: parts.sdk_version,
    classes: described.classes,
    has_fetch: described.has_fetch,
    delete_classes: [...(code.manifest.delete_classes ?? [])],
    ...settingsOf(code.manifest),
    secrets: [...(code.manifest.secrets ?? [])],
    vars: Object.keys(code.manifest.vars ?? {}),
    size_bytes: sizeOf(code.modules),
    checks: ['form', 'modules', 'start', 'classes'],
  };
  return { version, code, isKnown: known !== undefined };
}

/** What the text alone shows to be wrong, all of it at once. */
async function readCode({ manifest: given, modules, faults }: Upload): Promise<VersionCode> {
  if (given === undefined) refuse(faults);
  const parsed = parseManifest(given);
  const manifest = parsed.ok ? parsed.value : guessManifest(given);
  const findings = [
    ...(parsed.ok ? [] : parsed.findings),
    ...(manifest === undefined ? [] : await checkModules(manifest, modules)),
  ];
  if (faults.length > 0 || findings.length > 0 || !parsed.ok) {
    // A module that the form spoilt is not missing, too.
    const spoilt = new Set(faults.map(({ pointer }) => pointer));
    refuse([...faults, ...findings.map(toItem).filter(({ pointer }) => !spoilt.has(pointer))]);
  }
  return { manifest: parsed.value, modules };
}

/** Enough of a manifest at fault to look at the modules. */
function guessManifest(given: unknown): WorkerManifest | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const main: unknown = Reflect.get(given, 'main_module');
  return typeof main === 'string' ? { main_module: main } : undefined;
}

interface Described {
  readonly classes: DescribedClass[];
  readonly has_fetch: boolean;
}

async function describe(
  env: Env,
  tenantId: string,
  upload: Parameters<typeof startAlone>[2],
  before: readonly DeployedPrefix[],
): Promise<Described> {
  const { api, target } = apiFor(env, tenantId);
  const started = await startAlone(env, tenantId, upload);
  if (!started.ok) refuse(started.findings.map(toItem));
  const { classes, has_fetch } = started.value;
  const deployed = await deployedClasses(api, target);
  const { manifest } = upload.code;
  const findings = [
    ...checkClasses(classes, deployed.classes, manifest),
    ...checkHandlers(started.value, manifest),
    ...checkPrefixes(classes, before, manifest),
    ...(await scheduleFindings(env, tenantId, manifest)),
  ];
  if (findings.length > 0) refuse(findings.map(toItem));
  return { classes: [...classes], has_fetch };
}

async function scheduleFindings(
  env: Env,
  tenantId: string,
  manifest: WorkerManifest,
): Promise<Finding[]> {
  if (manifest.schedules === undefined) return [];
  const tenant = await ledgerOf(env, tenantId).read();
  if (!tenant.ok) throw new LedgerError(tenant.error);
  const { name, schedules: value } = await planOf(env, tenant.value);
  const used = manifest.schedules.length;
  const { detail } = limitRefusal(name, { name: 'schedules', value, used });
  const found = checkScheduleCount(manifest, { most: value, plan: name });
  return found.map((finding) => ({ ...finding, detail }));
}

function refuse(errors: readonly ErrorItem[]): never {
  const [first, ...more] = errors;
  const rest = more.length === 0 ? '' : ` And ${more.length} more, in errors.`;
  const detail = `${first?.detail ?? 'It is refused.'}${rest}`;
  throw new LedgerError({ code: 'worker_refused', detail, errors });
}

function toItem({ pointer, code, detail }: Finding): ErrorItem {
  return { pointer, code, detail };
}
