// `z0 init` as a newcomer uses it: the project it writes type-checks and passes its tests as it is.
import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const Z0 = join(ROOT, 'infra/bin/z0.js');
const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-init-')));

afterAll(() => rmSync(place, { recursive: true, force: true }));

function run(file: string, args: readonly string[], cwd = place) {
  const env = { ...process.env, NO_COLOR: '1' };
  return spawnSync(process.execPath, [file, ...args], { encoding: 'utf8', cwd, env });
}
const z0 = (...args: string[]): ReturnType<typeof run> => run(Z0, args);

describe('a new project', () => {
  const dir = join(place, 'points');
  const written = z0('init', 'points', '--json');

  test('is told as JSON, and nothing else stands in the folder', () => {
    expect(written.status, written.stderr).toBe(0);
    const told = JSON.parse(written.stdout);
    expect(told).toMatchObject({ dir, name: 'points', linked: true });
    const found = ['.', 'src', 'test'].flatMap((folder) =>
      readdirSync(join(dir, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(folder, entry.name)),
    );
    expect(told.files).toEqual(found.toSorted());
  });

  test('says which file has the ledgers', () => {
    expect(JSON.parse(readFileSync(join(dir, 'z0.json'), 'utf8'))).toEqual({
      name: 'points',
      main: 'src/ledgers.ts',
    });
  });

  test('depends on the SDK of the repository that made it, and on versions proven there', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(dir, 'package.json'), 'utf8'),
    );
    const [protocol, folder] = String(dependencies['@z0-app/sdk']).split(':');
    expect(protocol).toBe('file');
    expect(resolve(dir, folder ?? '')).toBe(join(ROOT, 'sdk'));
    const home = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(home.devDependencies).toMatchObject(devDependencies);
  });

  test('holds no mark of the templates it came from', () => {
    for (const file of JSON.parse(written.stdout).files) {
      expect(readFileSync(join(dir, file), 'utf8'), file).not.toContain('{{');
    }
  });

  test('type-checks as it is', () => {
    const { status, stdout } = run(join(ROOT, 'node_modules/typescript/bin/tsc'), [], dir);
    expect(status, stdout).toBe(0);
  });

  test('passes its own tests as it is, inside the real runtime', { timeout: 60_000 }, () => {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const report = join(place, 'report.json');
    const { status, stderr } = run(
      vitest,
      ['run', '--reporter=json', `--outputFile=${report}`],
      dir,
    );
    expect(status, stderr).toBe(0);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      numPassedTests: 4,
      numFailedTests: 0,
    });
  });
});

test('a folder that holds something is refused and left alone', () => {
  const dir = join(place, 'taken');
  mkdirSync(dir);
  writeFileSync(join(dir, 'notes.txt'), 'mine');
  const { status, stdout, stderr } = z0('init', 'taken');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('is not empty');
  expect(stderr).toContain('name a folder that is empty');
  expect(readdirSync(dir)).toEqual(['notes.txt']);
});

test('a file in the way is named', () => {
  writeFileSync(join(place, 'file'), '');
  const { status, stderr } = z0('init', 'file');
  expect(status).toBe(1);
  expect(stderr).toContain('name another folder');
});

test('where the SDK is found already, no packages are linked', () => {
  const around = join(place, 'around');
  mkdirSync(around);
  symlinkSync(join(ROOT, 'node_modules'), join(around, 'node_modules'));
  const { stdout } = run(Z0, ['init', 'My Points!', '--json'], around);
  expect(JSON.parse(stdout)).toMatchObject({ name: 'my-points', linked: false });
  const link = join(around, 'My Points!', 'node_modules');
  expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
});
