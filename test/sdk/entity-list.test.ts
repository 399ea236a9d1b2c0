// The entities of a tenant, as they reported themselves: by id, page by page.
import { runInDurableObject } from 'cloudflare:test';
import type { EntityListQuery, EntityPage, Outcome } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import { add, inside, World } from './observed-world.ts';
import { codeOf, context, valueOf } from './world.ts';

function list(world: World, query?: EntityListQuery): Promise<Outcome<EntityPage>> {
  return runInDurableObject(world.system, (ledger) => ledger.listEntities(query));
}

async function idsOf(world: World, query: EntityListQuery): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: EntityPage = valueOf(
      await list(world, cursor === null ? query : { ...query, cursor }),
    );
    ids.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor;
    expect(page.has_more).toBe(cursor !== null);
  } while (cursor !== null);
  return ids;
}

test('nobody reported: the list is empty', async () => {
  using world = new World();
  expect(valueOf(await list(world))).toEqual({ data: [], has_more: false, next_cursor: null });
});

test('an entity is listed with its type, its head and its bytes, as of its last report', async () => {
  using world = new World();
  const stub = await world.born('e_1');
  valueOf(await inside(stub, (ledger) => ledger.appendBatch([add, add], context)));
  await world.minute(stub);
  const [line] = valueOf(await list(world)).data;
  expect(line).toEqual({
    id: 'e_1',
    type: 'counter',
    facts: 3,
    storage_bytes: expect.any(Number),
    reported_at: new Date(Date.now()).toISOString(),
  });
  expect(line?.storage_bytes).toBeGreaterThan(4096);
});

test('pages of any size hold each entity once, by id, and a prefix only those that begin so', async () => {
  using world = new World();
  const ids = ['acct_1', 'acct_10', 'acct_2', 'acc\u{10ffff}x', 'acct-0', 'inv_1', 'ünder_1'];
  for (const id of ids) {
    await runInDurableObject(world.system, (ledger) =>
      ledger.appendFact({ type: 'sdk', subtype: 'x', data: { entity_id: id, entity_type: 'x' } }),
    );
  }
  const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const limit of [1, 2, 3, 6, 7, 100]) expect(await idsOf(world, { limit })).toEqual(sorted);
  expect(await idsOf(world, { prefix: 'acct_', limit: 1 })).toEqual([
    'acct_1',
    'acct_10',
    'acct_2',
  ]);
  expect(await idsOf(world, { prefix: 'inv' })).toEqual(['inv_1']);
  expect(await idsOf(world, { prefix: 'zzz' })).toEqual([]);
});

test.each<[string, object, string]>([
  ['a limit of 0', { limit: 0 }, '/limit'],
  ['a limit of 101', { limit: 101 }, '/limit'],
  ['a limit that is none', { limit: '5' }, '/limit'],
  ['a prefix that is none', { prefix: 5 }, '/prefix'],
  ['a prefix that is too long', { prefix: 'x'.repeat(129) }, '/prefix'],
  ['a cursor of no list', { cursor: '%%' }, '/cursor'],
  ['a cursor of another prefix', { cursor: btoa('inv_1'), prefix: 'acct' }, '/cursor'],
])('%s is refused, and says where', async (_, query, pointer) => {
  using world = new World();
  const refused = await list(world, query);
  expect(codeOf(refused)).toBe('invalid_request');
  expect(refused).toMatchObject({ error: { errors: [{ pointer }] } });
});
