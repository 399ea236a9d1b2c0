// What is found in an upload before it is started: each fault with its code, its place and what to do,
// and all of them at once. One row a case.
import { expect, test } from 'vitest';
import {
  checkModules,
  contentHashOf,
  type FindingCode,
  parseManifest,
  startupFinding,
} from '../../provisioning/src/index.ts';
import { MANIFEST, samples } from './custom-samples.ts';

const check = (content: string, more: Record<string, string> = {}) =>
  checkModules(MANIFEST, [
    { name: 'ledgers.js', content },
    ...Object.entries(more).map(([name, text]) => ({ name, content: text })),
  ]);

test("the documentation's samples are found nothing wrong with", async () => {
  expect(await checkModules(MANIFEST, await samples())).toEqual([]);
});

test.each<[string, Record<string, string>]>([
  [`import { EntityLedger } from '@z0-app/sdk';`, {}],
  [`import { env } from 'cloudflare:workers'; import.meta.url;`, {}],
  [`import { hash } from 'node:crypto'; import 'node:async_hooks';`, {}],
  [
    `export * from './lib/a.js'`,
    { 'lib/a.js': `import '../b.mjs'; import './a.js';`, 'b.mjs': '' },
  ],
  [`export const later = () => import('./later.js');`, { 'later.js': '' }],
  [`export const text = "import x from 'left-pad'"; // import 'left-pad'`, {}],
  [`export const rest = 4 / 2; export const pattern = /import 'a'/;`, {}],
])('%s is let through', async (content, more) => {
  expect(await check(content, more)).toEqual([]);
});

test.each<[string, FindingCode, number, string]>([
  [`import pad from 'left-pad';`, 'import_not_allowed', 1, 'bundle'],
  [`\n\nimport { Hono } from "hono";`, 'import_not_allowed', 3, `'hono' is a package`],
  [`import fs from 'node:fs';`, 'import_not_allowed', 1, 'node:assert'],
  [`import { connect } from 'node:net';`, 'import_not_allowed', 1, 'not offered'],
  [`import { EventEmitter } from 'events';`, 'import_not_allowed', 1, `written 'node:events'`],
  [`import { connect } from 'cloudflare:sockets';`, 'import_not_allowed', 1, 'cloudflare:workers'],
  [`import { x } from '@z0-app/sdk/testing';`, 'import_not_allowed', 1, 'import from @z0-app/sdk'],
  [`import app from '../z0/template.js';`, 'import_not_allowed', 1, 'leads out of the upload'],
  [`import app from './a/../../index.js';`, 'import_not_allowed', 1, 'leads out of the upload'],
  [`import '/z0/sdk.js';`, 'import_not_allowed', 1, 'is a package'],
  [`import 'https://evil.example/a.js';`, 'import_not_allowed', 1, 'is a package'],
  [`export * from 'left-pad';`, 'import_not_allowed', 1, 'is a package'],
  [`const n = 'node:fs';\nimport(n);`, 'import_not_allowed', 2, 'takes a text'],
  ['import(`node:${"fs"}`);', 'import_not_allowed', 1, 'takes a text'],
  [`await import('node:child_process');`, 'import_not_allowed', 1, 'not offered'],
  [`import 'node:f\\u0073';`, 'import_not_allowed', 1, 'node:fs'],
  [
    `import data from './data.json' with { type: 'json' };`,
    'import_not_allowed',
    1,
    'plain import',
  ],
  [`import source wasm from './a.wasm';`, 'import_not_allowed', 1, 'plain import'],
  [`\nimport './gone.js';`, 'module_missing', 2, 'gone.js, which was not uploaded'],
  [`import './lib';`, 'module_missing', 1, 'whole name'],
  [`export class A {\n}\n}`, 'syntax', 3, 'not the text of an ES module'],
])('%j is refused as %s', async (content, code, line, words) => {
  const [finding, ...more] = await check(content);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ code, pointer: '/modules/ledgers.js', file: 'ledgers.js', line });
  expect(finding?.detail).toMatch(new RegExp(`^ledgers\\.js:${line}: `));
  expect(finding?.detail).toContain(words);
});

test.each([
  '../up.js',
  '/etc/a.js',
  'a//b.js',
  '.hidden/a.js',
  './a.js',
  'a/@z0-app/sdk',
  'a.wasm',
  'a\n.js',
  'node:fs.js',
  `${'a'.repeat(200)}.js`,
])('the module path %j is refused', async (name) => {
  const findings = await check('', { [name]: '' });
  expect(findings).toMatchObject([{ code: 'manifest_invalid', file: name }]);
});

test('the pointer to a module in a folder is escaped', async () => {
  const findings = await check('', { 'lib/a.js': `import 'x'` });
  expect(findings).toMatchObject([{ pointer: '/modules/lib~1a.js', file: 'lib/a.js', line: 1 }]);
});

test('everything is told at once: sizes, the main module, each import of each module', async () => {
  const modules = Array.from({ length: 21 }, (_, index) => ({
    name: `m${index}.js`,
    content: index < 2 ? `import 'a${index}';\nimport './gone.js';` : '',
  }));
  const findings = await checkModules(MANIFEST, modules);
  expect(findings.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
    'too_many_modules /modules',
    'main_missing /manifest/main_module',
    'import_not_allowed /modules/m0.js',
    'module_missing /modules/m0.js',
    'import_not_allowed /modules/m1.js',
    'module_missing /modules/m1.js',
  ]);
});

test('a megabyte of nothing but forbidden imports is refused at once, in a few words', async () => {
  const findings = await check(`import 'a';\n`.repeat(87_000));
  expect(findings).toHaveLength(50);
  expect(findings.at(-1)).toMatchObject({ code: 'import_not_allowed', line: 50 });
});

test('what a tenant throws may be as long and as strange as it likes', () => {
  const message = `Uncaught Error: ${'custom/'.repeat(200_000)}\n  at custom/ledgers.js:7:1`;
  const finding = startupFinding(message, MANIFEST, [{ name: 'ledgers.js', content: '' }]);
  expect(finding).toMatchObject({ code: 'does_not_start', file: 'ledgers.js', line: 7 });
  expect(finding.detail.length).toBeLessThan(1200);
});

test.each([
  ['Uncaught Error: a\nb\n  at custom/ledgers.js:3:7 in f', 'ledgers.js', 3, 'Uncaught Error: a b'],
  ['Uncaught Error: a\n  at custom/other.js:3:7', 'ledgers.js', undefined, 'Uncaught Error: a'],
  ['The script did not start.', 'ledgers.js', undefined, 'The script did not start.'],
])('%j is told with its place', (message, file, line, words) => {
  const finding = startupFinding(message, MANIFEST, [{ name: 'ledgers.js', content: '' }]);
  expect({ file: finding.file, line: finding.line }).toEqual({ file, line });
  expect(finding.detail).toMatch(new RegExp(`: The code does not start: ${words}$`));
});

test('a megabyte goes, a byte more does not, counted as UTF-8', async () => {
  const euros = `//${'€'.repeat((2 ** 20 - 4) / 3)}`;
  expect(await check(`${euros}..`)).toEqual([]);
  expect(await check(`${euros}...`)).toMatchObject([{ code: 'too_large', pointer: '/modules' }]);
});

test('a manifest with all it can say is taken as it is', () => {
  const manifest = {
    main_module: 'ledgers.js',
    message: 'Count points',
    delete_classes: ['OldLedger'],
    vars: { GREETING: 'hello' },
    secrets: ['API_KEY', 'STRIPE_KEY'],
  };
  expect(parseManifest(manifest)).toEqual({ ok: true, value: manifest });
});

test('all that is wrong with vars and secrets is said at once, a name that is both among it', () => {
  const secrets = ['API_KEY', 'lower', 'API_KEY', 'CURRENCY', 'PLATFORM'];
  const parsed = parseManifest({ ...MANIFEST, vars: { CURRENCY: 'USD', A: 1 }, secrets });
  const findings = parsed.ok ? [] : parsed.findings;
  expect(findings.map(({ pointer }) => pointer).toSorted()).toEqual([
    '/manifest/secrets/1',
    '/manifest/secrets/2',
    '/manifest/secrets/3',
    '/manifest/secrets/4',
    '/manifest/vars/A',
  ]);
});

test('a hundred secrets can be declared, and no more', () => {
  const secrets = Array.from({ length: 101 }, (_, index) => `KEY_${index}`);
  expect(parseManifest({ ...MANIFEST, secrets: secrets.slice(1) })).toMatchObject({ ok: true });
  const parsed = parseManifest({ ...MANIFEST, secrets });
  expect(parsed).toMatchObject({ ok: false, findings: [{ pointer: '/manifest/secrets' }] });
});

test.each([
  [undefined, '/manifest'],
  [[], '/manifest'],
  [{}, '/manifest/main_module'],
  [{ main_module: '' }, '/manifest/main_module'],
  [{ ...MANIFEST, main: 'a.js' }, '/manifest'],
  [{ ...MANIFEST, message: 'm'.repeat(501) }, '/manifest/message'],
  [{ ...MANIFEST, delete_classes: 'A' }, '/manifest/delete_classes'],
  [{ ...MANIFEST, delete_classes: ['A', 1] }, '/manifest/delete_classes/1'],
  [{ ...MANIFEST, vars: { lower: '' } }, '/manifest/vars/lower'],
  [{ ...MANIFEST, vars: { A: 1 } }, '/manifest/vars/A'],
  [{ ...MANIFEST, vars: { TENANT_ID: 'globex' } }, '/manifest/vars/TENANT_ID'],
  [{ ...MANIFEST, vars: { PLATFORM: '' } }, '/manifest/vars/PLATFORM'],
  [{ ...MANIFEST, vars: { ACCOUNT_LEDGER: '' } }, '/manifest/vars/ACCOUNT_LEDGER'],
  [{ ...MANIFEST, secrets: 'API_KEY' }, '/manifest/secrets'],
  [{ ...MANIFEST, secrets: [1] }, '/manifest/secrets/0'],
  [{ ...MANIFEST, secrets: ['TENANT_ID'] }, '/manifest/secrets/0'],
  [{ ...MANIFEST, secrets: ['PLATFORM_METRICS_QUEUE'] }, '/manifest/secrets/0'],
  [{ ...MANIFEST, secrets: ['ACCOUNT_LEDGER'] }, '/manifest/secrets/0'],
])('the manifest %j is refused at %s', (manifest, pointer) => {
  expect(parseManifest(manifest)).toMatchObject({
    ok: false,
    findings: [{ code: 'manifest_invalid', pointer }],
  });
});

test('the same code has the same hash in any order and with any message, and other code another', async () => {
  const [a, b] = [
    { name: 'a.js', content: '1' },
    { name: 'b.js', content: '2' },
  ];
  const hash = await contentHashOf({ main_module: 'a.js', vars: { A: '1', B: '2' } }, [a, b]);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  const again = { main_module: 'a.js', message: 'again', vars: { B: '2', A: '1' } };
  expect(await contentHashOf(again, [b, a])).toBe(hash);
  const others = [
    contentHashOf({ main_module: 'b.js', vars: { A: '1', B: '2' } }, [a, b]),
    contentHashOf({ main_module: 'a.js', vars: { A: '1' } }, [a, b]),
    contentHashOf({ ...again, delete_classes: ['OldLedger'] }, [a, b]),
    contentHashOf({ ...again, secrets: ['KEY'] }, [a, b]),
    contentHashOf(again, [a, { ...b, content: '3' }]),
    contentHashOf(again, [a]),
  ];
  expect(new Set([hash, ...(await Promise.all(others))]).size).toBe(7);
  const declared = { ...again, secrets: ['A', 'B'] };
  const inOtherOrder = { ...again, secrets: ['B', 'A'] };
  expect(await contentHashOf(declared, [a])).toBe(await contentHashOf(inOtherOrder, [a]));
  expect(await contentHashOf({ ...again, secrets: [] }, [a, b])).toBe(hash);
});
