// What may enter as JSON, by text and by RPC.
import { canonicalJson, checkJson, parseJson } from '@z0-app/sdk/json';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { append, createdLedger, headOf, valueOf } from './world.ts';

const nest = (depth: number, open = '[', close = ']'): string =>
  open.repeat(depth) + close.repeat(depth);

test.each([
  ['nothing', '', '', 'syntax'],
  ['half an object', '{"a":', '', 'syntax'],
  ['trailing text', '{} {}', '', 'syntax'],
  ['single quotes', "{'a':1}", '', 'syntax'],
  ['NaN', '{"a":NaN}', '', 'syntax'],
  ['Infinity', '{"a":Infinity}', '', 'syntax'],
  ['1e999', '{"a":{"b":1e999}}', '/a/b', 'not_finite'],
  ['2^53', '{"a":9007199254740992}', '/a', 'unsafe_integer'],
  ['2^53+1', '{"a":[1,9007199254740993]}', '/a/1', 'unsafe_integer'],
  ['-(2^53)', '{"a":-9007199254740992}', '/a', 'unsafe_integer'],
  ['1e20', '{"a":1e20}', '/a', 'unsafe_integer'],
  ['33 levels', nest(33), '/0'.repeat(32), 'too_deep'],
  ['10,000 levels', nest(10_000), '/0'.repeat(32), 'too_deep'],
  ['10,000 levels never closed', '{"a":'.repeat(10_000), '/a'.repeat(32), 'too_deep'],
  ['__proto__', '{"a":{"__proto__":{}}}', '/a/__proto__', 'forbidden_key'],
  ['__proto__ escaped', '{"\\u005f_proto__":1}', '/__proto__', 'forbidden_key'],
  ['constructor', '{"constructor":1}', '/constructor', 'forbidden_key'],
  ['prototype', '[{"prototype":1}]', '/0/prototype', 'forbidden_key'],
  ['half a surrogate pair', '{"a":"\\ud800"}', '/a', 'lone_surrogate'],
  ['half a surrogate pair in a key', '{"b":{"\\udc00":1}}', '/b', 'lone_surrogate'],
  ['a key twice', '{"a":{"b":1,"b":2}}', '/a/b', 'duplicate_key'],
  ['a key twice, once escaped', '{"b":1,"\\u0062":2}', '/b', 'duplicate_key'],
  ['a key with / and ~ twice', '{"a/~":1,"a/~":2}', '/a~1~0', 'duplicate_key'],
])('%s is refused with its pointer', (_, text, pointer, code) => {
  const parsed = parseJson(text);
  expect(parsed).toMatchObject({ ok: false, error: { errors: [{ pointer, code }] } });
});

test.each([
  ['2^53-1', '{"a":9007199254740991}'],
  ['32 levels', nest(32)],
  ['braces inside strings', `{"a":"${'['.repeat(100)}"}`],
  ['quotes inside strings', '{"a":"\\"}{\\"","b":"\\\\"}'],
  ['the same key in two objects', '[{"a":1},{"a":1}]'],
  ['a repeated string value', '{"a":"b","b":"a","c":["a","a"]}'],
  ['a whole surrogate pair', '{"a":"\\ud83d\\ude00"}'],
  ['a fraction', '{"a":0.1}'],
])('%s passes unchanged', (_, text) => {
  expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
});

test.each([
  ['a Date', { a: new Date(0) }, '/a'],
  ['a Map', { a: new Map() }, '/a'],
  ['a bigint', { a: 1n }, '/a'],
  ['bytes', { a: new Uint8Array(1) }, '/a'],
  ['NaN', { a: Number.NaN }, '/a'],
  ['undefined in a list', { a: [undefined] }, '/a/0'],
])('%s is not plain JSON', (_, value, pointer) => {
  expect(checkJson(value)).toMatchObject([{ pointer }]);
});

test('canonical text is the value, and the same for every order of its keys', () => {
  const shuffle = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffle);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).toReversed();
    return Object.fromEntries(entries.map(([key, child]) => [key, shuffle(child)]));
  };
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 6 }), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(shuffle(value))).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      const parsed = parseJson(text);
      if (parsed.ok) expect(canonicalJson(parsed.value)).toBe(text);
      else expect(checkJson(JSON.parse(text))).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('canonical text does not depend on the order of keys, and drops absent ones', () => {
  const text = canonicalJson({ b: [1, { d: 1, c: -0 }], a: undefined, A: 'ü' });
  expect(text).toBe('{"A":"ü","b":[1,{"c":0,"d":1}]}');
});

test('data that comes by RPC is checked like data that comes by HTTP', async () => {
  const stub = await createdLedger();
  const deep: Record<string, never> = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`);
  for (const data of [{ n: 2 ** 53 }, { n: Number.NaN }, { s: '\ud800' }, deep]) {
    expect(await append(stub, { type: 'add', data })).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', errors: [{ pointer: expect.stringMatching(/^\/data/) }] },
    });
  }
  const huge = await append(stub, { type: 'add', data: { text: 'x'.repeat(300_000) } });
  expect(huge).toMatchObject({
    ok: false,
    error: { code: 'payload_too_large', errors: [{ pointer: '/data' }] },
  });
  expect(await headOf(stub)).toBe(1);
  valueOf(await append(stub, { type: 'add', data: { text: 'x'.repeat(200_000) } }));
});
