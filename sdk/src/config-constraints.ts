// What "narrower" means for a field of settings, and how the settings of several scopes become one.
// Pure; it never fails on what it reads: a scope that no longer fits is combined, not refused.
import type { ErrorItem } from './errors.ts';
import { canonicalJson, isPlainObject, type JsonObject, type JsonValue } from './json.ts';
import { pointerTo } from './json-pointer.ts';

/** One way to constrain a field. `parent` is the value of the broader scope. */
export interface Constraint {
  /** What a value has to be, or undefined when `value` is that. */
  check(value: unknown): string | undefined;
  /** Whether the narrower scope may say `child`. */
  isNarrower(parent: unknown, child: unknown): boolean;
  /** What holds when both speak: never wider than either, as far as the kind allows that. */
  combine(parent: JsonValue, child: JsonValue): JsonValue;
}

type Scalar = string | number | boolean | null;
type NamedRule = JsonObject & { name: string };

/** Key of `settings` that holds the constraints: field to kind. */
export const CONSTRAINTS = 'constraints';

/**
 * The kinds, by the name `settings.constraints` gives them; see each. When two scopes cannot be
 * combined, or one is not of the kind's shape, the broader one holds. Source: seeds, architecture.
 */
export const CONSTRAINT_KINDS = {
  /** A number; less is narrower. */
  at_most: kind('a number', isNumber, (p, c) => c <= p, Math.min),
  /** A number; more is narrower. */
  at_least: kind('a number', isNumber, (p, c) => c >= p, Math.max),
  /** A list of scalars; fewer are narrower. */
  subset: kind('a list of scalars', isScalars, isIn, (p, c) => p.filter((one) => c.includes(one))),
  /** A list of scalars; more are narrower. */
  superset: kind(
    'a list of scalars',
    isScalars,
    (p, c) => isIn(c, p),
    (p, c) => [...new Set([...p, ...c])],
  ),
  /** `[min, max]`; inside the broader range is narrower. */
  within: kind('[min, max]', isRange, ([p, q], [c, d]) => p <= c && d <= q, intersect),
  /** A boolean; once true above, true below. */
  once_true: kind(
    'a boolean',
    isBoolean,
    (p, c) => c || !p,
    (p, c) => p || c,
  ),
  /** A boolean; once false above, false below. */
  once_false: kind(
    'a boolean',
    isBoolean,
    (p, c) => p || !c,
    (p, c) => p && c,
  ),
  /** Any value; the same below. */
  fixed: kind('a JSON value', isJson, equal, (p) => p),
  /** Objects with a unique `name`; a narrower scope adds to them. Those it leaves out still hold. */
  rules: kind(
    'a list of objects with a unique name',
    isRules,
    (p, c) => c.every((one) => equal(one, named(p, one) ?? one)),
    (p, c) => [...p, ...c.filter((one) => !named(p, one))],
  ),
} as const satisfies Record<string, Constraint>;

/** Name of a kind of constraint. */
export type ConstraintName = keyof typeof CONSTRAINT_KINDS;

interface SdkField {
  readonly check: (value: unknown) => boolean;
  readonly expected: string;
  /** Constrains the field without being asked for. */
  readonly kind?: ConstraintName;
}

const BOOLEAN = { check: isBoolean, expected: 'true or false' };

/** The fields of the Config types that the SDK itself reads; it knows no others. */
export const SDK_TYPES: ReadonlyMap<string, Readonly<Record<string, SdkField>>> = new Map<
  string,
  Readonly<Record<string, SdkField>>
>([
  ['invariants', { rules: { check: Array.isArray, expected: 'a list', kind: 'rules' } }],
  [
    'ledger',
    {
      record_refusals: BOOLEAN,
      storage_budget_bytes: {
        check: (value) => Number.isSafeInteger(value) && Number(value) > 0,
        expected: 'a whole number of bytes',
        kind: 'at_most',
      },
      require_idempotency_key: { ...BOOLEAN, kind: 'once_true' },
    },
  ],
]);

/** The settings of all scopes that have a Config of `type`, broadest first, as one. */
export function combineSettings(type: string, scopes: readonly JsonObject[]): JsonObject {
  const merged = new Map<string, JsonValue>();
  const kinds = impliedKinds(type);
  const declared = new Map<string, JsonValue>();
  for (const settings of scopes) {
    for (const [field, value] of fieldsOf(settings)) {
      const above = merged.get(field);
      const name = kinds.get(field);
      const combined = name !== undefined && above !== undefined;
      merged.set(field, combined ? CONSTRAINT_KINDS[name].combine(above, value) : value);
    }
    for (const [field, name] of declaredKinds(settings)) {
      if (!kinds.has(field)) declared.set(field, name);
      kinds.set(field, kinds.get(field) ?? name);
    }
  }
  if (declared.size > 0) merged.set(CONSTRAINTS, Object.fromEntries(declared));
  return Object.fromEntries(merged);
}

/** Where `settings` would be wider than `above`, the combined settings of the broader scopes. */
export function wideningFaults(
  type: string,
  above: JsonObject,
  settings: JsonObject,
): readonly ErrorItem[] {
  const kinds = new Map([...declaredKinds(above), ...impliedKinds(type)]);
  const faults: ErrorItem[] = [];
  const fault = (pointer: string, name: string): void => {
    const detail = `The scope above sets a limit here: ${name}.`;
    faults.push({ pointer, code: 'config_widened', detail });
  };
  for (const [field, name] of declaredKinds(settings)) {
    const given = kinds.get(field) ?? name;
    if (given !== name) fault(pointerTo(`/settings/${CONSTRAINTS}`, field), given);
  }
  const aboves = new Map(fieldsOf(above));
  for (const [field, value] of fieldsOf(settings)) {
    const name = kinds.get(field);
    if (name === undefined) continue;
    const constraint: Constraint = CONSTRAINT_KINDS[name];
    const parent = aboves.get(field);
    const fits =
      parent === undefined
        ? constraint.check(value) === undefined
        : constraint.isNarrower(parent, value);
    if (!fits) fault(pointerTo('/settings', field), name);
  }
  return faults;
}

/** The faults of the constraints in `settings`, and of the fields under them. */
export function constraintFaults(settings: Record<string, unknown>): ErrorItem[] {
  const constraints = settings[CONSTRAINTS];
  if (constraints === undefined) return [];
  const pointer = `/settings/${CONSTRAINTS}`;
  if (!isPlainObject(constraints)) {
    return [{ pointer, code: 'invalid_type', detail: 'Expected an object.' }];
  }
  const faults: ErrorItem[] = [];
  for (const [field, name] of Object.entries(constraints)) {
    if (!isKind(name) || field === CONSTRAINTS) {
      const detail = `Expected one of ${Object.keys(CONSTRAINT_KINDS).join(', ')}.`;
      faults.push({ pointer: pointerTo(pointer, field), code: 'invalid_value', detail });
      continue;
    }
    const value = Object.hasOwn(settings, field) ? settings[field] : undefined;
    const expected = value === undefined ? undefined : CONSTRAINT_KINDS[name].check(value);
    if (expected === undefined) continue;
    const detail = `Expected ${expected}.`;
    faults.push({ pointer: pointerTo('/settings', field), code: 'invalid_type', detail });
  }
  return faults;
}

function kind<T extends JsonValue>(
  expected: string,
  is: (value: unknown) => value is T,
  narrower: (parent: T, child: T) => boolean,
  join: (parent: T, child: T) => T,
): Constraint {
  return {
    check: (value) => (is(value) ? undefined : expected),
    isNarrower: (parent, child) => is(parent) && is(child) && narrower(parent, child),
    combine: (parent, child) => (is(parent) && is(child) ? join(parent, child) : parent),
  };
}

function impliedKinds(type: string): Map<string, ConstraintName> {
  const implied = new Map<string, ConstraintName>();
  for (const [field, { kind: name }] of Object.entries(SDK_TYPES.get(type) ?? {})) {
    if (name) implied.set(field, name);
  }
  return implied;
}

function declaredKinds(settings: JsonObject): [string, ConstraintName][] {
  const constraints = settings[CONSTRAINTS];
  if (!isPlainObject(constraints)) return [];
  return Object.entries(constraints).flatMap(([field, name]) =>
    isKind(name) ? [[field, name]] : [],
  );
}

function fieldsOf(settings: JsonObject): [string, JsonValue][] {
  return Object.entries(settings).flatMap(([field, value]) =>
    value === undefined || field === CONSTRAINTS ? [] : [[field, value]],
  );
}

function isKind(name: unknown): name is ConstraintName {
  return typeof name === 'string' && Object.hasOwn(CONSTRAINT_KINDS, name);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isScalars(value: unknown): value is Scalar[] {
  return Array.isArray(value) && value.every((one) => typeof one !== 'object' || one === null);
}

function isRange(value: unknown): value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isNumber)) return false;
  return Number(value[0]) <= Number(value[1]);
}

function isJson(value: unknown): value is JsonValue {
  return value !== undefined;
}

function isRules(value: unknown): value is NamedRule[] {
  if (!Array.isArray(value)) return false;
  const names = value.map((one: unknown) => (isPlainObject(one) ? one.name : undefined));
  return new Set(names).size === names.length && names.every((name) => typeof name === 'string');
}

function isIn(all: readonly Scalar[], some: readonly Scalar[]): boolean {
  return some.every((one) => all.includes(one));
}

function intersect(parent: [number, number], child: [number, number]): [number, number] {
  const min = Math.max(parent[0], child[0]);
  const max = Math.min(parent[1], child[1]);
  return min <= max ? [min, max] : parent;
}

function named(rules: readonly NamedRule[], { name }: NamedRule): NamedRule | undefined {
  return rules.find((one) => one.name === name);
}

function equal(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
