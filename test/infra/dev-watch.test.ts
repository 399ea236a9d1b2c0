// The watch over a project: every change of what it is made of is handed over, once it is saved.
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, assert, expect, test } from 'vitest';
import { type Built, type Watch, watchProject } from '../../infra/cli/custom/dev-watch.ts';
import { readProject } from '../../infra/cli/custom/project.ts';

const LIMIT_MS = 20_000;
const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-watch-')));
let count = 0;
let watch: Watch | undefined;

afterEach(async () => {
  await watch?.end();
  watch = undefined;
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const SOURCES = {
  'z0.json': '{ "main": "src/ledgers.ts" }',
  'src/ledgers.ts': `import { one } from './one.ts'; export const all = [one];`,
  'src/one.ts': `export const one = 'first';`,
};

/** A watched project; `next` answers what is handed over after `change`. */
async function watched() {
  count += 1;
  const dir = join(place, `project-${count}`);
  const write = (path: string, text: string): void => {
    const file = join(dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.draft`, text);
    renameSync(`${file}.draft`, file);
  };
  for (const [path, text] of Object.entries(SOURCES)) write(path, text);
  let hand: (built: Built) => void = () => undefined;
  const next = async (change: () => unknown): Promise<Built> => {
    const { promise, resolve, reject } = Promise.withResolvers<Built>();
    const timer = setTimeout(() => reject(new Error('nothing was handed over')), LIMIT_MS);
    hand = resolve;
    await change();
    return promise.finally(() => clearTimeout(timer));
  };
  const first = await next(async () => {
    watch = await watchProject(readProject(dir), (built) => hand(built));
  });
  return { dir, write, next, first };
}

const contentOf = ({ result }: Built): string => {
  assert(result.ok, JSON.stringify(result));
  return result.bundle.content;
};

test('the project as it is comes first', async () => {
  const { first } = await watched();
  expect(contentOf(first)).toContain('first');
});

test('a change of an imported file is handed over, with the time of its save', async () => {
  const { write, next } = await watched();
  const before = Date.now();
  const built = await next(() => write('src/one.ts', `export const one = 'second';`));
  expect(contentOf(built)).toContain('second');
  expect(built.savedAtMs).toBeGreaterThanOrEqual(before - 10);
  expect(built.savedAtMs).toBeLessThanOrEqual(Date.now());
});

test.each([
  ['z0.json', '{ "main": "src/ledgers.ts", "vars": { "A": "1" } }'],
  ['.dev.vars', 'A=1'],
])('a change of %s counts, though no source imports it', async (path, text) => {
  const { write, next } = await watched();
  expect(contentOf(await next(() => write(path, text)))).toContain('first');
});

test('what is at fault is handed over like anything else, and so is its correction', async () => {
  const { write, next } = await watched();
  const broken = await next(() => write('src/one.ts', 'export const one = ;'));
  assert(!broken.result.ok);
  expect(broken.result.faults).toMatchObject([{ line: 1, text: 'Unexpected ";"' }]);
  const mended = await next(() => write('src/one.ts', `export const one = 'mended';`));
  expect(contentOf(mended)).toContain('mended');
});

test('a file that goes and comes back is seen both times', async () => {
  const { dir, write, next } = await watched();
  const gone = await next(() => rmSync(join(dir, 'src/ledgers.ts')));
  expect(gone.result.ok).toBe(false);
  const back = await next(() => write('src/ledgers.ts', `export const all = 'back';`));
  expect(contentOf(back)).toContain('back');
});

test('nothing is handed over after its end, and it writes no file', async () => {
  const { dir, write } = await watched();
  await watch?.end();
  let told = 0;
  const { end } = await watchProject(readProject(dir), () => {
    told += 1;
  });
  await end();
  const before = told;
  write('src/one.ts', `export const one = 'late';`);
  // Another watch of the same files tells when this one would have told.
  await new Promise<void>((resolve) => {
    void watchProject(readProject(dir), () => resolve()).then((other) => {
      watch = other;
    });
  });
  expect(told).toBe(before);
  expect(() => writeFileSync(join(dir, 'ledgers.js'), '', { flag: 'wx' })).not.toThrow();
});
