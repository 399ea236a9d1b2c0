// docs/storage.md says what a ledger stores, all of it and nothing else.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { scenario } from '@z0-app/sdk/testing';
import { assert, expect, test } from 'vitest';
import page from '../../docs/storage.md?raw';
import type { FullLedger } from './full-ledger.ts';

/** Table name to `column TYPE`, in order. */
type Tables = Record<string, string[]>;

const SOURCES = import.meta.glob('../../sdk/src/*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
});
/** One a table; other sections have no name in backticks. */
const SECTIONS = page.split(/^## (?=`)/m).slice(1);

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

test('the tables that every ledger has are there with the entity, the others when they are needed', async () => {
  const { tables } = await storageOfPlainLedger();
  const made = ['facts', 'entities', 'cached_state', 'requests', 'snapshots', 'fact_index'];
  expect(Object.keys(tables).toSorted()).toEqual(made.toSorted());
  for (const section of SECTIONS) {
    const isOnDemand = !made.includes(nameOf(section));
    expect(section.includes('Made: on demand'), nameOf(section)).toBe(isOnDemand);
  }
});

test('the SDK writes a key-value entry and sets an alarm only where the page says', async () => {
  const plain = await storageOfPlainLedger();
  expect([plain.keys, plain.alarm], 'add the key or the alarm to docs/storage.md').toEqual([
    [],
    null,
  ]);
  const used = await storageInUse();
  const onPage = used.keys.filter((key) => page.includes(`\`${key}\``));
  expect(used.keys, 'add the key to docs/storage.md').toEqual(onPage);
  expect(used.alarm, 'a refusal is counted').toBeGreaterThan(Date.now());
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

interface Stored {
  tables: Tables;
  keys: string[];
  alarm: number | null;
}

/** What stands in an object that uses nothing but what every ledger does. */
async function storageOfPlainLedger(): Promise<Stored> {
  const name = `points_${crypto.randomUUID()}`;
  await scenario(env.POINTS, { id: 'pts_1', type: 'points' }, { name })
    .when({ type: 'earned', data: { points: 1 } })
    .thenState({ Points: 1 });
  return storedIn(env.POINTS.get(env.POINTS.idFromName(name)));
}

/**
 * What stands in a parent and its child after personal data, Configs, keys, a refusal, more than one
 * snapshot, and a target that fails.
 */
async function storageInUse(): Promise<Stored> {
  const fact = { type: 'earned', data: { points: 1, from: 'Ada' } };
  const [id, name] = [`pts_${crypto.randomUUID()}`, `pts_${crypto.randomUUID()}`];
  const parent = scenario(env.FULL, { id, type: 'points' }, { name: id });
  const child = { id: name, type: 'points', data: { email: 'ada@example.com' } };
  const options = { name, parent, alarm: runDurableObjectAlarm };
  const used = await scenario(env.FULL, child, options)
    .configs([{ id: 'cfg_points', type: 'points', settings: {} }])
    .given([fact])
    .when(Array.from({ length: 1000 }, () => fact))
    .thenState({ Points: 1001 });
  await used.delivered().thenState({});
  const refused = { type: 'earned', data: { points: 0 } };
  await used.when(refused).thenRefused('invariant_violated');
  const [below, above] = [name, id].map((one) => env.FULL.get(env.FULL.idFromName(one)));
  assert(below && above);
  await runInDurableObject(below, async (ledger: FullLedger) => {
    for (let failures = 0; failures < 3; failures += 1) await ledger.report();
  });
  const stored = await storedIn(below);
  return { ...stored, tables: { ...stored.tables, ...(await storedIn(above)).tables } };
}

function storedIn(stub: DurableObjectStub): Promise<Stored> {
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
