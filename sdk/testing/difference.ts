// Where two JSON values first differ. Pure; a key whose value is undefined is a key that is absent.
import { isPlainObject } from '../src/json.ts';
import { pointerTo } from '../src/json-pointer.ts';

/** A sentence naming the first difference by its RFC 6901 pointer; undefined when there is none. */
export function difference(expected: unknown, actual: unknown, pointer = ''): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    for (let index = 0; index < length; index += 1) {
      const found = difference(expected[index], actual[index], pointerTo(pointer, String(index)));
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isPlainObject(expected) && isPlainObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const found = difference(
        Reflect.get(expected, key),
        Reflect.get(actual, key),
        pointerTo(pointer, key),
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Object.is(expected, actual)) return undefined;
  const place = pointer === '' ? 'the value' : pointer;
  return `${place}: expected ${textOf(expected)}, got ${textOf(actual)}`;
}

/**
 * The first difference between what `expected` names and the same fields of `actual`. A field that is
 * named is compared whole, to its depth; one that is not named is not looked at.
 */
export function namedDifference(expected: object, actual: object): string | undefined {
  for (const [key, value] of Object.entries(expected)) {
    const found = difference(value, Reflect.get(actual, key), pointerTo('', key));
    if (found !== undefined) return found;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
