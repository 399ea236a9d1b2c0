// From a project's sources to what is uploaded, checked on this machine first. Sends nothing.
import { checkModules, parseManifest, type WorkerManifest } from '@z0-app/provisioning';
import { type Bundle, bundleProject } from './bundle.ts';
import { faultLine, refusedOver, toldLine } from './findings.ts';
import type { Project } from './project.ts';
import type { Upload } from './versions.ts';

/** The platform takes 1 MB in all; the manifest and the form have their part of it. */
const MODULES_BYTES = 1_000_000;
const SPARE_BYTES = 50_000;

const CHECKED_HERE = 'the checks on this machine refuse it';

export interface UploadOptions {
  readonly message: string | undefined;
  readonly deletedClasses: readonly string[];
}

export interface BuiltUpload extends Upload {
  readonly manifest: WorkerManifest;
  readonly bundle: Bundle;
}

/** Refuses with every finding at once. */
export async function buildUpload(project: Project, options: UploadOptions): Promise<BuiltUpload> {
  const bundled = await bundleProject(project);
  if (!bundled.ok)
    throw refusedOver(bundled.faults.map(faultLine), 'these sources cannot be bundled');
  const checked = await checkBundle(project, bundled.bundle, options);
  if (!checked.ok) throw refusedOver(checked.lines, CHECKED_HERE);
  return checked.built;
}

export type CheckedBundle =
  | { readonly ok: true; readonly built: BuiltUpload }
  /** One line a finding. */
  | { readonly ok: false; readonly lines: readonly string[] };

/** What its text alone shows to be wrong, all of it at once. */
export async function checkBundle(
  project: Project,
  bundle: Bundle,
  options: UploadOptions,
): Promise<CheckedBundle> {
  const manifest = manifestOf(project, bundle, options);
  const modules = [{ name: bundle.name, content: withMap(bundle) }];
  const parsed = parseManifest(manifest);
  const findings = parsed.ok ? await checkModules(parsed.value, modules) : parsed.findings;
  if (!parsed.ok || findings.length > 0) {
    return { ok: false, lines: findings.map((finding) => toldLine(finding, bundle)) };
  }
  return { ok: true, built: { bundle, manifest: parsed.value, modules } };
}

function manifestOf(
  { vars, secrets, schedules, queue }: Project,
  bundle: Bundle,
  { message, deletedClasses }: UploadOptions,
): object {
  return {
    main_module: bundle.name,
    ...(message === undefined ? {} : { message }),
    ...(deletedClasses.length === 0 ? {} : { delete_classes: deletedClasses }),
    ...(vars === undefined ? {} : { vars }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(schedules === undefined ? {} : { schedules }),
    ...(queue === undefined ? {} : { queue }),
  };
}

/** The source map goes along only where there is room for it. */
function withMap({ content, mapComment }: Bundle): string {
  const whole = content + mapComment;
  return Buffer.byteLength(whole) <= MODULES_BYTES - SPARE_BYTES ? whole : content;
}
