// The pinned `wrangler` on queues, KV, D1, R2 and namespaces: each is made, used, listed and taken
// away by its commands, and what is not offered is refused by name.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCloud, type TestCloud, upload } from './test-cloud.ts';
import { WRANGLER_LIMIT_MS, type WranglerClient, wranglerClient } from './wrangler-client.ts';

let running: TestCloud;
let wrangler: WranglerClient;

beforeAll(async () => {
  running = await openCloud();
  wrangler = wranglerClient(running);
});

afterAll(async () => {
  wrangler.close();
  await running.close();
});

const PLAIN = 'export default { fetch: () => new Response("plain") }';
const timeout = WRANGLER_LIMIT_MS;

test('a queue gets a consumer, shows it, loses it, and is deleted', { timeout }, async () => {
  const queues = (...args: string[]): Promise<string> => wrangler.done(['queues', ...args]);
  await upload(running, '', 'eater', { code: PLAIN });
  await queues('create', 'meals');
  expect(await queues('list')).toContain('meals');
  await queues('consumer', 'add', 'meals', 'eater', '--batch-size', '5');
  expect(await queues('consumer', 'list', 'meals')).toContain('eater');
  expect(await queues('info', 'meals')).toContain('Number of Consumers: 1');
  await queues('consumer', 'remove', 'meals', 'eater');
  expect(await queues('info', 'meals')).toContain('Number of Consumers: 0');
  await queues('delete', 'meals');
  expect(await wrangler.refused(['queues', 'info', 'meals'])).toContain('does not exist');
});

test('a KV namespace is renamed; keys are put with metadata, read, listed, deleted, one by one and in bulk', {
  timeout,
}, async () => {
  const kv = (...args: string[]): Promise<string> => wrangler.done(['kv', ...args]);
  await kv('namespace', 'create', 'before');
  const [{ id }] = JSON.parse(await kv('namespace', 'list')) as [{ id: string }];
  await kv('namespace', 'rename', '--namespace-id', id, '--new-name', 'after');
  expect(await kv('namespace', 'list')).toContain('"after"');
  const on = ['--namespace-id', id, '--remote'];
  await kv('key', 'put', 'a', '1', ...on, '--metadata', '{"x":1}', '--ttl', '3600');
  expect(await kv('key', 'get', 'a', ...on)).toBe('1');
  const pairs = join(wrangler.folder, 'pairs.json');
  writeFileSync(pairs, '[{"key":"b","value":"2"},{"key":"c","value":"Mw==","base64":true}]');
  await kv('bulk', 'put', pairs, ...on);
  const keys = join(wrangler.folder, 'keys.json');
  writeFileSync(keys, '["b","c","absent"]');
  const got = await kv('bulk', 'get', keys, ...on);
  expect(JSON.parse(got.slice(got.indexOf('{'), got.lastIndexOf('}') + 1))).toEqual({
    b: '2',
    c: '3',
    absent: null,
  });
  await kv('bulk', 'delete', keys, ...on, '--force');
  expect(JSON.parse(await kv('key', 'list', ...on))).toMatchObject([
    { name: 'a', metadata: { x: 1 } },
  ]);
  await kv('key', 'delete', 'a', ...on);
  expect(JSON.parse(await kv('key', 'list', ...on))).toEqual([]);
  await kv('namespace', 'delete', '--namespace-id', id, '--skip-confirmation');
  expect(await wrangler.refused(['kv', 'key', 'list', ...on])).toContain('10013');
});

test('a D1 database takes statements and migrations, is filled from a file, exported, and deleted; time travel is refused by name', {
  timeout,
}, async () => {
  const place = wrangler.project('library', PLAIN, {
    d1_databases: [{ binding: 'DB', database_name: 'books', database_id: 'books' }],
  });
  const d1 = (...args: string[]): Promise<string> => wrangler.done(['d1', ...args], place);
  await d1('create', 'books');
  expect(await d1('list')).toContain('books');
  mkdirSync(join(place, 'migrations'));
  writeFileSync(join(place, 'migrations/0001_books.sql'), 'CREATE TABLE books (title TEXT);');
  expect(await d1('migrations', 'list', 'books', '--remote')).toContain('0001_books.sql');
  await d1('migrations', 'apply', 'books', '--remote');
  expect(await d1('migrations', 'list', 'books', '--remote')).toContain('No migrations to apply');
  const sql = "INSERT INTO books VALUES ('Emma'); SELECT * FROM books";
  expect(await d1('execute', 'books', '--remote', '-y', '--command', sql)).toContain('Emma');
  expect(await d1('info', 'books')).toContain('books');
  const wrong = ['d1', 'execute', 'books', '--remote', '-y', '--command', 'SELECT * FROM absent'];
  expect(await wrangler.refused(wrong, place)).toContain('no such table: absent');
  const file = join(place, 'more.sql');
  writeFileSync(file, "INSERT INTO books VALUES ('Persuasion'); SELECT * FROM absent;");
  const from = ['d1', 'execute', 'books', '--remote', '-y', '--file', file];
  expect(await wrangler.refused(from, place)).toContain('no such table: absent');
  writeFileSync(file, "INSERT INTO books VALUES ('Sanditon');\n-- the last one\n");
  await wrangler.done(from, place);
  const out = join(place, 'out.sql');
  await d1('export', 'books', '--remote', '--output', out);
  const text = readFileSync(out, 'utf8');
  expect(text).toContain('CREATE TABLE books');
  expect(text).toContain('Emma');
  expect(text).toContain('Sanditon');
  expect(text).not.toContain('Persuasion');
  expect(await wrangler.refused(['d1', 'time-travel', 'info', 'books'], place)).toContain(
    'Time travel',
  );
  await d1('delete', 'books', '-y');
  expect(await d1('list')).not.toContain('books');
});

test('an R2 bucket holds objects, is deleted only when it is empty, and has no lifecycle', {
  timeout,
}, async () => {
  const r2 = (...args: string[]): Promise<string> => wrangler.done(['r2', ...args]);
  await r2('bucket', 'create', 'shelf');
  expect(await r2('bucket', 'list')).toContain('shelf');
  expect(await r2('bucket', 'info', 'shelf')).toContain('shelf');
  const file = join(wrangler.folder, 'o.txt');
  writeFileSync(file, 'an object');
  const object = ['shelf/deep/o.txt', '--remote'];
  await r2('object', 'put', ...object, '--file', file);
  expect(await r2('object', 'get', ...object, '--pipe')).toContain('an object');
  expect(await wrangler.refused(['r2', 'bucket', 'delete', 'shelf'])).toContain('not empty');
  await r2('object', 'delete', ...object);
  expect(await wrangler.refused(['r2', 'object', 'get', ...object, '--pipe'])).toContain(
    'does not exist',
  );
  expect(await wrangler.refused(['r2', 'bucket', 'lifecycle', 'list', 'shelf'])).toContain(
    'lifecycle rules',
  );
  await r2('bucket', 'delete', 'shelf');
  expect(await r2('bucket', 'list')).not.toContain('shelf');
});

test('a dispatch namespace is renamed', { timeout }, async () => {
  await wrangler.done(['dispatch-namespace', 'create', 'first-name']);
  await wrangler.done(['dispatch-namespace', 'rename', 'first-name', 'second-name']);
  const listed = await wrangler.done(['dispatch-namespace', 'list']);
  expect(listed).toContain('second-name');
  expect(listed).not.toContain('first-name');
});

test('nothing that wrangler asked for was unknown', () => {
  expect(running.reported).toEqual([]);
});
