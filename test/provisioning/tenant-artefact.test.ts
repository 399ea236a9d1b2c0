// An artefact that comes back from storage is the one that was stored, or none.
import { expect, test } from 'vitest';
import { parseTenantArtefact } from '../../provisioning/src/tenant-artefact.ts';

const ARTEFACT = {
  version: '0123456789abcdef',
  main_module: 'index.js',
  modules: [
    { name: 'index.js', type: 'application/javascript+module', content: 'export default {}' },
  ],
  compatibility_date: '2026-10-01',
  compatibility_flags: ['nodejs_compat'],
  durable_objects: [{ name: 'ACCOUNT_LEDGER', class_name: 'AccountLedger' }],
  migrations: [{ tag: 'v1', new_sqlite_classes: ['AccountLedger'] }],
};

test('what was stored is read back unchanged', () => {
  expect(parseTenantArtefact(JSON.stringify(ARTEFACT))).toEqual(ARTEFACT);
});

test('an artefact without classes, flags or migrations is one', () => {
  const bare = { ...ARTEFACT, compatibility_flags: [], durable_objects: [], migrations: [] };
  expect(parseTenantArtefact(JSON.stringify(bare))).toEqual(bare);
});

test("an artefact with a tenant's own code has vars and the version of its template", () => {
  const composed = { ...ARTEFACT, vars: { GREETING: 'hello' }, template_version: 'fedcba98' };
  expect(parseTenantArtefact(JSON.stringify(composed))).toEqual(composed);
});

test.each(['', ' ', '{', 'null', 'true', '1', '"text"', '[]', '{}', '<html>', '{"version":"a"}'])(
  '%j is no artefact',
  (text) => {
    expect(parseTenantArtefact(text)).toBeUndefined();
  },
);

test.each(Object.keys(ARTEFACT))('without %s it is no artefact', (field) => {
  const { [field]: _left, ...rest } = ARTEFACT as Record<string, unknown>;
  expect(parseTenantArtefact(JSON.stringify(rest))).toBeUndefined();
});

test.each<[string, Record<string, unknown>]>([
  ['a version that is no text', { version: 1 }],
  ['modules that are no list', { modules: {} }],
  ['no module at all', { modules: [] }],
  ['a module that is none', { modules: [1] }],
  ['a module that is null', { modules: [null] }],
  ['a module without content', { modules: [{ name: 'index.js', type: 'text/plain' }] }],
  ['a main module that is not among them', { main_module: 'other.js' }],
  ['a flag that is no text', { compatibility_flags: [1] }],
  ['a class without a name', { durable_objects: [{ name: 'A' }] }],
  ['a var that is no text', { vars: { GREETING: 1 } }],
  ['vars that are none', { vars: null }],
  ['a template version that is no text', { template_version: 1 }],
  ['a migration without a tag', { migrations: [{ new_sqlite_classes: ['A'] }] }],
])('with %s it is no artefact', (_what, difference) => {
  expect(parseTenantArtefact(JSON.stringify({ ...ARTEFACT, ...difference }))).toBeUndefined();
});
