// Comparison expressions of rules: what may be written, and what they come to over a fact and
// cached state. Pure; never loops, never calls code.
import type { ErrorItem } from './errors.ts';
import type { Fact } from './fact.ts';
import type { StateReader } from './invariant.ts';
import { isPlainObject, type JsonValue } from './json.ts';
import { pointerTo } from './json-pointer.ts';
import { isPointer, pointerSteps, readPointer } from './read-pointer.ts';

type Scalar = string | number | boolean | null;
type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';

/**
 * A value: itself (a list only right of `in`), a pointer (RFC 6901) into the fact, one into cached
 * state before it (first the value's name, then into it), or arithmetic on two numbers.
 */
export type Operand =
  | Scalar
  | Scalar[]
  | { fact: string }
  | { state: string }
  | { sum: [Operand, Operand] }
  | { difference: [Operand, Operand] }
  | { product: [Operand, Operand] };

/**
 * True or false of a fact; at most 8 deep. Only two numbers, two texts, two booleans or two nulls
 * compare, and only numbers and texts have an order: all else, a missing operand too, is false.
 */
export type Comparison =
  | { left: Operand; op: Operator; right: Operand }
  | { all: Comparison[] }
  | { any: Comparison[] }
  | { not: Comparison };

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

const ARITHMETIC = {
  sum: (one: number, other: number) => one + other,
  difference: (one: number, other: number) => one - other,
  product: (one: number, other: number) => one * other,
} as const;

/** Which signs of left minus right an operator of order accepts. */
const SIGNS: ReadonlyMap<unknown, readonly number[]> = new Map([
  ['==', []],
  ['!=', []],
  ['<', [-1]],
  ['<=', [-1, 0]],
  ['>', [1]],
  ['>=', [0, 1]],
]);

/** Whether `comparison`, free of faults, holds for `fact`. */
export function holds(comparison: Comparison, fact: Fact, state: StateReader): boolean {
  if ('all' in comparison) return comparison.all.every((one) => holds(one, fact, state));
  if ('any' in comparison) return comparison.any.some((one) => holds(one, fact, state));
  if ('not' in comparison) return !holds(comparison.not, fact, state);
  const left = valueOf(comparison.left, fact, state);
  const right = valueOf(comparison.right, fact, state);
  if (comparison.op !== 'in') return compare(comparison.op, left, right);
  return Array.isArray(right) && right.some((one) => compare('==', left, one));
}

/** The faults of `value` as a comparison; each has its pointer, below `pointer`. */
export function comparisonFaults(value: unknown, pointer: string, depth = 1): ErrorItem[] {
  if (depth > MAX_DEPTH) return [fault(pointer, `Nested deeper than ${MAX_DEPTH} levels.`)];
  if (!isPlainObject(value)) return [fault(pointer, 'Expected a comparison.')];
  const [key = '', other] = Object.keys(value);
  if (other === undefined && (key === 'all' || key === 'any')) {
    const list = value[key];
    const place = pointerTo(pointer, key);
    if (!Array.isArray(list) || list.length === 0 || list.length > MAX_ITEMS) {
      return [fault(place, `Expected 1 to ${MAX_ITEMS} comparisons.`)];
    }
    return list.flatMap((one, at) => comparisonFaults(one, pointerTo(place, at), depth + 1));
  }
  if (other === undefined && key === 'not') {
    return comparisonFaults(value.not, `${pointer}/not`, depth + 1);
  }
  const faults = Object.keys(value)
    .filter((name) => !['left', 'op', 'right'].includes(name))
    .map((name) => fault(pointerTo(pointer, name), 'This field is not known here.'));
  const { left, op, right } = value;
  if (op !== 'in' && !SIGNS.has(op)) {
    faults.push(fault(`${pointer}/op`, `Expected one of ${[...SIGNS.keys()].join(' ')} in.`));
  }
  faults.push(...operandFaults(left, `${pointer}/left`, depth));
  if (op === 'in' && Array.isArray(right)) {
    const scalars = right.length <= MAX_ITEMS && right.every(isScalar);
    return scalars ? faults : [...faults, fault(`${pointer}/right`, 'Expected up to 100 scalars.')];
  }
  return [...faults, ...operandFaults(right, `${pointer}/right`, depth)];
}

function operandFaults(value: unknown, pointer: string, depth: number): ErrorItem[] {
  if (isScalar(value)) return [];
  if (depth > MAX_DEPTH) return [fault(pointer, `Nested deeper than ${MAX_DEPTH} levels.`)];
  const [entry, other] = isPlainObject(value) ? Object.entries(value) : [];
  if (!entry || other) return [fault(pointer, 'Expected a value or one kind of operand.')];
  const [key, inner] = entry;
  const place = pointerTo(pointer, key);
  if (key === 'fact' || key === 'state') {
    if (isPointer(inner) && inner.length > 1) return [];
    return [fault(place, 'Expected a JSON pointer.')];
  }
  if (!Object.hasOwn(ARITHMETIC, key)) return [fault(place, 'This operand is not known.')];
  if (!Array.isArray(inner) || inner.length !== 2) return [fault(place, 'Expected two operands.')];
  return inner.flatMap((one, at) => operandFaults(one, pointerTo(place, at), depth + 1));
}

function valueOf(operand: Operand, fact: Fact, state: StateReader): unknown {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) return operand;
  if ('fact' in operand) return readPointer(fact, operand.fact);
  if ('state' in operand) {
    const [name = ''] = pointerSteps(operand.state);
    const value = state.get<JsonValue>(name);
    const end = operand.state.indexOf('/', 1);
    return end < 0 ? value : readPointer(value, operand.state.slice(end));
  }
  const apply = (operands: [Operand, Operand], by: (a: number, b: number) => number): unknown => {
    const [one, other] = operands.map((inner) => valueOf(inner, fact, state));
    return typeof one === 'number' && typeof other === 'number' ? by(one, other) : undefined;
  };
  if ('sum' in operand) return apply(operand.sum, ARITHMETIC.sum);
  if ('difference' in operand) return apply(operand.difference, ARITHMETIC.difference);
  return apply(operand.product, ARITHMETIC.product);
}

function compare(op: string, left: unknown, right: unknown): boolean {
  if (!isScalar(left) || !isScalar(right)) return false;
  if (typeof left !== typeof right || (left === null) !== (right === null)) return false;
  if (op === '==') return left === right;
  if (op === '!=') return left !== right;
  const ordered = typeof left === 'number' || typeof left === 'string';
  if (!ordered || right === null) return false;
  return SIGNS.get(op)?.includes(left < right ? -1 : Number(left > right)) === true;
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

function fault(pointer: string, detail: string): ErrorItem {
  return { pointer, code: 'invalid_expression', detail };
}
