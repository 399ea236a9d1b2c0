// Whether a JSON Schema (draft 2020-12) is one that rules may use: known keywords of the right
// shape, references inside it only. Never validates a document.
import type { ErrorItem } from './errors.ts';
import { isPlainObject } from './json.ts';
import { pointerTo } from './json-pointer.ts';
import { readPointer } from './read-pointer.ts';

type Shape = (value: unknown) => boolean;

const TYPES: readonly unknown[] = 'array boolean integer null number object string'.split(' ');

const isText: Shape = (value) => typeof value === 'string';
const isTexts: Shape = (value) => Array.isArray(value) && value.every(isText);
const isNumber: Shape = (value) => typeof value === 'number';
const isCount: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isSchema: Shape = (value) => typeof value === 'boolean' || isPlainObject(value);
const isSchemas: Shape = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isSchema);
const isMapOf =
  (is: Shape): Shape =>
  (value) =>
    isPlainObject(value) && Object.values(value).every(is);
const isSchemaMap = isMapOf(isSchema);
const isPatternMap: Shape = (value) =>
  isPlainObject(value) && Object.keys(value).every(isPattern) && isSchemaMap(value);

/** What the value of a keyword must be. */
const SHAPES: readonly [keywords: string, is: Shape][] = [
  ['$comment title description format', isText],
  ['default const examples', () => true],
  ['enum', Array.isArray],
  ['required', isTexts],
  ['dependentRequired', isMapOf(isTexts)],
  ['type', (value) => [value].flat().every((one) => TYPES.includes(one))],
  ['uniqueItems', (value) => typeof value === 'boolean'],
  ['minimum maximum exclusiveMinimum exclusiveMaximum', isNumber],
  ['multipleOf', (value) => isNumber(value) && Number(value) > 0],
  ['minLength maxLength minItems maxItems minContains maxContains', isCount],
  ['minProperties maxProperties', isCount],
  ['pattern', isPattern],
  ['not if then else items contains propertyNames', isSchema],
  ['additionalProperties unevaluatedProperties unevaluatedItems', isSchema],
  ['allOf anyOf oneOf prefixItems', isSchemas],
  ['$defs properties dependentSchemas', isSchemaMap],
  ['patternProperties', isPatternMap],
];

const SHAPE_OF = new Map(
  SHAPES.flatMap(([keywords, is]) => keywords.split(' ').map((keyword) => [keyword, is] as const)),
);
const OF_SCHEMAS: ReadonlySet<Shape> = new Set([isSchemas, isSchemaMap, isPatternMap]);

/** The faults of `schema`; each has its pointer, below `pointer`. */
export function schemaFaults(schema: unknown, pointer: string, root = schema): ErrorItem[] {
  if (typeof schema === 'boolean') return [];
  if (!isPlainObject(schema)) return [fault(pointer, 'Expected a JSON Schema.')];
  const isReference: Shape = (value) => isLocal(value, root);
  const faults: ErrorItem[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const place = pointerTo(pointer, keyword);
    const is = keyword === '$ref' ? isReference : SHAPE_OF.get(keyword);
    if (!is) faults.push(fault(place, 'This keyword is not supported.'));
    else if (!is(value)) faults.push(fault(place, 'Not a value of this keyword.'));
    else if (is === isSchema) faults.push(...schemaFaults(value, place, root));
    else if (OF_SCHEMAS.has(is)) {
      // Parse edge: the shape says that it is a list or an object.
      for (const [step, child] of Object.entries(value as object)) {
        faults.push(...schemaFaults(child, pointerTo(place, step), root));
      }
    }
  }
  return faults;
}

/** References stay inside the schema: `#`, or one of its own `$defs`. */
function isLocal(value: unknown, root: unknown): boolean {
  if (typeof value !== 'string' || !/^#(\/\$defs\/[A-Za-z0-9_-]+)?$/.test(value)) return false;
  return isSchema(readPointer(root, value.slice(1)));
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(value, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function fault(pointer: string, detail: string): ErrorItem {
  return { pointer, code: 'invalid_schema', detail };
}
