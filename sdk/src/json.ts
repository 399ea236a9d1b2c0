// Strict JSON at the edge: what may enter a ledger, and the one canonical way to write it down
// (RFC 8785). Pure; it never repairs a value, it refuses it and says where.
import type { ErrorData, ErrorItem } from './errors.ts';
import { pointerTo } from './json-pointer.ts';
import { scanJson } from './json-scan.ts';

export { pointerTo };

/** Plain JSON. Source: RFC 8259. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. A key whose value is `undefined` counts as absent. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** Containers inside containers, counted from the outermost one. */
export const MAX_JSON_DEPTH = 32;

/** A refusal names this many faults at most. */
const MAX_FAULTS = 16;
/** Canonical text may nest deeper than input: a fact wraps its `data`. */
const MAX_CANONICAL_DEPTH = MAX_JSON_DEPTH + 8;
/** Keys that mean something to JavaScript's object model. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

export type ParsedJson = { ok: true; value: JsonValue } | { ok: false; error: ErrorData };

/**
 * Parses `text`, refusing what JSON.parse lets through: nesting beyond 32, duplicate or forbidden
 * keys, numbers a double cannot hold exactly as an integer, lone surrogates.
 * Errors: `invalid_json` (syntax) and `invalid_request` (the rest), each fault with its pointer.
 */
export function parseJson(text: string): ParsedJson {
  const scanned = scanJson(text, MAX_JSON_DEPTH);
  if (scanned) return refusal('invalid_request', [scanned]);
  let value: JsonValue;
  try {
    // Parse edge: JSON.parse gives JSON values and nothing else.
    value = JSON.parse(text) as JsonValue;
  } catch {
    const detail = 'The text does not follow the JSON grammar.';
    return refusal('invalid_json', [{ pointer: '', code: 'syntax', detail }]);
  }
  const faults = checkJson(value);
  return faults.length > 0 ? refusal('invalid_request', faults) : { ok: true, value };
}

/**
 * The faults of `value` as plain JSON, none when it is fit to store. Used on data that arrived by
 * RPC, where nothing was parsed. `pointer` is where `value` sits in its document.
 */
export function checkJson(value: unknown, pointer = ''): ErrorItem[] {
  const walk: Walk = { pointer, path: [], faults: [] };
  check(value, walk);
  return walk.faults;
}

/** Pointers are written only for faults: a megabyte of numbers has half a million places. */
interface Walk {
  readonly pointer: string;
  readonly path: (string | number)[];
  readonly faults: ErrorItem[];
}

/** Whether `value` is an object literal: no array, no class instance. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function check(value: unknown, walk: Walk): void {
  if (walk.faults.length >= MAX_FAULTS) return;
  switch (typeof value) {
    case 'boolean':
      return;
    case 'string':
      if (!value.isWellFormed()) report(walk, 'lone_surrogate');
      return;
    case 'number':
      if (!Number.isFinite(value)) report(walk, 'not_finite');
      else if (Math.abs(value) > Number.MAX_SAFE_INTEGER) report(walk, 'unsafe_integer');
      return;
    case 'object':
      if (value === null) return;
      if (walk.path.length >= MAX_JSON_DEPTH) report(walk, 'too_deep');
      else if (Array.isArray(value)) checkItems(value, walk);
      else if (isPlainObject(value)) checkFields(value, walk);
      else report(walk, 'not_json');
      return;
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      report(walk, 'not_json');
  }
}

function checkItems(items: readonly unknown[], walk: Walk): void {
  for (let i = 0; i < items.length; i += 1) {
    walk.path.push(i);
    check(items[i], walk);
    walk.path.pop();
  }
}

function checkFields(fields: Record<string, unknown>, walk: Walk): void {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (!key.isWellFormed()) {
      report(walk, 'lone_surrogate');
      continue;
    }
    walk.path.push(key);
    if (FORBIDDEN_KEYS.has(key)) report(walk, 'forbidden_key');
    else if (value !== undefined) check(value, walk);
    walk.path.pop();
  }
}

/**
 * `value` as RFC 8785 text: sorted keys, no white space, so that equal values are equal bytes.
 * Throws a TypeError on what is not plain JSON; check input first where a refusal is wanted.
 */
export function canonicalJson(value: unknown): string {
  // With keys in order the native writer gives the same text, several times as fast.
  return isInOrder(value, 0) ? JSON.stringify(value) : write(value, 0);
}

/** Whether `value` is plain JSON whose keys stand sorted already. */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth >= MAX_CANONICAL_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isInOrder(item, depth + 1));
  if (!isPlainObject(value)) return false;
  let before = '';
  for (const key of Object.keys(value)) {
    const child = value[key];
    if (key < before || (child !== undefined && !isInOrder(child, depth + 1))) return false;
    before = key;
  }
  return true;
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number that is not finite');
    return String(value === 0 ? 0 : value);
  }
  if (depth >= MAX_CANONICAL_DEPTH) throw new TypeError('nested too deep');
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  if (!isPlainObject(value)) throw new TypeError(`not plain JSON: ${typeof value}`);
  let text = '';
  for (const key of Object.keys(value).toSorted()) {
    const child = value[key];
    if (child === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${write(child, depth + 1)}`;
  }
  return `{${text}}`;
}

const DETAILS = {
  too_deep: `Nested deeper than ${MAX_JSON_DEPTH} levels.`,
  unsafe_integer: 'Numbers beyond 2^53-1 lose digits; send a string.',
  not_finite: 'The number does not fit a double.',
  lone_surrogate: 'Half of a surrogate pair.',
  forbidden_key: 'This key is not allowed.',
  not_json: 'Not plain JSON.',
} as const;

function report({ pointer, path, faults }: Walk, code: keyof typeof DETAILS): void {
  if (faults.length >= MAX_FAULTS) return;
  const place = path.reduce<string>((parent, key) => pointerTo(parent, key), pointer);
  faults.push({ pointer: place, code, detail: DETAILS[code] });
}

function refusal(code: 'invalid_json' | 'invalid_request', errors: ErrorItem[]): ParsedJson {
  const detail = errors[0]?.detail ?? 'The body cannot be read.';
  return { ok: false, error: { code, detail, errors } };
}
