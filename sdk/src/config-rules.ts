// Invariants as data: what a Config of type `invariants` may hold, and what its rules say of a fact.
// Pure; a rule that cannot be judged counts as broken.
import { dereference, type Schema, Validator } from '@cfworker/json-schema';
import { type Comparison, comparisonFaults, holds } from './comparison.ts';
import type { ErrorItem } from './errors.ts';
import { type Fact, isSystemFact } from './fact.ts';
import { exceedsBytes, NAME_PATTERN } from './fact-input.ts';
import type { StateReader } from './invariant.ts';
import { canonicalJson, isPlainObject, type JsonObject } from './json.ts';
import { pointerTo } from './json-pointer.ts';
import { schemaFaults } from './json-schema-faults.ts';
import type { BrokenRule, Judgement } from './ledger-configs.ts';

/**
 * An invariant as data; holds when both `schema` and `expression` do, whichever is there.
 * Source: seeds, architecture; docs/storage.md.
 */
export interface Rule {
  /** `[a-z][a-z0-9_]{0,63}`, unique in its list. */
  name: string;
  /** Default `error`: the fact is refused. A warning lets it through and is recorded. */
  severity?: 'error' | 'warning';
  /** Default: every fact that is not the ledger's own. */
  applies_to?: { type?: string; subtype?: string };
  /** JSON Schema (2020-12) of the fact's `data`; at most 16 KiB, references inside it only. */
  schema?: JsonObject | boolean;
  expression?: Comparison;
  /** Said when it is broken; 1 to 500 characters. */
  detail?: string;
}

/** A rule, ready to judge. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly validator: Validator | undefined;
}

const MAX_RULES = 32;
const MAX_SCHEMA_BYTES = 16 * 1024;
const RULE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Facts by which a ledger works; a rule over them could lock it for good. */
const UNJUDGED = /^(system|sdk|config|lifecycle)$/;

/** The faults of `rules`; each has its pointer, below `pointer`. */
export function rulesFaults(rules: unknown, pointer: string): ErrorItem[] {
  if (!Array.isArray(rules)) return [];
  if (rules.length > MAX_RULES) {
    return [fault(pointer, 'out_of_range', `Expected at most ${MAX_RULES} rules.`)];
  }
  const seen = new Set<unknown>();
  return rules.flatMap((rule: unknown, index) => {
    const place = pointerTo(pointer, index);
    if (!isPlainObject(rule)) return [fault(place, 'invalid_type', 'Expected an object.')];
    const faults = ruleFaults(rule, place);
    if (seen.has(rule.name)) faults.push(fault(`${place}/name`, 'duplicate', 'Used before.'));
    seen.add(rule.name);
    return faults;
  });
}

/** The rules in the settings of an effective Config, which were checked when it was put. */
export function compileRules(settings: JsonObject): CompiledRule[] {
  // Parse edge: `rulesFaults` passed each of them.
  const rules = (settings.rules ?? []) as unknown as Rule[];
  return rules.map((rule) => ({ rule, validator: validatorOf(rule) }));
}

/** Whether `rule` is about facts like this one. */
export function appliesTo({ applies_to }: Rule, fact: { type: string; subtype?: string }): boolean {
  const { type = fact.type, subtype = fact.subtype } = applies_to ?? {};
  if (isSystemFact(fact) || UNJUDGED.test(fact.type)) return false;
  return type === fact.type && subtype === fact.subtype;
}

/** What `rules` say of `fact`, `state` being cached state before it. */
export function judgeRules(
  rules: readonly CompiledRule[],
  fact: Fact,
  state: StateReader,
): Pick<Judgement, 'refusal' | 'warnings'> {
  const applying = rules.filter(({ rule }) => appliesTo(rule, fact));
  // Parsed anew: absent fields may be there as undefined, which is no JSON.
  const data: unknown =
    applying.some((one) => one.validator) && JSON.parse(JSON.stringify(fact.data));
  const warnings: BrokenRule[] = [];
  for (const compiled of applying) {
    const broken = breach(compiled, fact, data, state);
    if (!broken) continue;
    if (compiled.rule.severity !== 'warning') return { refusal: broken, warnings };
    warnings.push(broken);
  }
  return { warnings };
}

function breach(
  { rule, validator }: CompiledRule,
  fact: Fact,
  data: unknown,
  state: StateReader,
): BrokenRule | undefined {
  const { name, expression, schema } = rule;
  const broken = (pointer: string, reason: string): BrokenRule => {
    return { name, detail: rule.detail ?? reason, pointer };
  };
  try {
    if (schema !== undefined) {
      const found = validator?.validate(data);
      const deepest = found?.errors.at(-1);
      if (!found?.valid) return broken(pointerOf(deepest?.instanceLocation), deepest?.error ?? '');
    }
    if (expression === undefined || holds(expression, fact, state)) return undefined;
    return broken(subjectOf(expression), `The rule ${name} does not hold.`);
  } catch {
    return broken('', `The rule ${name} cannot be judged.`);
  }
}

/**
 * The library writes marks into the schema, so it gets its own. There `format` is an annotation, as
 * JSON Schema has it by default: the library would refuse by it.
 */
function validatorOf({ schema }: Rule): Validator | undefined {
  if (schema === undefined) return undefined;
  try {
    const own = structuredClone<Schema | boolean>(schema);
    for (const part of Object.values(dereference(own))) {
      if (typeof part === 'object') delete part.format;
    }
    return new Validator(own, '2020-12', true);
  } catch {
    return undefined;
  }
}

function pointerOf(location = '#'): string {
  return `/data${decodeURIComponent(location.slice(1))}`;
}

function subjectOf(expression: Comparison): string {
  const left = 'left' in expression ? expression.left : null;
  return typeof left === 'object' && left !== null && 'fact' in left ? left.fact : '';
}

/** Whether a field of a rule may have the value; the last two are looked into further. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string' && RULE_NAME.test(value),
  severity: (value) => value === 'error' || value === 'warning',
  applies_to: isAppliesTo,
  detail: (value) => typeof value === 'string' && /^.{1,500}$/su.test(value),
  schema: () => true,
  expression: () => true,
};

function ruleFaults(rule: Record<string, unknown>, pointer: string): ErrorItem[] {
  const faults: ErrorItem[] = [];
  for (const [key, value] of Object.entries(rule)) {
    const place = pointerTo(pointer, key);
    const is = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (!is) faults.push(fault(place, 'unknown_field', 'This field is not known.'));
    else if (!is(value)) faults.push(fault(place, 'invalid_value', 'Not a value of this field.'));
  }
  const { name, schema, expression } = rule;
  if (name === undefined) faults.push(fault(`${pointer}/name`, 'required', 'A name is required.'));
  if (schema === undefined && expression === undefined) {
    faults.push(fault(pointer, 'required', 'Expected a schema or an expression.'));
  }
  if (schema !== undefined) {
    const place = `${pointer}/schema`;
    const tooLarge = exceedsBytes(canonicalJson(schema), MAX_SCHEMA_BYTES);
    if (tooLarge) faults.push(fault(place, 'out_of_range', 'Expected at most 16 KiB.'));
    else faults.push(...schemaFaults(schema, place));
  }
  if (expression !== undefined) {
    faults.push(...comparisonFaults(expression, `${pointer}/expression`));
  }
  return faults;
}

function isAppliesTo(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  return Object.entries(value).every(
    ([key, name]) =>
      (key === 'subtype' || (key === 'type' && !UNJUDGED.test(String(name)))) &&
      typeof name === 'string' &&
      NAME_PATTERN.test(name),
  );
}

function fault(pointer: string, code: string, detail: string): ErrorItem {
  return { pointer, code, detail };
}
