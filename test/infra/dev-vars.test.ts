// What a Worker gets from `.dev.vars` while it is developed: what z0.json declares, and nothing else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { readDevVars } from '../../infra/cli/custom/dev-vars.ts';

const dir = mkdtempSync(join(tmpdir(), 'z0-dev-vars-'));
const file = join(dir, '.dev.vars');

beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const secrets = ['API_KEY'];

test('a file that is not there is an empty one', () => {
  expect(readDevVars(dir, {}, [])).toEqual({ values: {}, notes: [] });
});

test('it is read as wrangler reads it: quotes, comments, export, several lines', () => {
  const names = ['A', 'B', 'C', 'D', 'E'];
  writeFileSync(
    file,
    `# mine\nA=plain # not this\nB="two words"\nexport C='$A # as it is'\nD="one\ntwo"\nE=\n`,
  );
  expect(readDevVars(dir, { secrets: names }, [])).toEqual({
    values: { A: 'plain', B: 'two words', C: '$A # as it is', D: 'one\ntwo', E: '' },
    notes: [],
  });
});

test('a declared secret gets its value', () => {
  writeFileSync(file, 'API_KEY=sk_1\n');
  expect(readDevVars(dir, { secrets }, [])).toEqual({ values: { API_KEY: 'sk_1' }, notes: [] });
});

test('a declared secret without a value is told, with what to do', () => {
  const { values, notes } = readDevVars(dir, { secrets }, []);
  expect(values).toEqual({});
  expect(notes).toEqual([expect.stringContaining('write API_KEY=… into .dev.vars')]);
});

test('a var of z0.json may have another value here', () => {
  writeFileSync(file, 'CURRENCY=EUR\n');
  const { values } = readDevVars(dir, { vars: { CURRENCY: 'USD', OTHER: 'x' } }, []);
  expect(values).toEqual({ CURRENCY: 'EUR' });
});

test.each(['OTHER', 'TENANT_ID', 'PLATFORM', 'POINTS_LEDGER'])(
  '%s, which nobody declared, reaches no Worker, and its value is not told',
  (name) => {
    writeFileSync(file, `${name}=hush\n`);
    const { values, notes } = readDevVars(dir, { secrets: [] }, []);
    expect(values).toEqual({});
    expect(notes).toEqual([expect.stringContaining(`${name} of .dev.vars is left out`)]);
    expect(notes.join()).not.toContain('hush');
  },
);

test('a secret that is set on the platform counts there, and the file’s value is left out', () => {
  expect(readDevVars(dir, { secrets }, secrets)).toEqual({ values: {}, notes: [] });
  writeFileSync(file, 'API_KEY=sk_1\n');
  const { values, notes } = readDevVars(dir, { secrets }, secrets);
  expect(values).toEqual({});
  expect(notes).toEqual([expect.stringContaining('it is set with z0 secret put')]);
});
