// What narrower means for each kind of constraint, and what several scopes come to together.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { settingsFaults } from '../../sdk/src/config.ts';
import {
  CONSTRAINT_KINDS,
  type ConstraintName,
  combineSettings,
  wideningFaults,
} from '../../sdk/src/config-constraints.ts';
import type { JsonObject, JsonValue } from '../../sdk/src/json.ts';

const rule = (name: string, limit: number): JsonObject => ({ name, limit });

test.each<[ConstraintName, JsonValue, JsonValue, boolean, JsonValue]>([
  ['at_most', 10, 5, true, 5],
  ['at_most', 10, 10, true, 10],
  ['at_most', 10, 11, false, 10],
  ['at_most', 10, '5', false, 10],
  ['at_least', 10, 11, true, 11],
  ['at_least', 10, 9, false, 10],
  ['subset', ['EUR', 'USD'], ['USD'], true, ['USD']],
  ['subset', ['EUR', 'USD'], ['USD', 'GBP'], false, ['USD']],
  ['subset', ['EUR'], ['GBP'], false, []],
  ['subset', [1], ['1'], false, []],
  ['superset', ['a'], ['a', 'b'], true, ['a', 'b']],
  ['superset', ['a'], ['b'], false, ['a', 'b']],
  ['within', [0, 10], [2, 8], true, [2, 8]],
  ['within', [0, 10], [2, 12], false, [2, 10]],
  ['within', [0, 10], [11, 12], false, [0, 10]],
  ['within', [0, 10], [8, 2], false, [0, 10]],
  ['once_true', true, false, false, true],
  ['once_true', false, true, true, true],
  ['once_true', false, false, true, false],
  ['once_false', false, true, false, false],
  ['once_false', true, false, true, false],
  ['fixed', { a: 1, b: 2 }, { b: 2, a: 1 }, true, { a: 1, b: 2 }],
  ['fixed', 'a', 'b', false, 'a'],
  ['rules', [rule('a', 1)], [rule('b', 2)], true, [rule('a', 1), rule('b', 2)]],
  ['rules', [rule('a', 1)], [rule('a', 1), rule('b', 2)], true, [rule('a', 1), rule('b', 2)]],
  ['rules', [rule('a', 1)], [rule('a', 9)], false, [rule('a', 1)]],
])('%s: under %j, %j is narrower: %j; both make %j', (name, parent, child, narrower, both) => {
  const kind = CONSTRAINT_KINDS[name];
  expect(kind.isNarrower(parent, child)).toBe(narrower);
  expect(kind.combine(parent, child)).toEqual(both);
});

test.each<[ConstraintName, unknown]>([
  ['at_most', '1'],
  ['at_least', null],
  ['subset', [{}]],
  ['superset', 'a'],
  ['within', [2, 1]],
  ['within', [1]],
  ['once_true', 1],
  ['once_false', 'false'],
  ['rules', [{ name: 'a' }, { name: 'a' }]],
  ['rules', [{}]],
])('%s refuses %j for what it is', (name, value) => {
  expect(CONSTRAINT_KINDS[name].check(value)).toEqual(expect.any(String));
  const settings = { field: value, constraints: { field: name } };
  expect(settingsFaults('pricing', settings)).toMatchObject([{ pointer: '/settings/field' }]);
});

test.each([
  ['an unknown kind', { constraints: { a: 'max' } }, '/settings/constraints/a'],
  [
    'a kind named like an object key',
    { constraints: { a: 'toString' } },
    '/settings/constraints/a',
  ],
  ['a list', { constraints: [] }, '/settings/constraints'],
  [
    'a constraint on the constraints',
    { constraints: { constraints: 'fixed' } },
    '/settings/constraints/constraints',
  ],
])('%s is no constraint', (_, settings, pointer) => {
  expect(settingsFaults('pricing', settings)).toMatchObject([{ pointer }]);
});

test.each([
  ['a wider value', { limit: 11 }, ['/settings/limit']],
  ['two wider values', { limit: 11, on: false }, ['/settings/limit', '/settings/on']],
  ['a value of another shape', { limit: '1' }, ['/settings/limit']],
  [
    'another kind for a constrained field',
    { constraints: { limit: 'at_least' } },
    ['/settings/constraints/limit'],
  ],
  ['a first value of the wrong shape', { ratio: 'high' }, ['/settings/ratio']],
  ['a narrower value', { limit: 9, on: true }, []],
  ['leaving the constraints out', { limit: 9 }, []],
  ['the same constraint again', { limit: 9, constraints: { limit: 'at_most' } }, []],
  ['a constraint of its own', { fee: 3, constraints: { fee: 'fixed' } }, []],
  ['any value of a free field', { note: 'x', toString: 1 }, []],
])('%s under a broader scope', (_, settings, pointers) => {
  const above = {
    limit: 10,
    on: true,
    note: 1,
    constraints: { limit: 'at_most', on: 'once_true', ratio: 'at_most' },
  };
  const faults = wideningFaults('pricing', above, settings);
  expect(faults.map((one) => one.pointer)).toEqual(pointers);
});

test('scopes merge field by field, and a broader one that tightened later still holds', () => {
  const platform = { limit: 5, region: 'eu', constraints: { limit: 'at_most' } };
  const tenant = { limit: 50, fee: 2, constraints: { fee: 'fixed', limit: 'at_least' } };
  const entity = { limit: 3, fee: 9, region: 'us' };
  expect(combineSettings('pricing', [platform, tenant, entity])).toEqual({
    limit: 3,
    fee: 2,
    region: 'us',
    constraints: { limit: 'at_most', fee: 'fixed' },
  });
});

test('the fields the SDK reads are constrained without being asked for', () => {
  const above = { storage_budget_bytes: 10, require_idempotency_key: true, record_refusals: true };
  const wider = {
    storage_budget_bytes: 11,
    require_idempotency_key: false,
    record_refusals: false,
  };
  expect(wideningFaults('ledger', above, wider).map((one) => one.pointer)).toEqual([
    '/settings/storage_budget_bytes',
    '/settings/require_idempotency_key',
  ]);
  expect(combineSettings('ledger', [above, wider])).toEqual({ ...above, record_refusals: false });
});

test.each([
  ['ledger', { budget: 1 }, '/settings/budget'],
  ['ledger', { storage_budget_bytes: 0 }, '/settings/storage_budget_bytes'],
  ['ledger', { record_refusals: 'no' }, '/settings/record_refusals'],
  ['invariants', { rules: {} }, '/settings/rules'],
  ['invariants', { rule: [] }, '/settings/rule'],
  ['pricing', [], '/settings'],
  ['pricing', { at: new Date(0) }, '/settings/at'],
])('a Config of type %s does not take %j', (type, settings, pointer) => {
  expect(settingsFaults(type, settings)).toMatchObject([{ pointer }]);
});

const scalars = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 1, 2), { maxLength: 4 });
const VALUES: Record<Exclude<ConstraintName, 'rules' | 'within'>, fc.Arbitrary<JsonValue>> = {
  at_most: fc.integer({ min: 0, max: 9 }),
  at_least: fc.integer({ min: 0, max: 9 }),
  subset: scalars,
  superset: scalars,
  once_true: fc.boolean(),
  once_false: fc.boolean(),
  fixed: fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value))),
};
// Kinds for which every two values have a common narrower one.
const KINDS = ['at_most', 'at_least', 'subset', 'superset', 'once_true', 'once_false'] as const;

test.each(KINDS)('an effective value is never wider than that of any scope: %s', (name) => {
  const scope = fc.option(VALUES[name], { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(scope, scope, scope), (values) => {
      const scopes = values.map((field): JsonObject => (field === undefined ? {} : { field }));
      const [platform = {}, ...narrower] = scopes;
      const chain = [{ ...platform, constraints: { field: name } }, ...narrower];
      const { field } = combineSettings('pricing', chain);
      for (const value of values) {
        if (value === undefined) continue;
        expect(CONSTRAINT_KINDS[name].isNarrower(value, field)).toBe(true);
      }
    }),
  );
});

test('what a scope may put is what holds, whatever the kind', () => {
  const pair = fc
    .constantFrom(...(Object.keys(VALUES) as (keyof typeof VALUES)[]))
    .chain((name) => fc.tuple(fc.constant(name), VALUES[name], VALUES[name]));
  fc.assert(
    fc.property(pair, ([name, parent, child]) => {
      const above = { field: parent, constraints: { field: name } };
      const widened = wideningFaults('pricing', above, { field: child }).length > 0;
      const { field } = combineSettings('pricing', [above, { field: child }]);
      const kind = CONSTRAINT_KINDS[name];
      expect(widened).toBe(!kind.isNarrower(parent, child));
      expect(kind.isNarrower(parent, field)).toBe(true);
      if (!widened) expect(kind.isNarrower(child, field)).toBe(true);
    }),
  );
});
