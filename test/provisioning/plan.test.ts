// What an apply would do, decided from what should be and what was seen. Nothing is changed here.
import { expect, test } from 'vitest';
import {
  type Desired,
  describeStep,
  type Observed,
  planSteps,
  type Step,
} from '../../provisioning/deploy/plan.ts';

const DESIRED: Desired = {
  resources: [
    { kind: 'dispatch_namespace', name: 'tenants' },
    { kind: 'queue', name: 'metrics' },
    { kind: 'd1', name: 'platform' },
  ],
  database: 'platform',
  migrationFiles: ['0001_tenants.sql', '0002_keys.sql'],
  templateVersion: 't2',
  workers: [
    { name: 'outbound', release: 'r1', missingSecrets: [] },
    { name: 'dispatcher', release: 'r2', missingSecrets: [] },
  ],
};

const NOTHING: Observed = {
  resources: [],
  appliedMigrations: [],
  templateVersion: undefined,
  releases: new Map(),
};

const DONE: Observed = {
  resources: DESIRED.resources,
  appliedMigrations: DESIRED.migrationFiles,
  templateVersion: 't2',
  releases: new Map([
    ['outbound', 'r1'],
    ['dispatcher', 'r2'],
  ]),
};

const linesOf = (observed: Observed): string[] => planSteps(DESIRED, observed).map(describeStep);

test('in an empty account everything is planned: resources, migrations, template, then Workers in order', () => {
  expect(linesOf(NOTHING)).toEqual([
    'create dispatch namespace tenants',
    'create queue metrics',
    'create d1 platform',
    'migrate database platform with 0001_tenants.sql',
    'migrate database platform with 0002_keys.sql',
    'publish tenant template t2',
    'deploy Worker outbound (new)',
    'deploy Worker dispatcher (new)',
  ]);
});

test('where everything is as desired nothing is planned', () => {
  expect(planSteps(DESIRED, DONE)).toEqual([]);
});

test.each<[string, Partial<Observed>, string[]]>([
  ['a resource', { resources: DESIRED.resources.slice(1) }, ['create dispatch namespace tenants']],
  [
    'a resource whose name another kind has',
    { resources: [...DESIRED.resources.slice(1), { kind: 'kv', name: 'tenants' }] },
    ['create dispatch namespace tenants'],
  ],
  [
    'the second migration',
    { appliedMigrations: ['0001_tenants.sql'] },
    ['migrate database platform with 0002_keys.sql'],
  ],
  [
    'the first of two migrations',
    { appliedMigrations: ['0002_keys.sql'] },
    ['migrate database platform with 0001_tenants.sql'],
  ],
  ['the template', { templateVersion: undefined }, ['publish tenant template t2']],
  ['the newest template', { templateVersion: 't1' }, ['publish tenant template t2']],
  ['a Worker', { releases: new Map([['outbound', 'r1']]) }, ['deploy Worker dispatcher (new)']],
  [
    'the newest release of a Worker',
    { releases: new Map([...DONE.releases, ['outbound', 'r0']]) },
    ['deploy Worker outbound (changed)'],
  ],
])('where only %s is missing, only that is planned', (_what, difference, lines) => {
  expect(linesOf({ ...DONE, ...difference })).toEqual(lines);
});

test('a Worker whose release is current is deployed when a secret of it is missing', () => {
  const [outbound, dispatcher] = DESIRED.workers;
  const workers = [
    { ...outbound, missingSecrets: ['KEY'] },
    { ...dispatcher },
  ] as Desired['workers'];
  expect(planSteps({ ...DESIRED, workers }, DONE)).toEqual([
    { do: 'deploy', worker: 'outbound', reason: 'changed' },
  ]);
});

test('what exists and is not ours is left alone', () => {
  const more: Observed = {
    resources: [...DONE.resources, { kind: 'r2', name: 'somebody-elses' }],
    appliedMigrations: [...DONE.appliedMigrations, '0000_by_hand.sql'],
    templateVersion: 't2',
    releases: new Map([...DONE.releases, ['stranger', 'r9']]),
  };
  expect(planSteps(DESIRED, more)).toEqual([]);
});

test('planning changes neither what is desired nor what was seen', () => {
  const before = structuredClone([DESIRED, NOTHING]);
  planSteps(DESIRED, NOTHING);
  expect([DESIRED, NOTHING]).toEqual(before);
});

test.each<[Step, string]>([
  [
    { do: 'create', resource: { kind: 'dispatch_namespace', name: 'n' } },
    'create dispatch namespace n',
  ],
  [{ do: 'create', resource: { kind: 'kv', name: 'n' } }, 'create kv n'],
  [{ do: 'migrate', database: 'd', file: 'f.sql' }, 'migrate database d with f.sql'],
  [{ do: 'publish-template', version: 'v' }, 'publish tenant template v'],
  [{ do: 'deploy', worker: 'w', reason: 'new' }, 'deploy Worker w (new)'],
  [{ do: 'deploy', worker: 'w', reason: 'changed' }, 'deploy Worker w (changed)'],
])('a step is one line that says what will be done: %j', (step, line) => {
  expect(describeStep(step)).toBe(line);
});
