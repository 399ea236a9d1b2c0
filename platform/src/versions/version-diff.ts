// What two versions of a tenant's code differ in: manifest, classes, and each module line by line. Pure.
// Both sides are the tenant's, so whatever they hold, time and answer are bounded and it says where.
import type { JsonValue } from '@z0-app/sdk';
import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/** One side; the template alone has no classes and no modules of the tenant. */
export interface DiffSide {
  /** As it is named in a patch. */
  readonly label: string;
  readonly manifest: JsonValue;
  readonly classes: readonly DiffClass[];
  readonly modules: readonly { readonly name: string; readonly content: string }[];
}

interface DiffClass {
  readonly name: string;
  readonly type: string;
  readonly prefix: string;
}

export interface ManifestChange {
  /** RFC 6901, into the manifest. */
  readonly pointer: string;
  /** As JSON; `null` where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ModuleDiff {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Unified, without source maps; `null` where `gave_up` says why. */
  readonly patch: string | null;
  readonly gave_up: 'too_different' | 'too_large' | null;
}

export interface VersionDiff {
  readonly manifest: ManifestChange[];
  readonly classes: { added: DiffClass[]; removed: DiffClass[]; changed: DiffClass[] };
  readonly modules: ModuleDiff[];
}

/** Of all modules together: comparing takes time by the square of lines that are in one side alone. */
const MAX_EDITS = 2_000;
/** Of one patch, and of all of them: what does not fit any more is not compared at all. */
const MAX_PATCH_CHARS = 200_000;
const MAX_ALL_CHARS = 600_000;
const MAX_DEPTH = 8;
const CONTEXT_LINES = 3;

export function diffVersions(from: DiffSide, to: DiffSide): VersionDiff {
  return {
    manifest: manifestChanges(from.manifest, to.manifest),
    classes: classChanges(from.classes, to.classes),
    modules: moduleDiffs(from, to),
  };
}

function moduleDiffs(from: DiffSide, to: DiffSide): ModuleDiff[] {
  const [before, after] = [textsOf(from), textsOf(to)];
  const names = Array.from(new Set([...before.keys(), ...after.keys()])).toSorted();
  let room = MAX_ALL_CHARS;
  let work = MAX_EDITS ** 2;
  return names.flatMap((name): ModuleDiff[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was === is) return [];
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    if (room <= 0) return [{ name, change, patch: null, gave_up: 'too_large' }];
    const maxEdits = Math.floor(Math.sqrt(work));
    const found = patchOf(name, { from, to, was: was ?? '', is: is ?? '', maxEdits });
    work = Math.max(work - found.edits ** 2, 0);
    if (found.patch === null) return [{ name, change, patch: null, gave_up: found.gave_up }];
    room -= found.patch.length;
    return [{ name, change, patch: found.patch, gave_up: null }];
  });
}

interface Pair {
  readonly from: DiffSide;
  readonly to: DiffSide;
  readonly was: string;
  readonly is: string;
  readonly maxEdits: number;
}

type Found = { readonly edits: number } & (
  | { readonly patch: string }
  | { readonly patch: null; readonly gave_up: 'too_different' | 'too_large' }
);

function patchOf(name: string, { from, to, was, is, maxEdits }: Pair): Found {
  const [code, nextCode] = [withoutMap(was), withoutMap(is)];
  // A patch holds at least what is in one side alone.
  if (Math.abs(code.length - nextCode.length) > MAX_PATCH_CHARS) {
    return { edits: 0, patch: null, gave_up: 'too_large' };
  }
  const [a, b] = [`${from.label}/${name}`, `${to.label}/${name}`];
  const options = { context: CONTEXT_LINES, maxEditLength: maxEdits };
  const patch = structuredPatch(a, b, code, nextCode, undefined, undefined, options);
  if (patch === undefined) return { edits: maxEdits, patch: null, gave_up: 'too_different' };
  const edits = patch.hunks.flatMap(({ lines }) => lines).filter(isEdit).length;
  const text = formatPatch(patch, FILE_HEADERS_ONLY);
  return text.length > MAX_PATCH_CHARS
    ? { edits, patch: null, gave_up: 'too_large' }
    : { edits, patch: text };
}

const isEdit = (line: string): boolean => line.startsWith('+') || line.startsWith('-');

/** Its one line says nothing to a person, and is longer than all others. */
function withoutMap(content: string): string {
  const start = content.lastIndexOf('//# sourceMappingURL=data:');
  if (start === -1) return content;
  const end = content.indexOf('\n', start);
  return content.slice(0, start) + (end === -1 ? '' : content.slice(end + 1));
}

function textsOf({ modules }: DiffSide): Map<string, string> {
  return new Map(modules.map(({ name, content }) => [name, content]));
}

function classChanges(
  before: readonly DiffClass[],
  after: readonly DiffClass[],
): VersionDiff['classes'] {
  const was = new Map(before.map((one) => [one.name, one]));
  const is = new Map(after.map((one) => [one.name, one]));
  return {
    added: after.filter(({ name }) => !was.has(name)),
    removed: before.filter(({ name }) => !is.has(name)),
    changed: after.filter(({ name, type, prefix }) => {
      const one = was.get(name);
      return one !== undefined && (one.type !== type || one.prefix !== prefix);
    }),
  };
}

/** Leaf by leaf; a list is one leaf. */
function manifestChanges(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  pointer = '',
  depth = 0,
): ManifestChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (depth < MAX_DEPTH && isObject(before) && isObject(after)) {
    const names = Array.from(new Set([...Object.keys(before), ...Object.keys(after)])).toSorted();
    return names.flatMap((name) => {
      const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
      const [was, is] = [own(before, name), own(after, name)];
      return manifestChanges(was, is, `${pointer}/${step}`, depth + 1);
    });
  }
  return [{ pointer, before: jsonOf(before), after: jsonOf(after) }];
}

function jsonOf(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Record<string, JsonValue>, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
