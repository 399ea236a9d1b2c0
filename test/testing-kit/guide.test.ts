// docs/first-ledger.md shows the files of test/first-ledger, which are compiled and run, word for word.
import { env } from 'cloudflare:workers';
import { ScenarioError, scenario } from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';
import guide from '../../docs/first-ledger.md?raw';

const FILES = import.meta.glob(['../first-ledger/*.ts', '../first-ledger/*.jsonc'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const BLOCKS = Array.from(guide.matchAll(/^```(\w*)(?: file=(\S+))?\n([^]*?)^```$/gm), (match) => {
  const [, language = '', file, text = ''] = match;
  return { language, file, text };
});

test('every file of the guide’s project is shown, and no other', () => {
  const shown = BLOCKS.flatMap(({ file }) => (file === undefined ? [] : [file]));
  const there = Object.keys(FILES).map((path) => path.replace('../first-ledger/', ''));
  expect(shown.toSorted()).toEqual(there.toSorted());
});

test.each(BLOCKS.filter(({ file }) => file !== undefined))(
  'the guide shows $file as it runs',
  ({ file, text }) => {
    const message = `copy test/first-ledger/${file} into its block of docs/first-ledger.md`;
    expect(text, message).toBe(FILES[`../first-ledger/${file}`]);
  },
);

test('a block that names no file is a command or an output, never code', () => {
  const unnamed = BLOCKS.filter(({ file }) => file === undefined);
  expect(new Set(unnamed.map(({ language }) => language))).toEqual(new Set(['sh', 'text']));
});

test('the ledger of the guide has about twenty lines', () => {
  const source = FILES['../first-ledger/subscription-ledger.ts'] ?? '';
  const lines = source.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//'));
  expect(lines.length).toBeLessThanOrEqual(25);
});

test('the failure that the guide shows is the one that the kit gives', async () => {
  const shown = BLOCKS.find(({ language }) => language === 'text')?.text ?? '';
  const bought = { type: 'seats_bought', data: { count: 1 } };
  const assigned = (user: string) => ({ type: 'seat_assigned', data: { user } });
  const failure = await scenario(env.SUBSCRIPTION, { id: 'sub_1', type: 'subscription' })
    .given([bought, assigned('ada')])
    .when(assigned('grace'))
    .thenFacts([assigned('grace')])
    .catch((error: unknown) => error);
  assert(failure instanceof ScenarioError);
  expect(shown).toBe(`${failure.message}\n`);
});
