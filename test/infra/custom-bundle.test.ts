// What a project's sources become before anything is sent, and how what is wrong with them is told: by
// the file and line that a person wrote.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, assert, describe, expect, test } from 'vitest';
import { buildUpload } from '../../infra/cli/custom/build-upload.ts';
import { type Bundle, type BundleResult, bundleProject } from '../../infra/cli/custom/bundle.ts';
import { faultLine, findingsIn, toldLine } from '../../infra/cli/custom/findings.ts';
import { readProject } from '../../infra/cli/custom/project.ts';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-bundle-')));

afterAll(() => rmSync(place, { recursive: true, force: true }));

let count = 0;

/** A project of `files`; answers its folder. */
function project(files: Readonly<Record<string, string>>): string {
  count += 1;
  const dir = join(place, `project-${count}`);
  const all = { 'z0.json': '{ "main": "src/ledgers.ts" }', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

const bundleOf = async (files: Readonly<Record<string, string>>): Promise<BundleResult> =>
  bundleProject(readProject(project(files)));

async function goodBundle(files: Readonly<Record<string, string>>): Promise<Bundle> {
  const result = await bundleOf(files);
  assert(result.ok);
  return result.bundle;
}

/** Number of the one line of `text` that has `part`. */
const lineWith = (text: string, part: string): number =>
  text.split('\n').findIndex((line) => line.includes(part)) + 1;

const PROJECT = {
  'src/ledgers.ts': [
    '// Ledgers.',
    `import { EntityLedger } from '@z0-app/sdk';`,
    `import { rate } from './deep/rate.ts';`,
    '',
    'export class CoinLedger extends EntityLedger {',
    '  readonly rate: number = rate();',
    '}',
  ].join('\n'),
  'src/deep/rate.ts': [
    `import { readFileSync } from 'node:fs';`,
    `import { env } from 'cloudflare:workers';`,
    '',
    'interface Never {}',
    '',
    'export const rate = (): number => Number(readFileSync(String(env)));',
  ].join('\n'),
};

describe('a bundle', () => {
  test('is one module that leaves the SDK and the runtime to the platform', async () => {
    const { name, content } = await goodBundle(PROJECT);
    expect(name).toBe('ledgers.js');
    const imports = Array.from(content.matchAll(/^import .* from "(.*)";$/gm), ([, from]) => from);
    expect(imports).toEqual(['@z0-app/sdk', 'node:fs', 'cloudflare:workers']);
  });

  test('is the same for the same sources, wherever they lie', async () => {
    const [one, other] = [await goodBundle(PROJECT), await goodBundle(PROJECT)];
    expect(one.content + one.mapComment).toBe(other.content + other.mapComment);
  });

  test('knows the source of its lines, imports included', async () => {
    const { content, sourceOf } = await goodBundle(PROJECT);
    const sourceWith = (part: string): unknown => sourceOf(lineWith(content, part));
    const found = { file: expect.stringMatching(/src\/deep\/rate\.ts$/), line: 1 };
    expect(sourceWith('node:fs')).toEqual(found);
    expect(sourceWith('var rate')).toEqual({ ...found, line: 6 });
    const ledgers = expect.stringMatching(/src\/ledgers\.ts$/);
    expect(sourceWith('@z0-app/sdk')).toEqual({ file: ledgers, line: 2 });
    expect(sourceWith('rate = rate()')).toEqual({ file: ledgers, line: 6 });
  });

  test('has no source for what the bundler wrote, nor for a line past its end', async () => {
    const { content, sourceOf } = await goodBundle(PROJECT);
    expect(sourceOf(lineWith(content, 'export {'))).toBeUndefined();
    expect(sourceOf(content.split('\n').length + 5)).toBeUndefined();
  });
});

describe('an upload', () => {
  const built = (files: Readonly<Record<string, string>>, deletedClasses: string[] = []) =>
    buildUpload(readProject(project(files)), { message: undefined, deletedClasses });
  const ledger = `import { EntityLedger } from '@z0-app/sdk';
    export class CoinLedger extends EntityLedger { note = 'gold'; }`;
  const manyCoins = (bytes: number): string => ledger.replace('gold', 'g'.repeat(bytes));

  test('has the source map with it, while there is room', async () => {
    const small = await built({ 'src/ledgers.ts': ledger });
    expect(small.modules[0]?.content).toContain('//# sourceMappingURL=data:');
    const large = await built({ 'src/ledgers.ts': manyCoins(600_000) });
    expect(large.modules[0]?.content).not.toContain('sourceMappingURL');
  });

  test('that is too large is refused here', async () => {
    const refused = built({ 'src/ledgers.ts': manyCoins(1_100_000) });
    await expect(refused).rejects.toThrow('too_large');
  });

  test('says what the project and the command say, and nothing else', async () => {
    const plain = await built({ 'src/ledgers.ts': ledger });
    expect(plain.manifest).toEqual({ main_module: 'ledgers.js' });
    const vars = '{ "main": "src/ledgers.ts", "vars": { "CURRENCY": "USD" } }';
    const told = await built({ 'src/ledgers.ts': ledger, 'z0.json': vars }, ['OldLedger']);
    expect(told.manifest).toEqual({
      main_module: 'ledgers.js',
      delete_classes: ['OldLedger'],
      vars: { CURRENCY: 'USD' },
    });
  });
});

describe('sources that do not hold together', () => {
  test('are told all at once, each by file and line', async () => {
    const result = await bundleOf({
      'src/ledgers.ts': `import './gone.ts';\nimport 'left-pad';\nimport './broken.ts';\n`,
      'src/broken.ts': '\nexport const a = ;\n',
    });
    assert(!result.ok);
    const lines = result.faults.map(faultLine);
    expect(lines).toHaveLength(3);
    const text = lines.join('\n');
    expect(text).toMatch(/src\/ledgers\.ts:1: module_missing: Could not resolve "\.\/gone\.ts"/);
    expect(text).toMatch(/src\/ledgers\.ts:2: module_missing: Could not resolve "left-pad"/);
    expect(text).toMatch(/src\/broken\.ts:2: syntax: Unexpected ";"/);
  });
});

describe('a finding', () => {
  test('about a line of the module is told by the line of the source', async () => {
    const bundle = await goodBundle(PROJECT);
    const line = lineWith(bundle.content, 'node:fs');
    const finding = { code: 'import_not_allowed', pointer: '/modules/ledgers.js' };
    for (const where of [`ledgers.js:${line}: `, `custom/ledgers.js:${line}:8: `]) {
      const told = toldLine({ ...finding, detail: `${where}node:fs is not there.` }, bundle);
      expect(told).toMatch(/src\/deep\/rate\.ts:1: import_not_allowed: node:fs is not there\.$/);
    }
  });

  test('about a line that the bundler wrote keeps its place in the module', async () => {
    const bundle = await goodBundle(PROJECT);
    const line = lineWith(bundle.content, 'export {');
    const detail = `ledgers.js:${line}: This is odd.`;
    const told = toldLine({ code: 'syntax', pointer: '/modules/ledgers.js', detail }, bundle);
    expect(told).toBe(`ledgers.js:${line}: syntax: This is odd.`);
  });

  test('about the whole module is told by the file it begins with', async () => {
    const bundle = await goodBundle(PROJECT);
    const finding = { code: 'not_a_ledger', pointer: '/modules/ledgers.js' };
    const told = toldLine({ ...finding, detail: 'ledgers.js: Coin is none.' }, bundle);
    expect(told).toMatch(/src\/ledgers\.ts: not_a_ledger: Coin is none\.$/);
  });

  test('about no line is told by its pointer', async () => {
    const bundle = await goodBundle(PROJECT);
    const finding = { code: 'class_removed', pointer: '/manifest', detail: 'OldLedger is gone.' };
    expect(toldLine(finding, bundle)).toBe('/manifest: class_removed: OldLedger is gone.');
  });

  test('is read from a refusal of the platform, and from nothing else', () => {
    const errors = [{ pointer: '/modules/a.js', code: 'syntax', detail: 'a.js:1: No.' }];
    const answer = (code: string) => ({
      status: 422,
      headers: new Headers(),
      body: { code, errors },
    });
    expect(findingsIn(answer('worker_refused'))).toEqual(errors);
    expect(findingsIn(answer('invalid_request'))).toBeUndefined();
  });
});

describe('z0.json', () => {
  test.each([
    ['{}', 'main is the file'],
    ['{ "main": 1 }', 'main is the file'],
    ['{ "main": "a.ts", "mian": "b.ts" }', 'mian is not known'],
    ['{ "main": "a.ts", "vars": { "A": 1 } }', 'vars is an object of texts'],
    ['{ "main": ', 'is not JSON'],
  ])('%s is refused', (text, reason) => {
    expect(() => readProject(project({ 'z0.json': text }))).toThrow(reason);
  });

  test('that is missing is told with the way to get one', () => {
    expect(() => readProject(place)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('npx z0 init') }),
    );
  });

  test('names a file that is there, or the bundler is not asked', async () => {
    await expect(bundleOf({ 'z0.json': '{ "main": "none.ts" }' })).rejects.toThrow('is missing');
  });

  test('may name vars', () => {
    const dir = project({ 'z0.json': '{ "main": "a.ts", "vars": { "CURRENCY": "USD" } }' });
    expect(readProject(dir)).toMatchObject({ vars: { CURRENCY: 'USD' }, main: join(dir, 'a.ts') });
  });
});
