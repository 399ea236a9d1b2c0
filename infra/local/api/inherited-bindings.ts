// What an upload takes over from the version before it: `inherit` bindings, by their old name, too,
// and the types named in `keep_bindings`. Pure.
import type { Binding } from '../state/script-store.ts';
import { ApiError } from './envelope.ts';
import type { ParsedUpload } from './upload.ts';

export interface Bound {
  readonly bindings: readonly Binding[];
  readonly secrets: ReadonlyMap<string, string>;
}

/** The bindings and secrets of `parsed`, completed from `before`. */
export function withInherited(before: Bound, parsed: ParsedUpload): Bound {
  const older = new Map(before.bindings.map((binding) => [binding.name, binding]));
  const bindings: Binding[] = [];
  const secrets = new Map(parsed.secrets);
  const taken = new Set(parsed.secrets.keys());
  for (const binding of parsed.bindings) {
    if (taken.has(binding.name)) throw nameInUse(binding.name);
    taken.add(binding.name);
    if (binding.type !== 'inherit') {
      bindings.push(binding);
      continue;
    }
    const source = sourceOf(binding);
    const kept = older.get(source);
    const secret = before.secrets.get(source);
    if (kept !== undefined) bindings.push({ ...kept, name: binding.name });
    else if (secret !== undefined) secrets.set(binding.name, secret);
    else if (parsed.strictInherit) throw unresolved(binding.name, source);
  }
  keepTypes(before, keptTypes(parsed), { bindings, secrets, taken });
  return { bindings, secrets };
}

interface Taken {
  readonly bindings: Binding[];
  readonly secrets: Map<string, string>;
  readonly taken: Set<string>;
}

/** What the upload names itself goes before what it keeps. */
function keepTypes(before: Bound, kept: Set<string>, { bindings, secrets, taken }: Taken): void {
  for (const binding of before.bindings) {
    if (kept.has(binding.type) && !taken.has(binding.name)) bindings.push(binding);
  }
  if (!kept.has('secret_text')) return;
  for (const [name, text] of before.secrets) {
    if (secrets.has(name)) continue;
    if (taken.has(name)) throw nameInUse(name);
    secrets.set(name, text);
  }
}

function sourceOf({ name, old_name: oldName, version_id: version = 'latest' }: Binding): string {
  if (version !== 'latest') {
    const message = `The binding ${name} names a version to inherit from; only the literal 'latest' is supported by this API.`;
    throw new ApiError(400, 10057, message);
  }
  return typeof oldName === 'string' ? oldName : name;
}

function unresolved(name: string, source: string): ApiError {
  const message = `The binding ${name} cannot be inherited: the previous version of the Worker has no binding ${source}. Send it with a type of its own, or leave it out.`;
  return new ApiError(400, 10057, message);
}

export function nameInUse(name: string): ApiError {
  const message = `Binding name '${name}' already in use. Please use a different name and try again.`;
  return new ApiError(400, 10053, message);
}

function keptTypes(parsed: ParsedUpload): Set<string> {
  const { keep_bindings: keep } = parsed.metadata;
  return new Set(Array.isArray(keep) ? keep.map(String) : []);
}
