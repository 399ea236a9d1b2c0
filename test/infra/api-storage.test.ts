// Storage by the official SDK, beyond one value at a time: KV in bulk and with metadata, R2 listings
// page by page, D1 rows as arrays and in batches.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all, refusal } from './sdk-answers.ts';
import { openCloud, type TestCloud } from './test-cloud.ts';

let running: TestCloud;

beforeAll(async () => {
  running = await openCloud();
});

afterAll(() => running.close());

test('KV: many values at once, with metadata, read as text and as JSON, and deleted', async () => {
  const { account, client } = running;
  const { namespaces } = client.kv;
  const { id } = await namespaces.create({ ...account, title: 'bulk' });
  const body = [
    { key: 'a', value: '{"n":1}', metadata: { of: 'a' } },
    { key: 'b', value: Buffer.from([104, 105]).toString('base64'), base64: true },
    { key: 'c', value: 'soon gone', expiration_ttl: 3600 },
  ];
  expect(await namespaces.bulkUpdate(id, { ...account, body })).toMatchObject({
    successful_key_count: 3,
  });
  const keys = ['a', 'b', 'absent'];
  expect(await namespaces.bulkGet(id, { ...account, keys })).toEqual({
    values: { a: '{"n":1}', b: 'hi', absent: null },
  });
  const detailed = { ...account, keys: ['a'], type: 'json' as const, withMetadata: true };
  expect(await namespaces.bulkGet(id, detailed)).toEqual({
    values: { a: { value: { n: 1 }, metadata: { of: 'a' } } },
  });
  const place = { ...account, namespace_id: id };
  expect(await namespaces.metadata.get('a', place)).toEqual({ of: 'a' });
  expect(await all(namespaces.keys.list(id, account))).toEqual([
    { name: 'a', metadata: { of: 'a' } },
    { name: 'b' },
    { name: 'c', expiration: expect.any(Number) },
  ]);
  await namespaces.bulkDelete(id, { ...account, body: ['a', 'b'] });
  expect((await all(namespaces.keys.list(id, account))).map(({ name }) => name)).toEqual(['c']);
});

test('KV: one bad entry refuses all of them', async () => {
  const { account, client } = running;
  const { namespaces } = client.kv;
  const { id } = await namespaces.create({ ...account, title: 'all-or-none' });
  for (const bad of [
    { key: 'b' },
    { key: '', value: 'x' },
    { key: 'b', value: 'x', expiration_ttl: 1 },
  ]) {
    const path = `/accounts/${account.account_id}/storage/kv/namespaces/${id}/bulk`;
    const body = [{ key: 'a', value: 'x' }, bad];
    expect(await refusal(client.put(path, { body }))).toEqual([400, 10001]);
  }
  expect(await all(namespaces.keys.list(id, account))).toEqual([]);
});

test('KV: bytes that are no text come back as they were', async () => {
  const { account, client } = running;
  const { id } = await client.kv.namespaces.create({ ...account, title: 'bytes' });
  const bytes = new Uint8Array([0, 255, 254, 128, 13, 10]);
  const url = `${running.cloud.apiUrl}/accounts/${account.account_id}/storage/kv/namespaces/${id}/values/k`;
  const headers = { authorization: `Bearer ${running.cloud.apiToken}` };
  await fetch(url, { method: 'PUT', headers, body: bytes });
  const got = await fetch(url, { headers });
  expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes);
});

test('KV: a namespace is renamed, to no title that is taken', async () => {
  const { account, client } = running;
  const { namespaces } = client.kv;
  const { id } = await namespaces.create({ ...account, title: 'old-title' });
  await namespaces.create({ ...account, title: 'taken-title' });
  expect(await refusal(namespaces.update(id, { ...account, title: 'taken-title' }))).toEqual([
    400, 10014,
  ]);
  await namespaces.update(id, { ...account, title: 'new-title' });
  expect(await namespaces.get(id, account)).toMatchObject({ title: 'new-title' });
});

test('R2: objects are listed by prefix and page by page, and a bucket with one is not deleted', async () => {
  const { account, client } = running;
  await client.r2.buckets.create({ ...account, name: 'listed' });
  const path = `/accounts/${account.account_id}/r2/buckets/listed/objects`;
  const names = ['a/1', 'a/2', 'a/3', 'b/1'];
  for (const name of names) await client.put(`${path}/${name}`, { body: name });
  const { objects } = client.r2.buckets;
  const listed = await all(objects.list('listed', { ...account, per_page: 2 }));
  expect(listed.map(({ key }) => key)).toEqual(names);
  const some = await all(objects.list('listed', { ...account, prefix: 'a/' }));
  expect(some.map(({ key }) => key)).toEqual(['a/1', 'a/2', 'a/3']);
  expect(await refusal(client.r2.buckets.delete('listed', account))).toEqual([409, 10008]);
});

test('D1: rows as arrays, with every column; a batch runs in order', async () => {
  const { account, client } = running;
  const { uuid = '' } = await client.d1.database.create({ ...account, name: 'raw' });
  const sql = 'SELECT 1 AS n, 2 AS n, ? AS text';
  const [raw] = await all(client.d1.database.raw(uuid, { ...account, sql, params: ['x'] }));
  expect(raw?.results).toEqual({ columns: ['n', 'n', 'text'], rows: [[1, 2, 'x']] });
  const create = { ...account, sql: 'CREATE TABLE empty (n INTEGER)' };
  const [made] = await all(client.d1.database.raw(uuid, create));
  expect(made?.results).toEqual({ columns: [], rows: [] });
  const batch = [
    { sql: 'CREATE TABLE t (n INTEGER)' },
    { sql: 'INSERT INTO t VALUES (?)', params: ['7'] },
    { sql: 'SELECT n FROM t' },
  ];
  const answers = await all(client.d1.database.query(uuid, { ...account, batch }));
  expect(answers.at(-1)?.results).toEqual([{ n: 7 }]);
});

test('D1: read replicas are refused by name', async () => {
  const { account, client } = running;
  const { uuid = '' } = await client.d1.database.create({ ...account, name: 'replicas' });
  const edit = (mode: 'auto' | 'disabled'): PromiseLike<unknown> =>
    client.d1.database.edit(uuid, { ...account, read_replication: { mode } });
  expect(await refusal(edit('auto'))).toEqual([400, 10001]);
  expect(await edit('disabled')).toMatchObject({ name: 'replicas' });
});

test('D1: an address for a file is good for one use, and for nobody who guesses', async () => {
  const { account, client, cloud } = running;
  const { uuid = '' } = await client.d1.database.create({ ...account, name: 'files' });
  const path = `/accounts/${account.account_id}/d1/database/${uuid}`;
  const post = async (action: string, body: object): Promise<Record<string, unknown>> =>
    (await client.post<{ result: Record<string, unknown> }>(`${path}/${action}`, { body })).result;
  const { upload_url: url, filename } = await post('import', { action: 'init', etag: 'any' });
  const put = (): Promise<Response> =>
    fetch(String(url), { method: 'PUT', body: 'CREATE TABLE t (n INTEGER);' });
  const first = await put();
  expect((await put()).status).toBe(401);
  const etag = first.headers.get('etag')?.replaceAll('"', '');
  expect(await refusal(post('import', { action: 'ingest', filename, etag: 'other' }))).toEqual([
    400, 10001,
  ]);
  expect(await refusal(post('import', { action: 'ingest', filename, etag }))).toEqual([400, 10001]);
  const { result } = await post('export', { output_format: 'polling' });
  const { signed_url: signed } = result as { signed_url: string };
  expect((await fetch(signed)).status).toBe(200);
  expect((await fetch(signed)).status).toBe(401);
  expect((await fetch(`${cloud.apiUrl}/presigned/${'0'.repeat(64)}`)).status).toBe(401);
});
