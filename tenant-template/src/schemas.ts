// What bodies and queries look like. Strict: a field nobody knows is refused, not ignored. The
// ledger checks facts again by itself; these schemas give the caller pointers.
import type { ErrorItem, JsonObject, Outcome } from '@z0-app/sdk';
import { isPlainObject, pointerTo } from '@z0-app/sdk/json';
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1), z.maxLength(255));
const name = z.string().check(z.regex(/^[a-z][a-z0-9_.-]{0,63}$/));
// Parsed JSON already: what is left to say is that it is an object.
const object = z.custom<JsonObject>(isPlainObject);

export const entityBody = z.strictObject({
  type: name,
  id: z.exactOptional(text),
  data: z.exactOptional(object),
  metadata: z.exactOptional(object),
  owner_id: z.exactOptional(text),
  parent_id: z.exactOptional(text),
});

export const patchBody = z.strictObject({
  data: z.exactOptional(object),
  metadata: z.exactOptional(object),
});

export const lifecycleBody = z.strictObject({
  to: z.enum(['active', 'retiring', 'retired', 'anonymized', 'deleted']),
  reason: z.exactOptional(z.string().check(z.maxLength(1000))),
});

const factFields = {
  type: name,
  subtype: z.exactOptional(name),
  data: z.exactOptional(object),
  timestamp: z.exactOptional(text),
  effective_at: z.exactOptional(text),
  correlation_id: z.exactOptional(text),
  causation_id: z.exactOptional(text),
  source_id: z.exactOptional(text),
  corrects: z.exactOptional(text),
  config_id: z.exactOptional(text),
  config_version: z.exactOptional(z.int().check(z.minimum(1))),
};

export const factBody = z.strictObject({ entity_id: text, ...factFields });

export const batchBody = z.strictObject({
  entity_id: text,
  facts: z.array(z.strictObject(factFields)).check(z.minLength(1), z.maxLength(1000)),
});

export const configBody = z.strictObject({
  type: name,
  name: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(200))),
  settings: z.exactOptional(object),
  state: z.exactOptional(z.enum(['draft', 'active', 'archived'])),
  effective_at: z.exactOptional(text),
  entity_id: z.exactOptional(text),
});

export const whatIfBody = z.strictObject({ type: name, settings: object });

export const wholeNumber = z.pipe(z.string().check(z.regex(/^[0-9]{1,15}$/)), z.transform(Number));

export const noQuery = z.strictObject({});

export const entitiesQuery = z.strictObject({
  limit: z.exactOptional(wholeNumber),
  cursor: z.exactOptional(z.string()),
  prefix: z.exactOptional(z.string()),
});

export const factsQuery = z.strictObject({
  limit: z.exactOptional(wholeNumber),
  cursor: z.exactOptional(z.string()),
  order: z.exactOptional(z.enum(['asc', 'desc'])),
  type: z.exactOptional(z.string()),
  subtype: z.exactOptional(z.string()),
  correlation_id: z.exactOptional(text),
  causation_id: z.exactOptional(text),
  source_id: z.exactOptional(text),
  corrects: z.exactOptional(text),
  subject: z.exactOptional(text),
  effective_from: z.exactOptional(z.string()),
  effective_before: z.exactOptional(z.string()),
});

export const outcomesQuery = z.strictObject({ subject: text, at: z.exactOptional(z.string()) });

export const configQuery = z.strictObject({
  entity_id: z.exactOptional(text),
  version: z.exactOptional(wholeNumber),
});

export const versionsQuery = z.strictObject({ entity_id: z.exactOptional(text) });

/** One moment, now by default. */
export const momentQuery = z.strictObject({ at: z.exactOptional(z.string()) });

export const stateQuery = z.strictObject({
  seq: z.exactOptional(wholeNumber),
  at: z.exactOptional(z.string()),
});

/** `value` as `schema` says, or `invalid_request` with one pointer per fault. */
export function parse<S extends z.ZodMiniType>(schema: S, value: unknown): Outcome<z.output<S>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = parsed.error.issues.flatMap(itemsOf).slice(0, 16);
  const detail = errors[0]?.detail ?? 'The request does not match its schema.';
  return { ok: false, error: { code: 'invalid_request', detail, errors } };
}

/** The query of `url`; a parameter given twice is a fault like an unknown one. */
export function parseQuery<S extends z.ZodMiniType>(schema: S, url: URL): Outcome<z.output<S>> {
  const values: Record<string, string> = {};
  for (const [key, value] of url.searchParams) {
    if (Object.hasOwn(values, key)) {
      const detail = 'The parameter is given twice.';
      const errors = [{ pointer: pointerTo('', key), code: 'duplicate_key', detail }];
      return { ok: false, error: { code: 'invalid_request', detail, errors } };
    }
    Object.defineProperty(values, key, { value, enumerable: true });
  }
  return parse(schema, values);
}

function itemsOf(issue: z.core.$ZodIssue): ErrorItem[] {
  const pointer = issue.path.reduce<string>((path, key) => pointerTo(path, String(key)), '');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerTo(pointer, key),
      code: 'unknown_field',
      detail: 'This field is not known.',
    }));
  }
  return [{ pointer, code: issue.code, detail: detailOf(issue) }];
}

/** In words; zod's own catalogue of messages would be most of this Worker's size. */
function detailOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `Expected ${issue.expected}.`;
    case 'too_small':
      return `Expected at least ${issue.minimum}.`;
    case 'too_big':
      return `Expected at most ${issue.maximum}.`;
    case 'invalid_format':
      return issue.pattern ? `Expected a text like ${issue.pattern}.` : 'Not the expected format.';
    case 'invalid_value':
      return `Expected one of ${issue.values.map(String).join(', ')}.`;
    case 'custom':
      return 'Expected a JSON object.';
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      break;
  }
  return 'Not what is expected here.';
}
