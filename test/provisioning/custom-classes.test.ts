// Which classes a version may have, and what a composed Worker makes of those that it has and those
// that are deployed. One row a case.
import { expect, test } from 'vitest';
import {
  checkClasses,
  checkPrefixes,
  composeArtefact,
  type DeployedClasses,
  type DescribedClass,
  type FindingCode,
  parseDescription,
  parseTemplateParts,
  parseTenantArtefact,
  type TemplateParts,
} from '../../provisioning/src/index.ts';
import { MANIFEST } from './custom-samples.ts';

const entity = (name: string, prefix = name.slice(0, 3).toLowerCase()): DescribedClass => {
  const type = name.replace(/Ledger$/, '').toLowerCase();
  return { name, kind: 'entity', type, prefix, from: 'custom' };
};
const other = (name: string, kind: DescribedClass['kind']): DescribedClass => {
  return { name, kind, type: '', prefix: '', from: 'custom' };
};
const ACCOUNT: DescribedClass = { ...entity('AccountLedger', 'acct'), from: 'template' };
const SYSTEM: DescribedClass = {
  ...other('TenantSystemLedger', 'tenant_system'),
  from: 'template',
};
const INVOICE = entity('InvoiceLedger', 'inv');
const TEMPLATE = ['AccountLedger', 'TenantSystemLedger'];

const PARTS: TemplateParts = {
  version: 'abc',
  sdk_version: '0.1.0',
  modules: [{ name: 'z0/sdk.js', type: 'application/javascript+module', content: '' }],
  compatibility_date: '2026-10-01',
  compatibility_flags: [],
  durable_objects: TEMPLATE.map((name) => ({ name: 'ANY', class_name: name })),
  migrations: [{ tag: 'v1', new_sqlite_classes: TEMPLATE }],
};

test.each([
  [[INVOICE, ACCOUNT, SYSTEM]],
  [[entity('AccountLedger', 'acct'), SYSTEM]],
  [[INVOICE, ACCOUNT, other('MyTenantSystemLedger', 'tenant_system')]],
  [[INVOICE, ACCOUNT, other('TenantSystemLedger', 'tenant_system')]],
  [[other('SystemLedger', 'system'), ACCOUNT, SYSTEM]],
])('%j can be a version', (described) => {
  expect(checkClasses(described, TEMPLATE, MANIFEST)).toEqual([]);
});

test.each<[FindingCode, string, DescribedClass[]]>([
  ['no_ledgers', 'exports no ledger', [ACCOUNT, SYSTEM]],
  ['not_a_ledger', 'extends EntityLedger', [other('CounterLedger', 'other'), ACCOUNT, SYSTEM]],
  ['not_a_ledger', 'ends in Ledger', [entity('Invoice'), ACCOUNT, SYSTEM]],
  ['not_a_ledger', 'begins with a capital', [entity('invoiceLedger'), ACCOUNT, SYSTEM]],
  ['not_a_ledger', 'letters and digits', [entity('In_voiceLedger'), ACCOUNT, SYSTEM]],
  ['reserved_name', 'Choose another', [entity('PlatformSystemLedger'), ACCOUNT, SYSTEM]],
  [
    'reserved_name',
    'AMyTenantSystemLedger and BMyTenantSystemLedger',
    [
      other('AMyTenantSystemLedger', 'tenant_system'),
      other('BMyTenantSystemLedger', 'tenant_system'),
      ACCOUNT,
    ],
  ],
  [
    'reserved_name',
    'the same binding FOO_LEDGER',
    [entity('FOOLedger', 'one'), entity('FooLedger', 'two'), ACCOUNT, SYSTEM],
  ],
  [
    'prefix_taken',
    `InvoiceLedger and AccountLedger`,
    [entity('InvoiceLedger', 'acct'), ACCOUNT, SYSTEM],
  ],
  ['prefix_taken', `the platform's`, [entity('InvoiceLedger', 'fct'), ACCOUNT, SYSTEM]],
  ['prefix_taken', 'lower-case letters', [entity('InvoiceLedger', 'in_v'), ACCOUNT, SYSTEM]],
  ['prefix_taken', 'lower-case letters', [entity('InvoiceLedger', '(a+)+'), ACCOUNT, SYSTEM]],
])('%s: %s', (code, words, described) => {
  const findings = checkClasses(described, TEMPLATE, MANIFEST);
  expect(findings).toMatchObject([{ code, pointer: '/modules/ledgers.js', file: 'ledgers.js' }]);
  expect(findings[0]?.detail).toMatch(/^ledgers\.js: /);
  expect(findings[0]?.detail).toContain(words);
});

test('a custom class named TenantSystemLedger that is no such ledger is refused', () => {
  const findings = checkClasses([entity('TenantSystemLedger'), ACCOUNT], TEMPLATE, MANIFEST);
  expect(findings).toMatchObject([{ code: 'reserved_name' }]);
});

test('a live class that a version has no more must be named to be deleted', () => {
  const described = [INVOICE, ACCOUNT, SYSTEM];
  const live = [...TEMPLATE, 'OldLedger', 'OlderLedger'];
  const findings = checkClasses(described, live, { ...MANIFEST, delete_classes: ['OlderLedger'] });
  expect(findings).toMatchObject([
    {
      code: 'class_removed',
      pointer: '/manifest/delete_classes',
      detail: expect.stringContaining('--delete-class OldLedger'),
    },
  ]);
});

test.each(['InvoiceLedger', 'AccountLedger', 'TenantSystemLedger'])(
  '%s, which a version has, cannot be deleted with it',
  (name) => {
    const manifest = { ...MANIFEST, delete_classes: [name] };
    expect(checkClasses([INVOICE, ACCOUNT, SYSTEM], TEMPLATE, manifest)).toMatchObject([
      { code: 'manifest_invalid', pointer: '/manifest/delete_classes/0' },
    ]);
  },
);

const first = { new_sqlite_classes: ['AccountLedger', 'InvoiceLedger', 'TenantSystemLedger'] };
test.each<[string, DeployedClasses, string[] | undefined, object[]]>([
  ['nothing', { classes: [] }, undefined, [{ tag: 'v2', ...first }]],
  [
    'the template',
    { tag: 'v1', classes: TEMPLATE },
    undefined,
    [{ tag: 'v1' }, { tag: 'v2', new_sqlite_classes: ['InvoiceLedger'] }],
  ],
  ['the same', { tag: 'v4', classes: [...TEMPLATE, 'InvoiceLedger'] }, undefined, [{ tag: 'v4' }]],
  [
    'a class more, which is kept',
    { tag: 'v9', classes: [...TEMPLATE, 'InvoiceLedger', 'OldLedger'] },
    undefined,
    [{ tag: 'v9' }],
  ],
  [
    'a class more, which is deleted',
    { tag: 'v9', classes: [...TEMPLATE, 'InvoiceLedger', 'OldLedger'] },
    ['OldLedger'],
    [{ tag: 'v9' }, { tag: 'v10', deleted_classes: ['OldLedger'] }],
  ],
  [
    'what is to be deleted is gone already',
    { tag: 'v10', classes: [...TEMPLATE, 'InvoiceLedger'] },
    ['OldLedger'],
    [{ tag: 'v10' }],
  ],
])('from %s, the migrations follow', (_what, deployed, delete_classes, migrations) => {
  const described = [INVOICE, ACCOUNT, SYSTEM];
  const artefact = composeArtefact(PARTS, { ...MANIFEST, delete_classes }, [], described, deployed);
  expect(artefact.migrations).toEqual(migrations);
  expect(parseTenantArtefact(JSON.stringify(artefact))).toEqual(artefact);
});

test('each class is bound and exported once, whosever it is, and a kept one is served to nobody', () => {
  const described = [INVOICE, ACCOUNT, other('MyTenantSystemLedger', 'tenant_system')];
  const deployed = { tag: 'v3', classes: [...TEMPLATE, 'SpareAPartLedger'] };
  const artefact = composeArtefact(PARTS, MANIFEST, [], described, deployed);
  expect(artefact.durable_objects).toEqual([
    { name: 'ACCOUNT_LEDGER', class_name: 'AccountLedger' },
    { name: 'INVOICE_LEDGER', class_name: 'InvoiceLedger' },
    { name: 'SPARE_APART_LEDGER', class_name: 'SpareAPartLedger' },
    { name: 'TENANT_SYSTEM_LEDGER', class_name: 'TenantSystemLedger' },
  ]);
  expect(artefact.modules[0]?.content.split('\n')).toEqual([
    `import * as template from './z0/template.js';`,
    `import * as custom from './custom/ledgers.js';`,
    `import { EntityLedger } from './z0/sdk.js';`,
    'const rebuiltBy = template.rebuiltBy ?? ((ledger) => ledger);',
    expect.stringMatching(
      /^export class InvoiceLedger extends rebuiltBy\(custom\.InvoiceLedger, '[0-9a-f]{16}'\) \{\}$/,
    ),
    expect.stringMatching(
      /^export class AccountLedger extends rebuiltBy\(template\.AccountLedger, '[0-9a-f]{16}'\) \{\}$/,
    ),
    `export { MyTenantSystemLedger as TenantSystemLedger } from './custom/ledgers.js';`,
    `export class SpareAPartLedger extends EntityLedger {}`,
    `export default template.serveCustom({ InvoiceLedger: custom.InvoiceLedger, AccountLedger: template.AccountLedger }, custom.default);`,
    '',
  ]);
});

test('vars and the version of the template go along', () => {
  const manifest = { ...MANIFEST, vars: { GREETING: 'hello' } };
  const artefact = composeArtefact(PARTS, manifest, [], [ACCOUNT, SYSTEM], { classes: [] });
  expect(artefact).toMatchObject({ vars: { GREETING: 'hello' }, template_version: 'abc' });
  const silent = composeArtefact(PARTS, MANIFEST, [], [ACCOUNT, SYSTEM], { classes: [] });
  expect(silent.version).not.toBe(artefact.version);
});

test.each([
  'null',
  '{',
  '{"classes":[]}',
  '{"classes":[{"name":"A"}],"has_fetch":true}',
  JSON.stringify({ classes: [{ ...INVOICE, name: "x } from 'evil'; //" }], has_fetch: false }),
  JSON.stringify({ classes: [{ ...INVOICE, kind: 'platform' }], has_fetch: false }),
])('%s is no description', (text) => {
  expect(parseDescription(text)).toBeUndefined();
});

test('parts are read back as they were written, and nothing else is', () => {
  expect(parseTemplateParts(JSON.stringify(PARTS))).toEqual(PARTS);
  for (const field of Object.keys(PARTS)) {
    expect(parseTemplateParts(JSON.stringify({ ...PARTS, [field]: 1 }))).toBeUndefined();
  }
  expect(parseTemplateParts('{')).toBeUndefined();
});

test('a class keeps the id prefix that its entities have, or takes another name', () => {
  const before = [{ name: 'InvoiceLedger', prefix: 'inv' }];
  const described = (prefix: string, name = 'InvoiceLedger'): DescribedClass[] => [
    { name, kind: 'entity', type: 'invoice', prefix, from: 'custom' },
  ];
  expect(checkPrefixes(described('inv'), before, MANIFEST)).toEqual([]);
  expect(checkPrefixes(described('bill', 'BillLedger'), before, MANIFEST)).toEqual([]);
  const [finding] = checkPrefixes(described('bill'), before, MANIFEST);
  expect(finding).toMatchObject({ code: 'prefix_changed' });
  expect(finding?.detail).toContain("idPrefix = 'inv'");
});
