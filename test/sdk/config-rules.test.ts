// Invariants as data: what may be written, and what a rule says of a fact.
import { expect, test } from 'vitest';
import { compileRules, judgeRules, type Rule, rulesFaults } from '../../sdk/src/config-rules.ts';
import type { Fact } from '../../sdk/src/fact.ts';
import type { StateReader } from '../../sdk/src/invariant.ts';
import type { JsonObject } from '../../sdk/src/json.ts';

const fact: Fact = {
  id: 'fct_1',
  seq: 3,
  type: 'payment',
  subtype: 'captured',
  tenant_id: 'acme',
  entity_id: 'acct_1',
  timestamp: '2026-01-01T00:00:00.000Z',
  recorded_at: '2026-01-01T00:00:00.000Z',
  schema_version: 1,
  data: { amount: 70, currency: 'EUR', tags: ['a'], none: null, 'a/b': true },
  hash: '',
  prev_hash: '',
};
const cached: Record<string, unknown> = { Balance: { value: 100 }, plain: 5 };
const state: StateReader = {
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type it stored
  get<T>(name: string): T | undefined {
    return cached[name] as T | undefined;
  },
};

const judge = (...rules: Rule[]): ReturnType<typeof judgeRules> =>
  judgeRules(compileRules({ rules } as unknown as JsonObject), fact, state);

test.each<[string, Rule['expression'], boolean]>([
  ['==', { left: { fact: '/data/currency' }, op: '==', right: 'EUR' }, true],
  ['!=', { left: { fact: '/data/currency' }, op: '!=', right: 'EUR' }, false],
  [
    '<= state',
    { left: { fact: '/data/amount' }, op: '<=', right: { state: '/Balance/value' } },
    true,
  ],
  [
    '> state',
    { left: { fact: '/data/amount' }, op: '>', right: { state: '/Balance/value' } },
    false,
  ],
  ['a state value itself', { left: { state: '/plain' }, op: '==', right: 5 }, true],
  ['in a list', { left: { fact: '/data/currency' }, op: 'in', right: ['USD', 'EUR'] }, true],
  ['not in a list', { left: { fact: '/data/amount' }, op: 'in', right: ['70'] }, false],
  ['in a list of the fact', { left: 'a', op: 'in', right: { fact: '/data/tags' } }, true],
  ['in what is no list', { left: 'a', op: 'in', right: { fact: '/data/amount' } }, false],
  ['a missing operand', { left: { fact: '/data/nothing' }, op: '!=', right: 1 }, false],
  ['an inherited key', { left: { fact: '/data/toString' }, op: '!=', right: 1 }, false],
  ['number and text', { left: { fact: '/data/amount' }, op: '<', right: '9' }, false],
  ['two texts', { left: 'a', op: '<', right: 'b' }, true],
  ['two booleans have no order', { left: false, op: '<', right: true }, false],
  ['null equals null', { left: { fact: '/data/none' }, op: '==', right: null }, true],
  ['an escaped pointer', { left: { fact: '/data/a~1b' }, op: '==', right: true }, true],
  ['a sum', { left: { sum: [{ fact: '/data/amount' }, 30] }, op: '==', right: 100 }, true],
  ['a difference', { left: { difference: [{ state: '/plain' }, 7] }, op: '<', right: 0 }, true],
  ['a product', { left: { product: [{ product: [2, 3] }, 4] }, op: '==', right: 24 }, true],
  [
    'a sum with a text',
    { left: { sum: [{ fact: '/data/currency' }, 1] }, op: '!=', right: 0 },
    false,
  ],
  [
    'all',
    {
      all: [
        { left: 1, op: '<', right: 2 },
        { left: 2, op: '<', right: 1 },
      ],
    },
    false,
  ],
  [
    'any',
    {
      any: [
        { left: 1, op: '<', right: 2 },
        { left: 2, op: '<', right: 1 },
      ],
    },
    true,
  ],
  ['not', { not: { left: 2, op: '<', right: 1 } }, true],
])('the expression %s', (_, expression, holds) => {
  const { refusal } = judge({ name: 'rule', ...(expression ? { expression } : {}) });
  expect(refusal === undefined).toBe(holds);
});

const BROKEN = { left: 1, op: '==', right: 2 } as const;

test('the first broken error refuses; warnings before it are told', () => {
  const warning: Rule = { name: 'hint', severity: 'warning', expression: BROKEN };
  const error: Rule = { name: 'stop', expression: BROKEN, detail: 'No.' };
  expect(judge(warning, error, { ...error, name: 'later' })).toEqual({
    warnings: [{ name: 'hint', detail: 'The rule hint does not hold.', pointer: '' }],
    refusal: { name: 'stop', detail: 'No.', pointer: '' },
  });
});

test('a broken schema names the field', () => {
  const schema = { properties: { amount: { maximum: 50 } }, required: ['amount'] };
  expect(judge({ name: 'small', schema }).refusal).toMatchObject({ pointer: '/data/amount' });
  expect(judge({ name: 'more', schema: { required: ['vat'] } }).refusal?.pointer).toBe('/data');
});

test('a format is an annotation wherever it stands, and a value called so is a value', () => {
  const currency = { format: 'email', anyOf: [{ format: 'date' }] };
  expect(judge({ name: 'mail', schema: { properties: { currency } } }).refusal).toBeUndefined();
  const format = { type: 'string', format: 'uuid' };
  const schema = { properties: { format }, required: ['format'] };
  expect(judge({ name: 'named', schema }).refusal).toMatchObject({ pointer: '/data' });
});

test('a broken expression names what it is about', () => {
  const expression = { left: { fact: '/data/amount' }, op: '<', right: 1 } as const;
  expect(judge({ name: 'small', expression }).refusal?.pointer).toBe('/data/amount');
});

test('references inside the schema are followed', () => {
  const schema = {
    properties: { amount: { $ref: '#/$defs/small' } },
    $defs: { small: { maximum: 9 } },
  };
  expect(judge({ name: 'small', schema }).refusal).toBeDefined();
});

test('a rule that cannot be judged is broken', () => {
  const schema = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } };
  expect(judge({ name: 'endless', schema }).refusal).toMatchObject({ name: 'endless' });
});

test.each([
  ['its type', { type: 'payment' }, true],
  ['its type and subtype', { type: 'payment', subtype: 'captured' }, true],
  ['its subtype', { subtype: 'captured' }, true],
  ['another type', { type: 'refund' }, false],
  ['another subtype', { type: 'payment', subtype: 'voided' }, false],
])('a rule for %s', (_, applies_to, applies) => {
  expect(judge({ name: 'rule', applies_to, expression: BROKEN }).refusal !== undefined).toBe(
    applies,
  );
});

test.each([
  { type: 'system', subtype: 'hook_error' },
  { type: 'sdk' },
  { type: 'config', subtype: 'versioned' },
  { type: 'lifecycle', subtype: 'transitioned' },
  { type: 'lifecycle', subtype: 'tenant_changed' },
])("the ledger's own facts are never judged: %j", (own) => {
  const rules = compileRules({ rules: [{ name: 'rule', expression: BROKEN }] });
  expect(judgeRules(rules, { ...fact, ...own }, state)).toEqual({ warnings: [] });
});

const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce((inner) => ({ not: inner }), { left: 1, op: '<', right: 2 });

test.each([
  ['no name', { schema: true }, '/name'],
  ['a name in capitals', { name: 'A', schema: true }, '/name'],
  ['neither schema nor expression', { name: 'a' }, ''],
  ['an unknown field', { name: 'a', schema: true, check: 1 }, '/check'],
  ['an unknown severity', { name: 'a', schema: true, severity: 'info' }, '/severity'],
  [
    'facts it can never see',
    { name: 'a', schema: true, applies_to: { type: 'config' } },
    '/applies_to',
  ],
  ['an unknown keyword', { name: 'a', schema: { requird: [] } }, '/schema/requird'],
  ['a keyword of the wrong shape', { name: 'a', schema: { required: 'x' } }, '/schema/required'],
  [
    'a fault deep in the schema',
    { name: 'a', schema: { anyOf: [{ items: { type: 'int' } }] } },
    '/schema/anyOf/0/items/type',
  ],
  ['a bad pattern', { name: 'a', schema: { pattern: '(' } }, '/schema/pattern'],
  ['a remote reference', { name: 'a', schema: { $ref: 'https://example.com/s' } }, '/schema/$ref'],
  ['a reference to nothing', { name: 'a', schema: { $ref: '#/$defs/x' } }, '/schema/$ref'],
  ['an id', { name: 'a', schema: { $id: 'https://example.com/s' } }, '/schema/$id'],
  ['a schema of 17 KiB', { name: 'a', schema: { description: 'x'.repeat(17 * 1024) } }, '/schema'],
  [
    'an unknown operator',
    { name: 'a', expression: { left: 1, op: '=', right: 1 } },
    '/expression/op',
  ],
  ['a missing operand', { name: 'a', expression: { left: 1, op: '<' } }, '/expression/right'],
  ['a list left', { name: 'a', expression: { left: [1], op: '<', right: 1 } }, '/expression/left'],
  [
    'no pointer',
    { name: 'a', expression: { left: { fact: 'data' }, op: '<', right: 1 } },
    '/expression/left/fact',
  ],
  [
    'an unknown operand',
    { name: 'a', expression: { left: { now: 1 }, op: '<', right: 1 } },
    '/expression/left/now',
  ],
  [
    'three summands',
    { name: 'a', expression: { left: { sum: [1, 2, 3] }, op: '<', right: 1 } },
    '/expression/left/sum',
  ],
  ['nothing to hold', { name: 'a', expression: { all: [] } }, '/expression/all'],
  ['all beside any', { name: 'a', expression: { all: [], any: [] } }, '/expression/all'],
  ['nine levels', { name: 'a', expression: nested(8) }, `/expression${'/not'.repeat(8)}`],
])('a rule with %s is refused', (_, rule, pointer) => {
  expect(rulesFaults([rule], '/rules')[0]?.pointer).toBe(`/rules/0${pointer}`);
});

test('eight levels pass', () => {
  expect(rulesFaults([{ name: 'a', expression: nested(7) }], '')).toEqual([]);
});

test('a name is used once, and 32 rules are enough', () => {
  const rule = { name: 'a', schema: true };
  expect(rulesFaults([rule, rule], '')).toMatchObject([{ pointer: '/1/name' }]);
  const many = Array.from({ length: 33 }, (_, index) => ({ ...rule, name: `r${index}` }));
  expect(rulesFaults(many, '/rules')).toMatchObject([{ pointer: '/rules', code: 'out_of_range' }]);
  expect(rulesFaults(many.slice(1), '')).toEqual([]);
});
