// docs/storage.md says what a ledger stores, all of it and nothing else.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { scenario } from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';
import page from '../../docs/storage.md?raw';

/** Table name to `column TYPE`, in order. */
type Tables = Record<string, string[]>;

const SOURCES = import.meta.glob('../../sdk/src/*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const SECTIONS = page.split(/^## /m).slice(1);

test('every table and column of a ledger in use is on the page, and no other', async () => {
  const { tables } = await storageInUse();
  const onPage = linesOf(documentedTables());
  const inUse = linesOf(tables);
  const wrong = [
    ...inUse.filter((line) => !onPage.includes(line)).map((line) => `add ${line}`),
    ...onPage.filter((line) => !inUse.includes(line)).map((line) => `remove ${line}`),
  ];
  expect(
    wrong,
    'docs/storage.md: a table is a section with owner, columns, example, retention',
  ).toEqual([]);
  expect(onPage, 'docs/storage.md: columns stand in the order of the table').toEqual(inUse);
});

test('the SDK writes no key-value entry and sets no alarm, as the page says', async () => {
  const { keys, alarm } = await storageInUse();
  expect({ keys, alarm }, 'add the key or the alarm to docs/storage.md').toEqual({
    keys: [],
    alarm: null,
  });
});

test.each(SECTIONS.map((section) => [nameOf(section), section] as const))(
  'the page says who owns %s, shows a whole row, and how long it stays',
  (table, section) => {
    const owner = /^Owner: `([\w./-]+)`\./m.exec(section)?.[1];
    assert(owner !== undefined, `${table}: write "Owner: \`sdk/src/….ts\`."`);
    const source = SOURCES[`../../${owner}`] ?? '';
    expect(source, `${owner} writes ${table}`).toMatch(new RegExp(`INTO ${table}\\b`));
    const example: unknown = JSON.parse(/```json\n([^]*?)```/.exec(section)?.[1] ?? 'null');
    const columns = columnsOf(section).map((column) => column.split(' ')[0]);
    expect(Object.keys(Object(example)), `${table}: the example is a row`).toEqual(columns);
    expect(section, `${table}: write "Retention: …"`).toMatch(/^Retention: \w/m);
  },
);

function documentedTables(): Tables {
  return Object.fromEntries(SECTIONS.map((section) => [nameOf(section), columnsOf(section)]));
}

/** `facts.seq INTEGER` for each column, tables by name. */
function linesOf(tables: Tables): string[] {
  return Object.keys(tables)
    .toSorted()
    .flatMap((table) => (tables[table] ?? []).map((column) => `${table}.${column}`));
}

function nameOf(section: string): string {
  return /^`(\w+)`/.exec(section)?.[1] ?? section.slice(0, 40);
}

function columnsOf(section: string): string[] {
  return Array.from(
    section.matchAll(/^\| `(\w+)` \| `(\w+)` \|/gm),
    ([, name, type]) => `${name} ${type}`,
  );
}

/** What stands in an object after facts, keys, a refusal and more than one snapshot. */
async function storageInUse(): Promise<{ tables: Tables; keys: string[]; alarm: number | null }> {
  const fact = { type: 'earned', data: { points: 1 } };
  const name = `points_${crypto.randomUUID()}`;
  const used = await scenario(env.POINTS, { id: 'pts_1', type: 'points' }, { name })
    .given([fact])
    .when(Array.from({ length: 1000 }, () => fact))
    .thenState({ Points: 1001 });
  await used.when({ type: 'spent', data: { points: 2000 } }).thenRefused('invariant_violated');
  const stub = env.POINTS.get(env.POINTS.idFromName(name));
  return runInDurableObject(stub, async (_ledger, { storage }) => ({
    tables: tablesOf(storage.sql),
    keys: [...(await storage.list()).keys()],
    alarm: await storage.getAlarm(),
  }));
}

function tablesOf(sql: SqlStorage): Tables {
  const names = sql
    .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rootpage`)
    .toArray()
    // The runtime's own tables.
    .filter(({ name }) => !/^_cf_|^sqlite_/.test(name));
  return Object.fromEntries(
    names.map(({ name }) => {
      const query = 'SELECT name, type FROM pragma_table_info(?) ORDER BY cid';
      const columns = sql.exec<{ name: string; type: string }>(query, name).toArray();
      return [name, columns.map((column) => `${column.name} ${column.type}`)];
    }),
  );
}
