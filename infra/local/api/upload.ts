// Reads a script upload in the multipart dialects that real clients send, and refuses the rest as
// Cloudflare does. It stores nothing and starts nothing.
import { createHash } from 'node:crypto';
import type { Binding, ScriptModule } from '../state/script-store.ts';
import { ApiError } from './envelope.ts';
import { nameInUse } from './inherited-bindings.ts';

export interface ParsedUpload {
  readonly metadata: Record<string, unknown>;
  /** Bindings without the secret ones; those are in `secrets`. */
  readonly bindings: readonly Binding[];
  readonly secrets: ReadonlyMap<string, string>;
  readonly modules: readonly ScriptModule[];
  readonly tags: readonly string[] | undefined;
  readonly etag: string;
  /** An `inherit` binding that the version before cannot give is refused, not dropped. */
  readonly strictInherit: boolean;
}

/** Parses `request`; the main module comes first in `modules`. */
export async function parseUpload(request: Request): Promise<ParsedUpload> {
  const contentType = request.headers.get('content-type') ?? '';
  if (!contentType.startsWith('multipart/form-data')) {
    // The 7.x SDK's typed `scripts.update` sends a multipart body under this type; Cloudflare runs
    // the boundary line as JavaScript and reports the syntax error.
    throw new ApiError(
      400,
      10021,
      'Uncaught SyntaxError: Invalid left-hand side expression in postfix operation',
    );
  }
  let form: FormData;
  try {
    form = await request.formData();
  } catch {
    throw new ApiError(400, 10021, 'The multipart body could not be read.');
  }
  // A header may name the main module in place of the metadata.
  const named = request.headers.get('cf-worker-main-module-part');
  const metadata: Record<string, unknown> = {
    ...(named !== null && { main_module: named }),
    ...(await readMetadata(form)),
  };
  const modules = await readModules(form);
  const mainModule = metadata.main_module;
  if (typeof mainModule !== 'string') {
    throw new ApiError(
      400,
      10021,
      'metadata.main_module is required: only ES modules can be uploaded here.',
    );
  }
  const main = modules.find((module) => module.name === mainModule);
  if (main === undefined) {
    throw new ApiError(400, 10021, `No such module: ${mainModule}.`);
  }
  const { bindings, secrets } = splitSecrets(metadata.bindings);
  const rest = modules.filter((module) => module !== main);
  return {
    metadata,
    bindings,
    secrets,
    modules: [main, ...rest],
    tags: Array.isArray(metadata.tags) ? metadata.tags.map(String) : undefined,
    etag: etagOf([main, ...rest]),
    strictInherit: asksStrict(request),
  };
}

export function asksStrict({ url }: Request): boolean {
  return new URL(url).searchParams.get('bindings_inherit') === 'strict';
}

async function readMetadata(form: FormData): Promise<Record<string, unknown>> {
  const part = form.get('metadata');
  if (part === null) throw new ApiError(400, 10021, 'The upload has no "metadata" part.');
  try {
    const value: unknown = JSON.parse(typeof part === 'string' ? part : await part.text());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Answered below, with the other shapes that are not metadata.
  }
  throw new ApiError(400, 10021, 'The "metadata" part is not a JSON object.');
}

/** A module's identity is its file name, else its part's name. */
async function readModules(form: FormData): Promise<ScriptModule[]> {
  const modules: ScriptModule[] = [];
  for (const [partName, part] of form.entries()) {
    if (partName === 'metadata') continue;
    const file = typeof part === 'string' ? new File([part], partName) : part;
    // Source maps serve stack traces; nothing here reads them, and they are no modules.
    if (file.type.startsWith('application/source-map')) continue;
    const name = file.name === '' || file.name === 'blob' ? partName : file.name;
    if (name.split('/').includes('..') || name.startsWith('/') || name.includes('\0')) {
      throw new ApiError(
        400,
        10021,
        `The module name ${JSON.stringify(name)} is not a relative path.`,
      );
    }
    const content = new Uint8Array(await file.arrayBuffer());
    modules.push({ name, type: file.type || 'application/javascript+module', content });
  }
  return modules;
}

/** Bindings as uploaded, with the secret ones apart. */
export function splitSecrets(value: unknown): Pick<ParsedUpload, 'bindings' | 'secrets'> {
  const bindings: Binding[] = [];
  const secrets = new Map<string, string>();
  const entries: unknown[] = Array.isArray(value) ? value : [];
  for (const entry of entries) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { type, name, text }: Record<string, unknown> = { ...entry };
    if (typeof type !== 'string' || typeof name !== 'string') {
      throw new ApiError(400, 10021, 'Every binding needs a type and a name.');
    }
    if (type === 'secret_text') {
      if (secrets.has(name)) throw nameInUse(name);
      secrets.set(name, secretText(name, text));
    } else bindings.push({ ...entry, type, name });
  }
  return { bindings, secrets };
}

/** A secret that was read back from the API has no text; stored, it would be lost. */
export function secretText(name: string, text: unknown): string {
  if (typeof text === 'string') return text;
  throw new ApiError(400, 10021, `invalid or missing text property for binding ${name}`);
}

export function etagOf(modules: readonly ScriptModule[]): string {
  const hash = createHash('sha256');
  for (const { name, type, content } of modules) hash.update(`${name}\0${type}\0`).update(content);
  return hash.digest('hex');
}
