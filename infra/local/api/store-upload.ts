// From a parsed upload to a stored script: what is kept from the version before, migrations, and
// the refusals that depend on what is deployed.
import type { CodeExports } from '../runtime/startup-check.ts';
import {
  type Binding,
  type DurableObjectClass,
  type HistoryEntry,
  newScriptUid,
  type Script,
  type ScriptUpload,
} from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';
import { checkTargets, checkTypes } from './binding-targets.ts';
import { applyExports } from './class-exports.ts';
import { ApiError } from './envelope.ts';
import { type Bound, withInherited } from './inherited-bindings.ts';
import { applyMigrations, checkBoundClasses } from './migrations.ts';
import { requireNamespace } from './namespace-routes.ts';
import type { ParsedUpload } from './upload.ts';

type Metadata = ParsedUpload['metadata'];

/** Stores `parsed` as `namespace`/`name` (`''`: an account Worker) after every check passed. */
export async function storeUpload(
  api: ApiContext,
  namespace: string,
  name: string,
  parsed: ParsedUpload,
  history?: HistoryEntry,
): Promise<Script> {
  const exports = await tryUpload(api, namespace, name, parsed);
  // While the code was tried, somebody else may have changed the script: what is there now counts.
  const script = api.state.transaction(() => {
    if (namespace !== '') requireNamespace(api, namespace);
    const upload = checkedUpload(api, namespace, name, parsed, exports);
    const uid = api.scripts.find(namespace, name)?.uid ?? newScriptUid();
    return api.scripts.save(namespace, name, uid, upload, {
      annotations: { ...annotationsOf(parsed), 'workers/triggered_by': 'upload' },
      ...history,
    });
  });
  if (namespace === '') api.runtime.accountChanged();
  else await api.runtime.userWorkerReplaced(script);
  return script;
}

/** Starts the code once: what it exports, or a refusal with the runtime's own words. */
export async function tryUpload(
  api: ApiContext,
  namespace: string,
  name: string,
  parsed: ParsedUpload,
): Promise<CodeExports> {
  const upload = checkedUpload(api, namespace, name, parsed, undefined);
  const outcome = await api.runtime.tryCode(upload);
  if (!outcome.ok) throw new ApiError(400, 10021, outcome.message);
  return outcome.exports;
}

/** What would be stored, after every check; nothing is changed. */
export function checkedUpload(
  api: ApiContext,
  namespace: string,
  name: string,
  parsed: ParsedUpload,
  exports: CodeExports | undefined,
): ScriptUpload {
  const previous = api.scripts.find(namespace, name);
  const upload = planUpload(api, previous, parsed);
  checkTypes(namespace, upload.bindings);
  checkTargets(api, name, upload.bindings);
  if (exports === undefined) return upload;
  checkExportedClasses(upload.classes, exports, previous && api.scripts.classes(previous));
  checkExportedWorkflows(upload.bindings, exports);
  return { ...upload, exports };
}

/** Message and tag that the uploader gave. */
export function annotationsOf({ metadata }: ParsedUpload): Record<string, unknown> {
  const { annotations } = metadata;
  return typeof annotations === 'object' && annotations !== null ? { ...annotations } : {};
}

function planUpload(
  api: ApiContext,
  previous: Script | undefined,
  parsed: ParsedUpload,
): ScriptUpload {
  const current = {
    classes: previous === undefined ? [] : api.scripts.classes(previous),
    tag: previous?.migrationTag,
  };
  refuseUnoffered(parsed.metadata);
  const { migrations, exports } = parsed.metadata;
  if (migrations !== undefined && exports !== undefined) {
    throw new ApiError(400, 10021, 'Send migrations or exports, not both.');
  }
  const migrated = applyMigrations(current, migrations);
  const next =
    exports === undefined
      ? migrated
      : { ...migrated, classes: applyExports(migrated.classes, exports) };
  const { bindings, secrets } = withInherited(boundBefore(api, previous), parsed);
  checkBoundClasses(bindings, next.classes);
  return {
    metadata: parsed.metadata,
    bindings,
    modules: parsed.modules,
    secrets,
    classes: next.classes,
    migrationTag: next.tag,
    tags: parsed.tags,
    etag: parsed.etag,
  };
}

/** What would be dropped in silence is refused. */
function refuseUnoffered({ assets, containers, tail_consumers: tails }: Metadata): void {
  const given = { assets, containers, tail_consumers: tails };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
      continue;
    }
    const message = `metadata.${name} is not offered in the embedded Cloudflare: upload without it.`;
    throw new ApiError(400, 10021, message);
  }
}

/** An account Worker's newest version counts, deployed or not; user Workers have none. */
function boundBefore(api: ApiContext, previous: Script | undefined): Bound {
  if (previous === undefined) return { bindings: [], secrets: new Map() };
  const { versions } = api.scripts;
  const latest = versions.latest(previous.uid);
  return latest === undefined
    ? { bindings: previous.bindings, secrets: api.scripts.secrets(previous) }
    : { bindings: latest.bindings, secrets: versions.secrets(latest) };
}

/** So must every Workflow that the script has a binding to and that is its own. */
function checkExportedWorkflows(
  bindings: readonly Binding[],
  { named_handlers: named }: CodeExports,
): void {
  const exported = new Set(named.map(({ name }) => name));
  for (const { type, name, class_name: className, script_name: other } of bindings) {
    if (type !== 'workflow' || other !== undefined || exported.has(String(className))) continue;
    const message = `Cannot create binding ${name} for Workflow class '${String(className)}' that is not exported by script.`;
    throw new ApiError(400, 10061, message);
  }
}

/** Every Durable Object class of the script must be in its code. */
function checkExportedClasses(
  classes: readonly DurableObjectClass[],
  { named_handlers: named }: CodeExports,
  before: readonly DurableObjectClass[] = [],
): void {
  const exported = new Set(named.map(({ name }) => name));
  const missing = classes.find(({ className }) => !exported.has(className));
  if (missing === undefined) return;
  const { className, uniqueKey } = missing;
  const isNew = before.every((one) => one.uniqueKey !== uniqueKey);
  throw isNew
    ? new ApiError(
        400,
        10070,
        `Cannot apply new-class migration to class '${className}' that is not exported by script.`,
      )
    : new ApiError(
        400,
        10064,
        `New version of script does not export class '${className}' which is depended on by existing Durable Objects. If you want to delete them, apply a delete-class migration.`,
      );
}
