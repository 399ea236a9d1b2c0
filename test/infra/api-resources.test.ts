// Namespaces, queues, KV, D1 and R2 by the official SDK: created, listed to the end, filled, deleted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all, refusal } from './sdk-answers.ts';
import { openCloud, type TestCloud } from './test-cloud.ts';

let running: TestCloud;

beforeAll(async () => {
  running = await openCloud();
});

afterAll(() => running.close());

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`);

test('a dispatch namespace is created, shown, listed and deleted', async () => {
  const { account, client } = running;
  const { namespaces } = client.workersForPlatforms.dispatch;
  const created = await namespaces.create({ ...account, name: 'staging' });
  expect(created).toMatchObject({
    namespace_name: 'staging',
    script_count: 0,
    trusted_workers: false,
  });
  expect(created.namespace_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(await namespaces.get('staging', account)).toEqual(created);
  expect(await all(namespaces.list(account))).toEqual([created]);
  expect(await refusal(namespaces.create({ ...account, name: 'staging' }))).toEqual([409, 100120]);
  await namespaces.delete('staging', account);
  expect(await refusal(namespaces.get('staging', account))).toEqual([404, 100119]);
  expect(await all(namespaces.list(account))).toEqual([]);
});

test('a queue is created once, found by name, and deleted', async () => {
  const { account, client } = running;
  const { queue_id: id = '' } = await client.queues.create({ ...account, queue_name: 'metrics' });
  expect(await refusal(client.queues.create({ ...account, queue_name: 'metrics' }))).toEqual([
    409, 11009,
  ]);
  expect(await client.queues.get(id, account)).toMatchObject({
    queue_name: 'metrics',
    consumers: [],
  });
  await client.queues.delete(id, account);
  expect(await refusal(client.queues.get(id, account))).toEqual([404, 11000]);
});

test('a KV value is read back as it was written: text, JSON, any key, an empty one too', async () => {
  const { account, client } = running;
  const { namespaces } = client.kv;
  const { id } = await namespaces.create({ ...account, title: 'routes' });
  const place = { ...account, namespace_id: id };
  const values = { plain: 'text', 'route:a/b c?d': '{"n":1}', ключ: 'значение', empty: '' };
  for (const [key, value] of Object.entries(values))
    await namespaces.values.update(key, { ...place, value });
  for (const [key, value] of Object.entries(values)) {
    expect(await (await namespaces.values.get(key, place)).text()).toBe(value);
  }
  expect((await all(namespaces.keys.list(id, account))).map(({ name }) => name).toSorted()).toEqual(
    Object.keys(values).toSorted(),
  );
  await namespaces.values.delete('plain', place);
  expect(await refusal(namespaces.values.get('plain', place))).toEqual([404, 10009]);
});

test('a D1 database runs statements, one or several, with parameters', async () => {
  const { account, client } = running;
  const { uuid = '' } = await client.d1.database.create({ ...account, name: 'copy' });
  const query = async (sql: string, params?: string[]): Promise<unknown[]> => {
    const body = { ...account, sql, ...(params && { params }) };
    return (await all(client.d1.database.query(uuid, body))).map(({ results }) => results);
  };
  await query(
    'CREATE TABLE facts (id TEXT PRIMARY KEY, note TEXT); -- a comment; with a semicolon\n',
  );
  expect(
    await query(
      "INSERT INTO facts VALUES ('a', 'one'), ('b', 'two'); SELECT count(*) AS n FROM facts",
    ),
  ).toEqual([[], [{ n: 2 }]]);
  expect(await query('SELECT note FROM facts WHERE id = ?', ['b'])).toEqual([[{ note: 'two' }]]);
});

test.each([
  ['a semicolon inside a literal', "SELECT 'a;b' AS text", [{ text: 'a;b' }]],
  ['two dashes inside a literal', "SELECT 'a--b' AS text", [{ text: 'a--b' }]],
])('D1 takes %s', async (_what, sql, rows) => {
  const { account, client } = running;
  const { uuid = '' } = await client.d1.database.create({
    ...account,
    name: `literals-${sql.length}`,
  });
  const [first] = await all(client.d1.database.query(uuid, { ...account, sql }));
  expect(first?.results).toEqual(rows);
});

test('D1 takes a trigger, whose body holds semicolons', async () => {
  const { account, client } = running;
  const { uuid = '' } = await client.d1.database.create({ ...account, name: 'triggers' });
  const sql = `CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER);
    CREATE TRIGGER copy AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.n); INSERT INTO b VALUES (new.n); END;
    INSERT INTO a VALUES (1);`;
  await all(client.d1.database.query(uuid, { ...account, sql }));
  const [count] = await all(
    client.d1.database.query(uuid, { ...account, sql: 'SELECT count(*) AS n FROM b' }),
  );
  expect(count?.results).toEqual([{ n: 2 }]);
});

test('a wrong D1 statement is the caller’s error, with SQLite’s words, and no fault of the stand-in', async () => {
  const { account, client } = running;
  const { uuid = '' } = await client.d1.database.create({ ...account, name: 'wrong' });
  const asked = all(client.d1.database.query(uuid, { ...account, sql: 'SELECT * FROM absent' }));
  await expect(asked).rejects.toMatchObject({
    status: 400,
    errors: [{ code: 7500, message: expect.stringContaining('no such table: absent') }],
  });
});

test('an R2 object is read back as it was written, with its content type', async () => {
  const { account, client } = running;
  await client.r2.buckets.create({ ...account, name: 'artefacts' });
  const path = `/accounts/${account.account_id}/r2/buckets/artefacts/objects/a/b/c.bin`;
  const bytes = new Uint8Array([0, 255, 1, 254]);
  await client.put(path, { body: bytes, headers: { 'content-type': 'application/x-odd' } });
  const response = await client.get(path, { __binaryResponse: true }).asResponse();
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
  expect(response.headers.get('content-type')).toBe('application/x-odd');
  await client.delete(path);
  expect(await refusal(client.get(path))).toEqual([404, 10007]);
  const { buckets = [] } = await client.r2.buckets.list(account);
  expect(buckets.map(({ name }) => name)).toEqual(['artefacts']);
});

test.each(['kv', 'd1', 'r2', 'queue'] as const)(
  'a deleted %s is gone from the list',
  async (kind) => {
    const { account, client } = running;
    const bin = {
      kv: async () => {
        const { id } = await client.kv.namespaces.create({ ...account, title: 'bin' });
        await client.kv.namespaces.delete(id, account);
        return (await all(client.kv.namespaces.list(account))).map(({ title }) => title);
      },
      d1: async () => {
        const { uuid = '' } = await client.d1.database.create({ ...account, name: 'bin' });
        await client.d1.database.delete(uuid, account);
        return (await all(client.d1.database.list(account))).map(({ name }) => name);
      },
      r2: async () => {
        await client.r2.buckets.create({ ...account, name: 'bin' });
        await client.r2.buckets.delete('bin', account);
        return ((await client.r2.buckets.list(account)).buckets ?? []).map(({ name }) => name);
      },
      queue: async () => {
        const { queue_id: id = '' } = await client.queues.create({ ...account, queue_name: 'bin' });
        await client.queues.delete(id, account);
        return (await all(client.queues.list(account))).map(({ queue_name: name }) => name);
      },
    };
    expect(await bin[kind]()).not.toContain('bin');
  },
);

test('lists of more than a hundred end and are complete: KV namespaces, page by page', async () => {
  const { account, client } = running;
  const titles = numbered('kv', 120);
  for (const title of titles) await client.kv.namespaces.create({ ...account, title });
  const listed = await all(client.kv.namespaces.list(account));
  expect(listed.map(({ title }) => title).filter((title) => title.startsWith('kv-'))).toEqual(
    titles,
  );
  const small = await all(client.kv.namespaces.list({ ...account, per_page: 50 }));
  expect(small).toEqual(listed);
});

test('lists of more than a hundred end and are complete: queues and namespaces, which have one page', async () => {
  const { account, client } = running;
  const { namespaces } = client.workersForPlatforms.dispatch;
  const names = numbered('many', 105);
  for (const name of names) {
    await client.queues.create({ ...account, queue_name: name });
    await namespaces.create({ ...account, name });
  }
  const queues = (await all(client.queues.list(account))).map(({ queue_name: name = '' }) => name);
  expect(queues.filter((name) => name.startsWith('many-'))).toEqual(names);
  const listed = (await all(namespaces.list(account))).map(({ namespace_name: name }) => name);
  expect(listed).toEqual(names);
});

test('lists of more than a hundred end and are complete: KV keys, by cursor', async () => {
  const { account, client } = running;
  const { id } = await client.kv.namespaces.create({ ...account, title: 'keys' });
  const place = { ...account, namespace_id: id };
  const names = numbered('key', 130);
  for (const name of names) await client.kv.namespaces.values.update(name, { ...place, value: '' });
  const listed = (await all(client.kv.namespaces.keys.list(id, account))).map(({ name }) => name);
  expect(listed).toEqual(names);
  const small = await all(
    client.kv.namespaces.keys.list(id, { ...account, limit: 10, prefix: 'key-00' }),
  );
  expect(small.map(({ name }) => name)).toEqual(names.slice(0, 100));
});
