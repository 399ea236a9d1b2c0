// What a hostile or mistaken upload of code meets before any of it runs: bounds, and every finding at
// once. Code that is started is tested end to end.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { findingsOf, formOf, manifest, type Part, put, refusalOf } from './versions-world.ts';
import { activeTenant, call, problemOf } from './world.ts';

const GOOD = `import { EntityLedger } from '@z0-app/sdk';\nexport class PointsLedger extends EntityLedger {}\n`;
const main = manifest({ main_module: 'ledgers.js' });
const ledgers: Part = { name: 'ledgers.js', content: GOOD };

let tenant: string;
beforeAll(async () => {
  tenant = await activeTenant();
});

async function factsOf(id: string): Promise<number> {
  const facts = await ledgerOf(env, id).listFacts({ limit: 100 });
  return facts.ok ? facts.value.data.length : -1;
}

describe('a form that is none of ours', () => {
  it.each([
    ['JSON', 'application/json', '{}', 415, 'unsupported_media_type'],
    ['a form without a boundary', 'multipart/form-data', 'x', 415, 'unsupported_media_type'],
    ['another body', 'multipart/form-data; boundary=a', '{}', 400, 'invalid_request'],
  ])('%s is refused', async (_, type, body, status, code) => {
    const response = await put(tenant, body, { 'content-type': type });
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it('that is too long is refused unread', async () => {
    const content = new Uint8Array(1_400 * 1024).fill(32);
    const response = await put(tenant, formOf([main, { name: 'ledgers.js', content }]));
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'payload_too_large' });
  });
});

describe('a refused upload', () => {
  const cases: [string, Part[], string[]][] = [
    ['no manifest', [ledgers], ['/manifest manifest_invalid']],
    ['two manifests', [main, main, ledgers], ['/manifest manifest_invalid']],
    [
      'a manifest that is no JSON',
      [{ ...main, content: '{' }, ledgers],
      ['/manifest manifest_invalid'],
    ],
    [
      'a manifest that names one field twice',
      [{ ...main, content: '{"main_module":"a.js","main_module":"ledgers.js"}' }, ledgers],
      ['/manifest manifest_invalid'],
    ],
    ['a module twice', [main, ledgers, ledgers], ['/modules/ledgers.js duplicate']],
    [
      'a path out of the upload',
      [main, ledgers, { name: '../../z0/sdk.js', content: '' }],
      ['/modules/..~1..~1z0~1sdk.js invalid_name'],
    ],
    [
      'a path inside that goes out',
      [main, ledgers, { name: 'a/../../b.js', content: '' }],
      ['/modules/a~1..~1..~1b.js invalid_name'],
    ],
    [
      'an absolute path',
      [main, ledgers, { name: '/etc/a.js', content: '' }],
      ['/modules/~1etc~1a.js invalid_name'],
    ],
    [
      'the name of the SDK',
      [main, ledgers, { name: '@z0-app/sdk', content: '' }],
      ['/modules/@z0-app~1sdk invalid_name'],
    ],
    [
      'a filename that is not the name',
      [main, { ...ledgers, filename: 'other.js' }],
      ['/modules/ledgers.js invalid_name'],
    ],
    [
      'a field instead of a file',
      [main, { ...ledgers, filename: null }],
      ['/modules/ledgers.js invalid_name'],
    ],
    [
      'another type',
      [main, { ...ledgers, type: 'application/wasm' }],
      ['/modules/ledgers.js invalid_type'],
    ],
    [
      'text that is not UTF-8',
      [main, { ...ledgers, content: new Uint8Array([0xff, 0xfe]) }],
      ['/modules/ledgers.js syntax'],
    ],
  ];
  it.each(cases)('%s is named', async (_, parts, expected) => {
    const problem = await refusalOf(await put(tenant, formOf(parts)));
    expect([problem.status, problem.code]).toEqual([422, 'worker_refused']);
    expect(findingsOf(problem)).toEqual(expected);
  });

  it('names all that is wrong at once, in the manifest, the form and the modules', async () => {
    const parts = [
      manifest({ main_module: 'ledgers.js', vars: { TENANT_ID: 'x' }, extra: 1 }),
      { name: 'ledgers.js', content: `import a from './missing.js';\nimport 'https://x.test/';` },
      { name: '..', content: '' },
      { name: 'broken.js', content: '\n\nexport const a = {' },
    ];
    const problem = await refusalOf(await put(tenant, formOf(parts)));
    expect(problem.code).toBe('worker_refused');
    const codes = new Set(problem.errors.map(({ code }) => code));
    expect(codes).toEqual(
      new Set([
        'manifest_invalid',
        'invalid_name',
        'module_missing',
        'import_not_allowed',
        'syntax',
      ]),
    );
    const missing = problem.errors.find(({ code }) => code === 'module_missing');
    expect(missing?.detail).toMatch(/^ledgers\.js:1: /u);
  });

  it('of too many modules says so, with very many parts, too', async () => {
    const more = (count: number): Part[] =>
      Array.from({ length: count }, (_, at) => ({ name: `m${at}.js`, content: '' }));
    const some = await refusalOf(await put(tenant, formOf([main, ledgers, ...more(20)])));
    expect(findingsOf(some)).toContainEqual(expect.stringMatching(/ too_many_modules$/u));
    const many = await refusalOf(await put(tenant, formOf([main, ledgers, ...more(5_000)])));
    expect(findingsOf(many)).toEqual(['/modules too_many_modules']);
  });

  it('of more than a megabyte says so', async () => {
    const content = `${GOOD}// ${'a'.repeat(1_050_000)}`;
    const problem = await refusalOf(await put(tenant, formOf([main, { ...ledgers, content }])));
    expect(problem.errors.map(({ code }) => code)).toEqual(['too_large']);
  });

  it('leaves nothing behind', async () => {
    const before = await factsOf(tenant);
    await put(tenant, formOf([main, { name: '..', content: '' }]));
    expect(await factsOf(tenant)).toBe(before);
    const kept = await env.ARTEFACTS.list({ prefix: `tenant-versions/${tenant}/` });
    expect(kept.objects).toEqual([]);
  });
});

describe('who may upload', () => {
  it('nobody without the operator token', async () => {
    const response = await put(tenant, formOf([main, ledgers]), { authorization: 'Bearer nobody' });
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'token_invalid' });
  });

  it('not for a tenant that does not exist, nor for one that is suspended', async () => {
    const nobody = await put('nobody-here', formOf([main, ledgers]));
    expect(await problemOf(nobody)).toMatchObject({ status: 404, code: 'not_found' });
    const suspended = await activeTenant();
    expect((await call('POST', `/v1/tenants/${suspended}/suspend`)).status).toBe(200);
    const refused = await put(suspended, formOf([main, ledgers]));
    expect(await problemOf(refused)).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('while Cloudflare cannot be asked, nothing is kept and the caller may retry', async () => {
    const version = 'parts1';
    const put1 = (name: string, value: unknown) =>
      env.ARTEFACTS.put(`tenant-template/${name}`, JSON.stringify(value));
    await put1('current.json', { version });
    const missing = await put(tenant, formOf([main, ledgers]));
    expect(await problemOf(missing)).toMatchObject({ status: 503, code: 'not_ready' });
    await env.ARTEFACTS.delete('tenant-template/current.json');
  });
});
