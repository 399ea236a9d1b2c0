// From a parsed upload to a stored script: what is kept from the version before, migrations, and
// the refusals that depend on what is deployed.
import type { CodeExports } from '../runtime/startup-check.ts';
import {
  type Binding,
  type DurableObjectClass,
  newScriptUid,
  type Script,
  type ScriptUpload,
} from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';
import { applyExports } from './class-exports.ts';
import { ApiError } from './envelope.ts';
import { applyMigrations, checkBoundClasses } from './migrations.ts';
import type { ParsedUpload } from './upload.ts';

/** Stores `parsed` as `namespace`/`name` (`''`: an account Worker) after every check passed. */
export async function storeUpload(
  api: ApiContext,
  namespace: string,
  name: string,
  parsed: ParsedUpload,
): Promise<Script> {
  const previous = api.scripts.find(namespace, name);
  const upload = planUpload(api, previous, parsed);
  checkServices(api, name, upload.bindings);
  let exports: CodeExports | undefined;
  if (namespace !== '') {
    checkTypes(upload.bindings);
    const outcome = await api.runtime.tryCode(upload);
    if (!outcome.ok) throw new ApiError(400, 10021, outcome.message);
    checkExportedClasses(
      upload.classes,
      outcome.exports,
      previous && api.scripts.classes(previous),
    );
    exports = outcome.exports;
  }
  const uid = previous?.uid ?? newScriptUid();
  const script = api.scripts.save(namespace, name, uid, { ...upload, exports });
  if (namespace === '') api.runtime.accountChanged();
  else await api.runtime.userWorkerReplaced(script);
  return script;
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
  const { migrations, exports } = parsed.metadata;
  if (migrations !== undefined && exports !== undefined) {
    throw new ApiError(400, 10021, 'Send migrations or exports, not both.');
  }
  const migrated = applyMigrations(current, migrations);
  const next =
    exports === undefined
      ? migrated
      : { ...migrated, classes: applyExports(migrated.classes, exports) };
  const bindings = keepBindings(previous, parsed);
  checkBoundClasses(bindings, next.classes);
  return {
    metadata: parsed.metadata,
    bindings,
    modules: parsed.modules,
    secrets: keepSecrets(api, previous, parsed),
    classes: next.classes,
    migrationTag: next.tag,
    tags: parsed.tags,
    etag: parsed.etag,
  };
}

/** `inherit` bindings and the types named in `keep_bindings` come from the version before. */
function keepBindings(previous: Script | undefined, parsed: ParsedUpload): Binding[] {
  const before = new Map((previous?.bindings ?? []).map((binding) => [binding.name, binding]));
  const bindings: Binding[] = [];
  for (const binding of parsed.bindings) {
    const kept = before.get(binding.name);
    if (binding.type !== 'inherit') bindings.push(binding);
    else if (kept !== undefined) bindings.push(kept);
  }
  const named = new Set(bindings.map(({ name }) => name));
  const kept = keptTypes(parsed);
  for (const binding of before.values()) {
    if (kept.has(binding.type) && !named.has(binding.name)) bindings.push(binding);
  }
  return bindings;
}

function keepSecrets(
  api: ApiContext,
  previous: Script | undefined,
  parsed: ParsedUpload,
): Map<string, string> {
  const before = previous === undefined ? new Map<string, string>() : api.scripts.secrets(previous);
  const inherited = parsed.bindings.filter(({ type }) => type === 'inherit');
  const keepAll = keptTypes(parsed).has('secret_text');
  const kept = [...before].filter(
    ([name]) => keepAll || inherited.some((binding) => binding.name === name),
  );
  return new Map([...kept, ...parsed.secrets]);
}

function keptTypes(parsed: ParsedUpload): Set<string> {
  const { keep_bindings: keep } = parsed.metadata;
  return new Set(Array.isArray(keep) ? keep.map(String) : []);
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

/** What a user Worker's process can give it. */
const USER_WORKER_BINDINGS = new Set([
  'durable_object_namespace',
  'json',
  'plain_text',
  'service',
  'version_metadata',
]);

/** A binding that would silently be missing from `env` is worse than a refused upload. */
function checkTypes(bindings: readonly Binding[]): void {
  const odd = bindings.find(({ type }) => !USER_WORKER_BINDINGS.has(type));
  if (odd === undefined) return;
  const message = `The binding ${odd.name} is of the type ${odd.type}, which user Workers do not have in the embedded Cloudflare. Bind a service of an account Worker that has it.`;
  throw new ApiError(400, 10021, message);
}

/** A service binding must name an account Worker that exists, or the script itself. */
function checkServices(api: ApiContext, name: string, bindings: readonly Binding[]): void {
  for (const { type, service } of bindings) {
    if (type !== 'service' || service === name) continue;
    if (api.scripts.find('', String(service)) === undefined) {
      throw new ApiError(
        400,
        10143,
        `Could not resolve service binding: Worker '${String(service)}' not found.`,
      );
    }
  }
}
