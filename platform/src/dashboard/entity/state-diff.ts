// What differs between two JSON values, as a list of single changes in the order of the page. Pure:
// `applyDiff` on the one gives the other, which is what the tests hold it to.
import { isPlainObject, type JsonObject, type JsonValue } from '@z0-app/sdk/json';

export type JsonPath = readonly (string | number)[];

export type Change =
  | { readonly kind: 'added'; readonly path: JsonPath; readonly after: JsonValue }
  | { readonly kind: 'removed'; readonly path: JsonPath; readonly before: JsonValue }
  | {
      readonly kind: 'changed';
      readonly path: JsonPath;
      readonly before: JsonValue;
      readonly after: JsonValue;
    };

/**
 * From `before` to `after`. Objects are compared key by key, lists place by place: what a list lost
 * is removed from its end, the last place first.
 */
export function diffJson(before: JsonValue, after: JsonValue, path: JsonPath = []): Change[] {
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return before === after ? [] : [{ kind: 'changed', path, before, after }];
}

/** `value` with `changes` made in their order. Changes of another value give nonsense, not a throw. */
export function applyDiff(value: JsonValue, changes: readonly Change[]): JsonValue {
  return changes.reduce((done, change) => changeAt(done, change.path, change), value);
}

/** A path as people write it: `BalanceState.limits[2]`; quoted where it would not be clear. */
export function pathText(path: JsonPath): string {
  const text = path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[A-Za-z_$][\w$-]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

function diffLists(before: JsonValue[], after: JsonValue[], path: JsonPath): Change[] {
  const kept = Math.min(before.length, after.length);
  const changes = before
    .slice(0, kept)
    .flatMap((value, index) => diffJson(value, after[index] ?? null, [...path, index]));
  const added = after.slice(kept).map((value, index): Change => {
    return { kind: 'added', path: [...path, kept + index], after: value };
  });
  const removed = before.slice(kept).map((value, index): Change => {
    return { kind: 'removed', path: [...path, kept + index], before: value };
  });
  return [...changes, ...added, ...removed.toReversed()];
}

function diffObjects(before: JsonObject, after: JsonObject, path: JsonPath): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys.flatMap((key): Change[] => {
    const at = [...path, key];
    const old = ownValue(before, key);
    const now = ownValue(after, key);
    if (old === undefined)
      return now === undefined ? [] : [{ kind: 'added', path: at, after: now }];
    if (now === undefined) return [{ kind: 'removed', path: at, before: old }];
    return diffJson(old, now, at);
  });
}

function changeAt(value: JsonValue, path: JsonPath, change: Change): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return change.kind === 'removed' ? null : change.after;
  if (Array.isArray(value)) return changeInList(value, Number(step), rest, change);
  return isObject(value) ? changeInObject(value, String(step), rest, change) : value;
}

function changeInList(
  list: JsonValue[],
  index: number,
  rest: JsonPath,
  change: Change,
): JsonValue[] {
  if (rest.length === 0 && change.kind === 'removed') return list.toSpliced(index, 1);
  const copy = [...list];
  copy[index] = changeAt(list[index] ?? null, rest, change);
  return copy;
}

function changeInObject(
  object: JsonObject,
  key: string,
  rest: JsonPath,
  change: Change,
): JsonObject {
  // Built from entries, so that a key like `__proto__` is a key and nothing more.
  const others = Object.entries(object).filter(([name]) => name !== key);
  if (rest.length === 0 && change.kind === 'removed') return Object.fromEntries(others);
  const now = changeAt(ownValue(object, key) ?? null, rest, change);
  return Object.fromEntries([...others, [key, now]]);
}

function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return isPlainObject(value);
}
