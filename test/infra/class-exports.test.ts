// Durable Object classes declared by `exports`: what exists afterwards, whose data each class has, and
// what is refused.
import { expect, test } from 'vitest';
import { applyExports } from '../../infra/local/api/class-exports.ts';
import { ApiError } from '../../infra/local/api/envelope.ts';
import { applyMigrations } from '../../infra/local/api/migrations.ts';

const DEPLOYED = [
  { className: 'Account', uniqueKey: 'of-account' },
  { className: 'Project', uniqueKey: 'of-project' },
];
const sqlite = { type: 'durable-object', storage: 'sqlite' };
const deleted = { type: 'durable-object', state: 'deleted' };
const renamedTo = (name: string) => ({
  type: 'durable-object',
  state: 'renamed',
  renamed_to: name,
});

/** Class names, each with the name whose data it has. */
const after = (exports: unknown): string[] =>
  applyExports(DEPLOYED, exports).map(({ className, uniqueKey }) => {
    const old = DEPLOYED.find((one) => one.uniqueKey === uniqueKey);
    return old ? `${className} = ${old.className}` : `${className} is new`;
  });

const AS_IT_WAS = ['Account = Account', 'Project = Project'];

test.each<[string, unknown, string[]]>([
  ['nothing named changes nothing', {}, AS_IT_WAS],
  ['what is there keeps its data', { Account: sqlite, Project: sqlite }, AS_IT_WAS],
  ['a new class starts empty', { Invoice: sqlite }, [...AS_IT_WAS, 'Invoice is new']],
  ['a deleted class is gone', { Project: deleted }, ['Account = Account']],
  ['one deleted before is no fault', { Absent: deleted }, AS_IT_WAS],
  [
    'a renamed class keeps its data',
    { Account: renamedTo('Customer'), Customer: sqlite },
    ['Project = Project', 'Customer = Account'],
  ],
  ['one renamed before is no fault', { Old: renamedTo('Account'), Account: sqlite }, AS_IT_WAS],
  [
    'a name that was renamed away can be taken by a new class',
    { Account: renamedTo('Customer'), Invoice: sqlite },
    ['Project = Project', 'Customer = Account', 'Invoice is new'],
  ],
  ['entrypoints are no classes', { Api: { type: 'worker' } }, AS_IT_WAS],
])('%s', (_, exports, expected) => {
  expect(after(exports)).toEqual(expected);
});

test('said twice, it changes nothing the second time', () => {
  const exports = { Account: renamedTo('Customer'), Invoice: sqlite, Project: deleted };
  const once = applyExports(DEPLOYED, exports);
  expect(applyExports(once, exports)).toEqual(once);
});

const refusalOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof ApiError ? [error.status, error.code] : error;
  }
};

test.each<[string, unknown, number]>([
  ['a list', [], 10021],
  ['a type nobody knows', { A: { type: 'queue' } }, 10021],
  ['a workflow', { A: { type: 'workflow' } }, 10021],
  ['storage of the old kind', { A: { type: 'durable-object', storage: 'legacy-kv' } }, 10021],
  [
    'a transfer',
    { A: { type: 'durable-object', state: 'transferred', transferred_to: 'b' } },
    10021,
  ],
  ['a new name that is taken', { Account: renamedTo('Project') }, 10074],
])('%s is refused', (_, exports, code) => {
  expect(refusalOf(() => applyExports(DEPLOYED, exports))).toEqual([400, code]);
});

test('a class transferred by migration is refused by name', () => {
  const migrations = {
    new_tag: 'v2',
    old_tag: 'v1',
    transferred_classes: [{ from: 'A', to: 'B' }],
  };
  const work = () => applyMigrations({ classes: DEPLOYED, tag: 'v1' }, migrations);
  expect(refusalOf(work)).toEqual([400, 10021]);
});
