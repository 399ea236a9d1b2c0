// How a stored script looks in the API's answers. Secrets are named, never shown.
import { createHash, randomBytes } from 'node:crypto';
import type { Script, ScriptStore } from '../state/script-store.ts';

export function scriptBody(script: Script): Record<string, unknown> {
  const { metadata } = script;
  return {
    id: script.name,
    tag: script.uid,
    etag: script.etag,
    tags: script.tags,
    created_on: script.createdOn,
    modified_on: script.modifiedOn,
    migration_tag: script.migrationTag,
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags ?? [],
    observability: metadata.observability ?? { enabled: false },
    has_assets: false,
    has_modules: true,
    usage_model: 'standard',
    last_deployed_from: 'wrangler',
    logpush: false,
  };
}

/** The answer to an upload; wrangler insists on `deployment_id` and `startup_time_ms`. */
export function uploadAnswer(script: Script): Record<string, unknown> {
  return {
    ...scriptBody(script),
    entry_point: script.metadata.main_module,
    deployment_id: createHash('md5').update(`${script.uid}${script.modifiedOn}`).digest('hex'),
    startup_time_ms: 1,
  };
}

/** The same of an account Worker: what is deployed has an id of its own. */
export function accountUploadAnswer(script: Script, scripts: ScriptStore): Record<string, unknown> {
  const [deployed] = scripts.versions.deployments(script.uid);
  const id = deployed?.versionId.replaceAll('-', '');
  return { ...uploadAnswer(script), ...(id === undefined ? {} : { deployment_id: id }) };
}

/** What belongs to the script and not to one of its versions. */
export function scriptSettingsBody({ tags, metadata }: Script): Record<string, unknown> {
  const observability = metadata.observability ?? { enabled: false };
  return { tags, observability, logpush: false, tail_consumers: [] };
}

export function settingsBody(
  script: Script,
  scripts: ScriptStore,
): { bindings: Record<string, unknown>[]; [field: string]: unknown } {
  const secrets = [...scripts.secrets(script).keys()];
  return {
    bindings: [...script.bindings, ...secrets.map((name) => ({ name, type: 'secret_text' }))],
    compatibility_date: script.metadata.compatibility_date,
    compatibility_flags: script.metadata.compatibility_flags ?? [],
    tags: script.tags,
    migration_tag: script.migrationTag,
    observability: script.metadata.observability ?? { enabled: false },
    tail_consumers: [],
    logpush: false,
    usage_model: 'standard',
  };
}

/** The uploaded modules as the multipart body that `GET …/content` answers. */
export function contentResponse(script: Script, scripts: ScriptStore): Response {
  const form = new FormData();
  for (const module of scripts.modules(script)) {
    const blob = new Blob([Uint8Array.from(module.content)], { type: module.type });
    form.set(module.name, blob, module.name);
  }
  const main = String(script.metadata.main_module);
  const headers = { 'cf-entrypoint': main, 'x-request-id': randomBytes(8).toString('hex') };
  return new Response(form, { headers });
}
