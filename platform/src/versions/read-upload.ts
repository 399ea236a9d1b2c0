// Reads an upload of a tenant's code under bounds: a form of one manifest and some modules. What the
// code says is not its business; a form at fault is told with everything that is wrong with it.
import type { WorkerModule } from '@z0-app/provisioning';
import { type ErrorItem, LedgerError } from '@z0-app/sdk/errors';
import { parseJson, pointerTo } from '@z0-app/sdk/json';
import { readBodyBytes } from '../http/read-body.ts';

/** Of the whole form: a megabyte of modules, the manifest and the form's own lines. */
export const MAX_FORM_BYTES = 1_280 * 1024;
/** Modules are at most 20; a form of more parts than this is not read any further. */
const MAX_PARTS = 64;
const MAX_MANIFEST_BYTES = 64 * 1024;
const MODULE_TYPE = 'application/javascript+module';
/** Segments that begin with a letter, a digit or `_`: none is `..`, none is empty. */
const MODULE_NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.-]*\.m?js$/u;
const MAX_NAME = 200;
const MANIFEST = 'manifest';

export interface Upload {
  /** Parsed JSON and nothing more; `undefined` when there is none. */
  readonly manifest: unknown;
  readonly modules: readonly WorkerModule[];
  /** What is wrong with the form. */
  readonly faults: readonly ErrorItem[];
}

/** Throws `unsupported_media_type`, `payload_too_large`, `invalid_request` for what is no such form. */
export async function readUpload(request: Request): Promise<Upload> {
  const parts = await readParts(request);
  const faults: ErrorItem[] = [];
  const modules: WorkerModule[] = [];
  if (parts.length > MAX_PARTS) {
    const detail = `The form has ${parts.length} parts; a version has at most 20 modules.`;
    return {
      manifest: undefined,
      modules,
      faults: [fault('/modules', 'too_many_modules', detail)],
    };
  }
  const seen = new Set<string>();
  for (const [name, value] of parts) {
    if (name === MANIFEST) continue;
    const found = formFaults(name, value, seen);
    const isNew = !seen.has(name);
    seen.add(name);
    const content = typeof value === 'string' ? '' : decode(await value.arrayBuffer());
    if (content === undefined) found.push(moduleFault(name, 'syntax', 'is not UTF-8.'));
    faults.push(...found);
    // One at fault stays as an empty module, so that nothing else complains of its absence.
    if (isNew) modules.push({ name, content: found.length > 0 ? '' : (content ?? '') });
  }
  const manifest = await readManifest(parts);
  return { manifest: manifest.value, modules, faults: [...manifest.faults, ...faults] };
}

type Part = readonly [name: string, value: string | File];

async function readParts(request: Request): Promise<Part[]> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/iu.test(type)) {
    const detail =
      'Send the upload as multipart/form-data: a part manifest, and one for each module.';
    throw new LedgerError({ code: 'unsupported_media_type', detail });
  }
  const bytes = await readBodyBytes(request, MAX_FORM_BYTES);
  if (bytes === undefined) {
    const detail = `The form may be at most ${MAX_FORM_BYTES} bytes; its modules at most 1 MB in all.`;
    throw new LedgerError({ code: 'payload_too_large', detail });
  }
  try {
    const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
    return [...form.entries()];
  } catch {
    const detail = 'The body is not the form that its content-type describes.';
    throw new LedgerError({ code: 'invalid_request', detail });
  }
}

function formFaults(name: string, value: string | File, seen: ReadonlySet<string>): ErrorItem[] {
  const faults: ErrorItem[] = [];
  if (seen.has(name)) faults.push(moduleFault(name, 'duplicate', 'is there twice.'));
  if (name.length > MAX_NAME || !MODULE_NAME.test(name)) {
    const detail =
      'is no module path: letters, digits, ".", "-" and "_" in segments, ending in .js.';
    faults.push(moduleFault(name, 'invalid_name', detail));
  }
  if (typeof value === 'string') {
    return [
      ...faults,
      moduleFault(name, 'invalid_name', 'needs a filename, the same as its name.'),
    ];
  }
  if (value.name !== name) {
    faults.push(moduleFault(name, 'invalid_name', 'has another filename than its name.'));
  }
  if (value.type.toLowerCase() !== MODULE_TYPE) {
    faults.push(moduleFault(name, 'invalid_type', `must be of type ${MODULE_TYPE}.`));
  }
  return faults;
}

async function readManifest(
  parts: readonly Part[],
): Promise<{ value?: unknown; faults: ErrorItem[] }> {
  const [part, ...more] = parts.filter(([name]) => name === MANIFEST);
  const refuse = (detail: string) => ({ faults: [fault('/manifest', 'manifest_invalid', detail)] });
  if (part === undefined) return refuse('The form has no part manifest.');
  if (more.length > 0) return refuse('The form has more than one part manifest.');
  const [, value] = part;
  const text = typeof value === 'string' ? value : decode(await value.arrayBuffer());
  if (text === undefined) return refuse('The manifest is not UTF-8.');
  if (text.length > MAX_MANIFEST_BYTES) return refuse('The manifest is longer than 64 KiB.');
  const parsed = parseJson(text);
  return parsed.ok ? { value: parsed.value, faults: [] } : refuse(parsed.error.detail);
}

function decode(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function moduleFault(name: string, code: string, what: string): ErrorItem {
  const shown = name.slice(0, MAX_NAME).toWellFormed();
  return fault(pointerTo('/modules', shown), code, `${shown || 'A part without a name'} ${what}`);
}

function fault(pointer: string, code: string, detail: string): ErrorItem {
  return { pointer, code, detail };
}
