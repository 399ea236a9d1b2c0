// The guides of docs/ show files that are compiled and run, word for word.
import { env } from 'cloudflare:workers';
import { ScenarioError, scenario } from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';
import configs from '../../docs/configs.md?raw';
import firstLedger from '../../docs/first-ledger.md?raw';
import parents from '../../docs/parents.md?raw';

const FILES = import.meta.glob(
  ['../first-ledger/*.ts', '../first-ledger/*.jsonc', './configs/*.ts', './parents/*.ts'],
  { query: '?raw', import: 'default', eager: true },
);

/** Page, its text, and where its files are. */
const GUIDES = [
  ['first-ledger', firstLedger, '../first-ledger/'],
  ['configs', configs, './configs/'],
  ['parents', parents, './parents/'],
] as const;

const SHOWN = GUIDES.flatMap(([page, text, folder]) =>
  blocksOf(text).flatMap(({ file, text: shown }) =>
    file === undefined ? [] : [{ page, file, shown, path: folder + file }],
  ),
);

const BLOCKS = blocksOf(firstLedger);

function blocksOf(guide: string) {
  return Array.from(guide.matchAll(/^```(\w*)(?: file=(\S+))?\n([^]*?)^```$/gm), (match) => {
    const [, language = '', file, text = ''] = match;
    return { language, file, text };
  });
}

test('every file of a guide’s project is shown, and no other', () => {
  expect(SHOWN.map(({ path }) => path).toSorted()).toEqual(Object.keys(FILES).toSorted());
});

test.each(SHOWN)('docs/$page.md shows $file as it runs', ({ page, file, shown, path }) => {
  expect(shown, `copy ${path} into the block ${file} of docs/${page}.md`).toBe(FILES[path]);
});

test.each(GUIDES)('in %s a block that names no file is a command or an output', (_page, text) => {
  const unnamed = blocksOf(text).filter(({ file }) => file === undefined);
  for (const { language } of unnamed) expect(['sh', 'text']).toContain(language);
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
