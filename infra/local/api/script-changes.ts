// Changes to a stored script that are no upload of their own: new content under the same
// settings, new settings over the same content. Each becomes an upload like any other, so that no
// check is passed by. It stores nothing.
import type { Binding, Script, ScriptSettings, ScriptStore } from '../state/script-store.ts';
import { ApiError } from './envelope.ts';
import { asksStrict, etagOf, type ParsedUpload, parseUpload, splitSecrets } from './upload.ts';

/** What a PATCH of settings may change; anything else is refused by name. */
const SETTINGS = new Set([
  'bindings',
  'compatibility_date',
  'compatibility_flags',
  'limits',
  'logpush',
  'migrations',
  'observability',
  'placement',
  'tags',
  'tail_consumers',
  'usage_model',
]);

/** The uploaded modules in place of the old ones; bindings, secrets and settings stay. */
export async function withContent(request: Request, script: Script): Promise<ParsedUpload> {
  const given = await parseUpload(request);
  const metadata = {
    ...lastingMetadata(script),
    ...SECRETS_STAY,
    main_module: given.metadata.main_module,
  };
  return { ...given, metadata, ...allInherited(script), tags: undefined };
}

/** The settings of the multipart part `settings`; what it leaves out stays. */
export async function withSettings(
  request: Request,
  script: Script,
  scripts: ScriptStore,
): Promise<ParsedUpload> {
  const settings = await readSettings(request);
  const { bindings, tags, ...rest } = settings;
  const modules = scripts.modules(script);
  const main = modules.filter(({ name }) => name === script.metadata.main_module);
  const ordered = [...main, ...modules.filter((module) => !main.includes(module))];
  return {
    metadata: {
      ...lastingMetadata(script),
      ...(bindings === undefined && SECRETS_STAY),
      ...rest,
    },
    ...(bindings === undefined ? allInherited(script) : splitSecrets(bindings)),
    modules: ordered,
    tags: Array.isArray(tags) ? tags.map(String) : undefined,
    etag: etagOf(ordered),
    strictInherit: asksStrict(request),
  };
}

/** What a PATCH of an account Worker's own settings changes; it uploads nothing. */
export function scriptSettings(body: Record<string, unknown>): ScriptSettings {
  const { tags, observability, tail_consumers: tails, logpush } = body;
  if ((Array.isArray(tails) && tails.length > 0) || logpush === true) throw notOffered();
  if (tags !== undefined && tags !== null && !Array.isArray(tags)) {
    throw new ApiError(400, 10001, 'The field "tags" must be a list.');
  }
  return { ...(Array.isArray(tags) && { tags: tags.map(String) }), observability };
}

function notOffered(): ApiError {
  const message =
    'tail_consumers and logpush are not offered in the embedded Cloudflare: leave them out.';
  return new ApiError(400, 10001, message);
}

async function readSettings(request: Request): Promise<Record<string, unknown>> {
  const form = await request.formData().catch(() => undefined);
  const part = form?.get('settings');
  if (part === undefined || part === null) {
    throw new ApiError(400, 10021, 'Send multipart/form-data with a JSON part named "settings".');
  }
  let value: unknown;
  try {
    value = JSON.parse(typeof part === 'string' ? part : await part.text());
  } catch {
    // Answered below, with the other shapes that are not settings.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, 10021, 'The "settings" part is not a JSON object.');
  }
  const unknown = Object.keys(value).find((name) => !SETTINGS.has(name));
  if (unknown !== undefined) {
    throw new ApiError(400, 10021, `The setting ${JSON.stringify(unknown)} is not known here.`);
  }
  return { ...value };
}

/** A migration is applied once, by the upload that brought it. */
export function lastingMetadata({
  metadata,
}: {
  readonly metadata: Record<string, unknown>;
}): Record<string, unknown> {
  const {
    migrations: _done,
    exports: _declared,
    keep_bindings: _kept,
    annotations: _said,
    ...lasting
  } = metadata;
  return lasting;
}

/** Also those that are set while the change is being tried. */
const SECRETS_STAY = { keep_bindings: ['secret_text'] };

function allInherited(script: Script): Pick<ParsedUpload, 'bindings' | 'secrets'> {
  const bindings = script.bindings.map(({ name }): Binding => ({ type: 'inherit', name }));
  return { bindings, secrets: new Map() };
}
