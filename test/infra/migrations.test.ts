// Durable Object migrations as a pure function: what exists afterwards, and Cloudflare's codes for
// what cannot be done.
import { expect, test } from 'vitest';
import { ApiError } from '../../infra/local/api/envelope.ts';
import {
  applyMigrations,
  type ClassState,
  checkBoundClasses,
} from '../../infra/local/api/migrations.ts';

const NOTHING: ClassState = { classes: [], tag: undefined };
const DEPLOYED: ClassState = {
  classes: [
    { className: 'Account', uniqueKey: 'key-of-account' },
    { className: 'Project', uniqueKey: 'key-of-project' },
  ],
  tag: 'v1',
};

const namesOf = ({ classes }: ClassState): string[] => classes.map(({ className }) => className);

const refusalOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof ApiError ? [error.status, error.code] : error;
  }
};

test.each([
  ['no migrations', NOTHING, undefined, [], undefined],
  ['no migrations, on what is deployed', DEPLOYED, undefined, ['Account', 'Project'], 'v1'],
  ['one step', NOTHING, { new_tag: 'v1', new_sqlite_classes: ['A'] }, ['A'], 'v1'],
  [
    'one step in a list',
    NOTHING,
    { new_tag: 'v1', steps: [{ new_sqlite_classes: ['A', 'B'] }] },
    ['A', 'B'],
    'v1',
  ],
  [
    'a null tag of a first upload',
    NOTHING,
    { old_tag: null, new_tag: 'v1', new_classes: ['A'] },
    ['A'],
    'v1',
  ],
  [
    'several steps in order',
    NOTHING,
    {
      new_tag: 'v3',
      steps: [
        { new_sqlite_classes: ['A'] },
        { renamed_classes: [{ from: 'A', to: 'B' }] },
        { deleted_classes: ['B'] },
      ],
    },
    [],
    'v3',
  ],
  [
    'a class more',
    DEPLOYED,
    { old_tag: 'v1', new_tag: 'v2', new_sqlite_classes: ['A'] },
    ['Account', 'Project', 'A'],
    'v2',
  ],
  [
    'a class less',
    DEPLOYED,
    { old_tag: 'v1', new_tag: 'v2', deleted_classes: ['Account'] },
    ['Project'],
    'v2',
  ],
])('%s', (_what, current, migrations, names, tag) => {
  const next = applyMigrations(current, migrations);
  expect([namesOf(next), next.tag]).toEqual([names, tag]);
});

test.each([
  ['a first upload that names an old tag', NOTHING, { old_tag: 'v1', new_tag: 'v2' }, [412, 10079]],
  ['an upload that names no tag where one is deployed', DEPLOYED, { new_tag: 'v2' }, [412, 10079]],
  ['a stale tag', DEPLOYED, { old_tag: 'v0', new_tag: 'v2' }, [412, 10079]],
  [
    'a stale tag before a bad step',
    DEPLOYED,
    { old_tag: 'v0', new_sqlite_classes: ['Account'] },
    [412, 10079],
  ],
  [
    'a class that exists',
    DEPLOYED,
    { old_tag: 'v1', new_sqlite_classes: ['Account'] },
    [400, 10074],
  ],
  ['a class named twice', NOTHING, { new_sqlite_classes: ['A', 'A'] }, [400, 10074]],
  [
    'a rename of nothing',
    DEPLOYED,
    { old_tag: 'v1', renamed_classes: [{ from: 'X', to: 'Y' }] },
    [400, 10074],
  ],
  [
    'a rename onto a class that exists',
    DEPLOYED,
    { old_tag: 'v1', renamed_classes: [{ from: 'Account', to: 'Project' }] },
    [400, 10074],
  ],
  ['a deletion of nothing', DEPLOYED, { old_tag: 'v1', deleted_classes: ['X'] }, [400, 10074]],
])('%s is refused', (_what, current, migrations, answer) => {
  expect(refusalOf(() => applyMigrations(current, migrations))).toEqual(answer);
});

test('every new class gets a storage of its own', () => {
  const { classes } = applyMigrations(NOTHING, { new_tag: 'v1', new_sqlite_classes: ['A', 'B'] });
  expect(new Set(classes.map(({ uniqueKey }) => uniqueKey)).size).toBe(2);
});

test('a renamed class keeps its storage', () => {
  const renamed_classes = [{ from: 'Account', to: 'Customer' }];
  const next = applyMigrations(DEPLOYED, { old_tag: 'v1', new_tag: 'v2', renamed_classes });
  expect(next.classes).toContainEqual({ className: 'Customer', uniqueKey: 'key-of-account' });
  expect(namesOf(next)).not.toContain('Account');
});

test('a refused migration leaves what it was given as it was', () => {
  const before = structuredClone(DEPLOYED);
  const steps = [{ deleted_classes: ['Account'] }, { deleted_classes: ['X'] }];
  refusalOf(() => applyMigrations(DEPLOYED, { old_tag: 'v1', new_tag: 'v2', steps }));
  expect(DEPLOYED).toEqual(before);
});

test.each([
  ['a class that exists', { class_name: 'Account' }, undefined],
  ['a class that does not', { class_name: 'Absent' }, [400, 10061]],
  ["another script's class", { class_name: 'Absent', script_name: 'platform' }, undefined],
])('a binding to %s', (_what, fields, answer) => {
  const binding = { type: 'durable_object_namespace', name: 'OBJECT', ...fields };
  expect(refusalOf(() => checkBoundClasses([binding], DEPLOYED.classes))).toEqual(answer);
});
