// The difference of two states: made and applied it gives the other one, whatever the two are.
import type { JsonValue } from '@z0-app/sdk/json';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyDiff,
  type Change,
  diffJson,
  pathText,
} from '../../platform/src/dashboard/entity/state-diff.ts';

/** Any JSON, as a body brings it: no `-0`. */
const json = fc.jsonValue({ maxDepth: 5 }).map((value) => {
  // Parse edge: what was JSON is JSON.
  return JSON.parse(JSON.stringify(value)) as JsonValue;
});

/** Two values that have most in common, as states one fact apart do. */
const near = fc.tuple(json, json, json).map(([a, b, c]): [JsonValue, JsonValue] => {
  return [
    { kept: a, list: [a, b, c], moved: b },
    { kept: a, list: [a, c], moved: c, added: b },
  ];
});

describe('the difference of two states', () => {
  it('applied to the one gives the other', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(json, json), near), ([before, after]) => {
        expect(applyDiff(before, diffJson(before, after))).toEqual(after);
      }),
    );
  });

  it('is empty for equal values, and only for them', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(diffJson(before, structuredClone(before))).toEqual([]);
        const same = JSON.stringify(applyDiff(before, [])) === JSON.stringify(after);
        if (!same && diffJson(before, after).length === 0) expect(before).toEqual(after);
      }),
    );
  });

  it('changes neither of the two', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const [first, second] = [structuredClone(before), structuredClone(after)];
        applyDiff(before, diffJson(before, after));
        expect([before, after]).toEqual([first, second]);
      }),
    );
  });

  it.each<[JsonValue, JsonValue, string[]]>([
    [{}, { a: 1 }, ['added a']],
    [{ a: { b: 1 } }, { a: { b: 2 } }, ['changed a.b']],
    [{ a: 1, z: [1] }, { z: [1] }, ['removed a']],
    [{ a: [1, 2, 3] }, { a: [1, 9] }, ['changed a[1]', 'removed a[2]']],
    [{ a: [1, 2, 3] }, { a: [] }, ['removed a[2]', 'removed a[1]', 'removed a[0]']],
    [{ a: { b: 1 } }, { a: [1] }, ['changed a']],
    [{ a: null }, {}, ['removed a']],
    [{ 'a b': { 'c.d': 1 } }, {}, ['removed ["a b"]']],
    [{ x: { 'c.d': 1 } }, { x: { 'c.d': 2 } }, ['changed x["c.d"]']],
    [1, 2, ['changed ']],
  ])('from %j to %j says where', (before, after, said) => {
    expect(diffJson(before, after).map(lineOf)).toEqual(said);
  });

  it('treats a key that means something to JavaScript as any other', () => {
    // Parse edge: an object literal would set the prototype instead.
    const odd = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as JsonValue;
    expect(diffJson({}, odd).map(lineOf)).toEqual(['added __proto__', 'added constructor']);
    const built = applyDiff({}, diffJson({}, odd));
    expect(JSON.stringify(built)).toBe('{"__proto__":{"a":1},"constructor":2}');
    expect(applyDiff(odd, diffJson(odd, {}))).toEqual({});
  });
});

function lineOf(change: Change): string {
  return `${change.kind} ${pathText(change.path)}`;
}
