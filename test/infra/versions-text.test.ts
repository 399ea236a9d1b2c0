// What `z0 versions` shows and writes of code that is not to be trusted: nothing of it moves the cursor,
// and nothing of it leaves the folder that was named.
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diffLines } from '../../infra/cli/custom/diff-text.ts';
import { plainText } from '../../infra/cli/custom/plain-text.ts';
import { saveVersion } from '../../infra/cli/custom/save-version.ts';

const place = mkdtempSync(join(tmpdir(), 'z0-versions-'));

afterAll(() => rmSync(place, { recursive: true, force: true }));

const NO_CHANGES = { manifest: [], classes: { added: [], removed: [], changed: [] }, modules: [] };

// Colours are off where no terminal is.
describe('a diff', () => {
  test('tells the manifest, the classes and the lines', () => {
    const lines = diffLines({
      manifest: [{ pointer: '/vars/A', before: '"1"', after: null }],
      classes: {
        added: [{ name: 'BadgeLedger', type: 'badge', prefix: 'bdg' }],
        removed: [{ name: 'SystemLedger', type: '', prefix: '' }],
        changed: [],
      },
      modules: [
        {
          name: 'a.js',
          change: 'changed',
          patch: '--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n',
          gave_up: null,
        },
        { name: 'b.js', change: 'added', patch: null, gave_up: 'too_large' },
      ],
    });
    expect(lines).toEqual([
      '- manifest /vars/A: "1"',
      '+ BadgeLedger (badge, ids bdg_…)',
      '- SystemLedger',
      '--- a',
      '+++ b',
      '@@ -1 +1 @@',
      '-x',
      '+y',
      'b.js: added, too large to be shown',
    ]);
    expect(diffLines(NO_CHANGES)).toEqual([]);
  });

  test('shows what would move the cursor as its code', () => {
    const patch = '--- a\n+++ b\n@@ -1 +1 @@\n-x\n+\u001b[2Jgone\u202e\ttab\n';
    const modules = [{ name: 'a.js\u0007', change: 'changed', patch, gave_up: null }];
    const text = diffLines({ ...NO_CHANGES, modules }).join('\n');
    expect(text).toContain('+\\u{1b}[2Jgone\\u{202e}\ttab');
    expect(plainText('a\rb')).toBe('a\\u{d}b');
  });
});

describe('a download', () => {
  const answer = (name: string) => ({
    manifest: { main_module: name },
    modules: [{ name, content: 'export {};' }],
  });

  test('writes the manifest and each module', () => {
    const folder = join(place, 'new');
    expect(saveVersion(answer('lib/a.js'), folder)).toEqual([
      join(folder, 'manifest.json'),
      join(folder, 'lib/a.js'),
    ]);
    expect(readFileSync(join(folder, 'lib/a.js'), 'utf8')).toBe('export {};');
  });

  test('writes nothing where one file is there already', () => {
    const folder = join(place, 'taken');
    saveVersion(answer('a.js'), folder);
    writeFileSync(join(folder, 'manifest.json'), 'mine');
    rmSync(join(folder, 'a.js'));
    expect(() => saveVersion(answer('a.js'), folder)).toThrow('is there already');
    expect(existsSync(join(folder, 'a.js'))).toBe(false);
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe('mine');
  });

  test.each(['../out.js', '/out.js/../../up.js', '..', ''])('writes no %j', (name) => {
    const folder = join(place, 'inside');
    expect(() => saveVersion(answer(name), folder)).toThrow('outside');
    expect(existsSync(join(place, 'out.js'))).toBe(false);
  });

  test('follows no link that dangles to somewhere else', () => {
    const folder = join(place, 'linked');
    saveVersion(answer('first.js'), folder);
    rmSync(join(folder, 'manifest.json'));
    symlinkSync(join(place, 'elsewhere.js'), join(folder, 'a.js'));
    expect(() => saveVersion(answer('a.js'), folder)).toThrow();
    expect(existsSync(join(place, 'elsewhere.js'))).toBe(false);
  });
});
