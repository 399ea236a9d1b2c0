// Checks what a caller gives before it becomes a fact or an entity. Hand-written: it runs inside
// the Durable Object on every append. Pure; it never fills in what only the ledger may assign.
import type { EntityInput, EntityPatch } from './entity.ts';
import type { ErrorItem } from './errors.ts';
import type { FactDraft, FactInput } from './fact.ts';
import { checkJson, isPlainObject } from './json.ts';
import { pointerTo } from './json-pointer.ts';
import { accept, type Outcome, refuse } from './outcome.ts';
import { normalizeTimestamp } from './timestamp.ts';

/** Pattern of a fact's and an entity's `type` and `subtype`. */
export const NAME_PATTERN = /^[a-z][a-z0-9_.-]{0,63}$/;
/** Pattern of an entity id. */
export const ENTITY_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/;
/** Bytes of a fact as canonical JSON, and of an entity. */
export const MAX_FACT_BYTES = 256 * 1024;
/** Facts in one batch. */
export const MAX_BATCH = 1000;

const PATCH_FIELDS = ['data', 'metadata'];
const ENTITY_FIELDS = ['id', 'type', 'owner_id', 'parent_id', ...PATCH_FIELDS];
const TIMES = ['timestamp', 'effective_at'] as const;
const REFERENCES = [
  'correlation_id',
  'causation_id',
  'source_id',
  'corrects',
  'config_id',
] as const;
const FACT_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'subtype',
  'data',
  ...TIMES,
  ...REFERENCES,
  'config_version',
]);

/** `input` as a draft, times normalised; `invalid_request` names each field at fault. */
export function checkFactInput(input: FactInput, pointer = ''): Outcome<FactDraft> {
  if (!isPlainObject(input)) return refusal([item(pointer, 'invalid_type', 'Expected an object.')]);
  const given: Record<string, unknown> = input;
  const faults: ErrorItem[] = [];
  const fault = (key: string, code: string, detail: string): void => {
    faults.push(item(pointerTo(pointer, key), code, detail));
  };
  for (const key of Object.keys(given)) {
    if (!FACT_FIELDS.has(key)) fault(key, 'unknown_field', 'This field is not known.');
  }
  checkName(given, 'type', true, fault);
  checkName(given, 'subtype', false, fault);
  const times: { timestamp?: string; effective_at?: string } = {};
  for (const key of TIMES) {
    const value = given[key];
    if (value === undefined) continue;
    const time = typeof value === 'string' ? normalizeTimestamp(value) : undefined;
    if (time === undefined) fault(key, 'invalid_time', 'Expected an RFC 3339 time with an offset.');
    else times[key] = time;
  }
  for (const key of REFERENCES) {
    if (given[key] !== undefined && !isReference(given[key])) {
      fault(key, 'invalid_reference', 'Expected a text of 1 to 255 characters.');
    }
  }
  const version = given.config_version;
  if (version !== undefined && !(Number.isSafeInteger(version) && Number(version) > 0)) {
    fault('config_version', 'out_of_range', 'Expected a whole number from 1.');
  }
  faults.push(...objectFaults(given.data, pointerTo(pointer, 'data')));
  if (faults.length > 0) return refusal(faults);
  return accept({ ...input, ...times, data: input.data ?? {} });
}

/** One fault per key of `input` that is none of `known`. */
export function unknownFields(input: object, known: readonly string[]): ErrorItem[] {
  return Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => item(pointerTo('', key), 'unknown_field', 'This field is not known.'));
}

/** The faults of an entity to create. */
export function entityFaults(input: EntityInput): ErrorItem[] {
  const faults = unknownFields(input, ENTITY_FIELDS);
  if (typeof input.id !== 'string' || !ENTITY_ID_PATTERN.test(input.id)) {
    faults.push(item('/id', 'invalid_id', `Expected ${ENTITY_ID_PATTERN.source}.`));
  }
  if (typeof input.type !== 'string' || !NAME_PATTERN.test(input.type)) {
    faults.push(item('/type', 'invalid_name', `Expected ${NAME_PATTERN.source}.`));
  }
  for (const key of ['owner_id', 'parent_id'] as const) {
    if (input[key] !== undefined && !isReference(input[key])) {
      faults.push(item(`/${key}`, 'invalid_reference', 'Expected a text of 1 to 255 characters.'));
    }
  }
  if (input.parent_id !== undefined && input.parent_id === input.id) {
    faults.push(item('/parent_id', 'self', 'An entity is not related to itself.'));
  }
  return [...faults, ...contentFaults(input)];
}

/** The faults of a patch. */
export function patchFaults(input: EntityPatch): ErrorItem[] {
  return [...unknownFields(input, PATCH_FIELDS), ...contentFaults(input)];
}

function contentFaults(input: EntityPatch): ErrorItem[] {
  return [...objectFaults(input.data, '/data'), ...objectFaults(input.metadata, '/metadata')];
}

/** Whether `text` takes more than `maxBytes` in UTF-8; counts bytes only near the limit. */
export function exceedsBytes(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  if (text.length * 3 <= maxBytes) return false;
  return new TextEncoder().encode(text).byteLength > maxBytes;
}

function checkName(
  given: Record<string, unknown>,
  key: string,
  required: boolean,
  fault: (key: string, code: string, detail: string) => void,
): void {
  const value = given[key];
  if (value === undefined && !required) return;
  if (typeof value === 'string' && NAME_PATTERN.test(value)) return;
  fault(key, value === undefined ? 'required' : 'invalid_name', `Expected ${NAME_PATTERN.source}.`);
}

function objectFaults(value: unknown, pointer: string): ErrorItem[] {
  if (value === undefined) return [];
  if (!isPlainObject(value)) return [item(pointer, 'invalid_type', 'Expected a JSON object.')];
  return checkJson(value, pointer);
}

function isReference(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length > 0 && value.length <= 255 && value.isWellFormed()
  );
}

function item(pointer: string, code: string, detail: string): ErrorItem {
  return { pointer, code, detail };
}

function refusal(faults: ErrorItem[]): Outcome<FactDraft> {
  return refuse('invalid_request', faults[0]?.detail ?? 'The fact is not valid.', faults);
}
