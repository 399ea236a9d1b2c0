// KV, D1 and R2: made, found, filled, refused, deleted.
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import { makeIn } from '../made-things.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, itemsOf, resultOf } from '../wire.ts';

const KV = '/storage/kv/namespaces';
const D1 = '/d1/database';
const R2 = '/r2/buckets';

const makeKv = (target: ConformanceTarget, title = target.fresh('kv')): Promise<string> =>
  makeIn(target, KV, { title }, 'id');
const makeD1 = (target: ConformanceTarget, name = target.fresh('d1')): Promise<string> =>
  makeIn(target, D1, { name }, 'uuid');
const makeR2 = (target: ConformanceTarget, name = target.fresh('r2')): Promise<string> =>
  makeIn(target, R2, { name }, 'name');

const rows = async (target: ConformanceTarget, id: string, body: unknown): Promise<unknown[]> => {
  const result = resultOf(await target.call('POST', `${D1}/${id}/query`, body));
  return (Array.isArray(result) ? result : []).map((one: unknown) => fieldsOf(one).results);
};

export const kv: Subject = {
  title: 'KV',
  expectations: [
    expectation('a new namespace is answered, listed and shown', 'doc', async (target) => {
      const title = target.fresh('kv');
      const id = await makeKv(target, title);
      const shown = { id, title, supports_url_encoding: true };
      expect(resultOf(await target.call('GET', `${KV}/${id}`))).toMatchObject(shown);
      const query = '?per_page=100&order=title&direction=desc&page=1';
      const listed = resultOf(await target.call('GET', `${KV}${query}`));
      expect(listed).toContainEqual(expect.objectContaining({ id, title }));
    }),
    expectation('a title twice is refused: 400 with 10014', 'issue', async (target) => {
      const title = target.fresh('kv');
      await makeKv(target, title);
      expectRefused(await target.call('POST', KV, { title }), [400, 10014], /already exists/);
    }),
    expectation('one that is not there is 404 with 10013', 'issue', async (target) => {
      const path = `${KV}/${'0'.repeat(32)}`;
      expectRefused(await target.call('GET', path), [404, 10013], /namespace not found/);
      expectRefused(await target.call('DELETE', path), [404, 10013]);
    }),
    expectation('a value is read as it was written, under any key', 'doc', async (target) => {
      const id = await makeKv(target);
      for (const [key, value] of [
        ['plain', 'text'],
        ['route:a/b c?d', '{"n":1}'],
      ] as const) {
        const path = `${KV}/${id}/values/${encodeURIComponent(key)}`;
        resultOf(await target.call('PUT', path, value));
        await target.settled(
          'the value',
          async () => (await target.call('GET', path)).text === value,
        );
      }
    }),
    expectation('a key that is not there is 404 with 10009', 'issue', async (target) => {
      const id = await makeKv(target);
      const answer = await target.call('GET', `${KV}/${id}/values/absent`);
      expectRefused(answer, [404, 10009], /key not found/);
    }),
    expectation('keys are listed by prefix', 'doc', async (target) => {
      const id = await makeKv(target);
      for (const key of ['a1', 'a2', 'b1']) {
        resultOf(await target.call('PUT', `${KV}/${id}/values/${key}`, key));
      }
      await target.settled('the keys', async () => {
        const listed = resultOf(await target.call('GET', `${KV}/${id}/keys?prefix=a`));
        return JSON.stringify(listed) === '[{"name":"a1"},{"name":"a2"}]';
      });
    }),
    expectation('many values are written, read and deleted at once', 'doc', async (target) => {
      const id = await makeKv(target);
      const pairs = [
        { key: 'a', value: 'one' },
        { key: 'b', value: 'two', metadata: { n: 1 } },
      ];
      resultOf(await target.call('PUT', `${KV}/${id}/bulk`, pairs));
      const read = (): Promise<unknown> =>
        target.call('POST', `${KV}/${id}/bulk/get`, { keys: ['a', 'b'] }).then(resultOf);
      await target.settled('both values', async () => {
        return JSON.stringify(fieldsOf(await read()).values) === '{"a":"one","b":"two"}';
      });
      resultOf(await target.call('POST', `${KV}/${id}/bulk/delete`, ['a', 'b']));
      await target.settled('both to be gone', async () => {
        return JSON.stringify(fieldsOf(await read()).values) === '{"a":null,"b":null}';
      });
    }),
    expectation('a value’s metadata is read beside it', 'doc', async (target) => {
      const id = await makeKv(target);
      const form = new FormData();
      form.set('value', 'text');
      form.set('metadata', '{"n":1}');
      resultOf(await target.call('PUT', `${KV}/${id}/values/key`, form));
      await target.settled('the metadata', async () => {
        const { status, text } = await target.call('GET', `${KV}/${id}/metadata/key`);
        return status === 200 && JSON.stringify(JSON.parse(text).result) === '{"n":1}';
      });
    }),
    expectation('a deleted value is gone', 'doc', async (target) => {
      const id = await makeKv(target);
      const path = `${KV}/${id}/values/gone`;
      resultOf(await target.call('PUT', path, 'x'));
      resultOf(await target.call('DELETE', path));
      await target.settled(
        'it to be gone',
        async () => (await target.call('GET', path)).status === 404,
      );
    }),
  ],
};

export const d1: Subject = {
  title: 'D1',
  expectations: [
    expectation('a new database is answered and found by name', 'doc', async (target) => {
      const name = target.fresh('d1');
      const uuid = await makeD1(target, name);
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      const found = resultOf(await target.call('GET', `${D1}?name=${name}`));
      expect(found).toEqual([expect.objectContaining({ uuid, name, version: 'production' })]);
    }),
    expectation('a name twice is refused with 7502', 'issue', async (target) => {
      const name = target.fresh('d1');
      await makeD1(target, name);
      const again = await target.call('POST', D1, { name });
      expectRefused(again, [again.status, 7502], /already exists/);
    }),
    expectation('one that is not there is 404 with 7404', 'issue', async (target) => {
      const path = `${D1}/00000000-0000-4000-8000-000000000000`;
      expectRefused(await target.call('GET', path), [404, 7404], /could not be found/);
    }),
    expectation('statements run, several in one text, with parameters', 'doc', async (target) => {
      const id = await makeD1(target);
      const sql = "CREATE TABLE t (a TEXT, n INTEGER); INSERT INTO t VALUES ('x;y', 1), ('z', 2)";
      await rows(target, id, { sql });
      const asked = { sql: 'SELECT a FROM t WHERE n = ?', params: ['1'] };
      expect(await rows(target, id, asked)).toEqual([[{ a: 'x;y' }]]);
    }),
    expectation('an answer says how many rows were read and written', 'doc', async (target) => {
      const id = await makeD1(target);
      await rows(target, id, { sql: 'CREATE TABLE t (n INTEGER)' });
      const sql = 'INSERT INTO t VALUES (1), (2)';
      const [first] = itemsOf(resultOf(await target.call('POST', `${D1}/${id}/query`, { sql })));
      expect(first).toMatchObject({ success: true, meta: { changes: 2, rows_written: 2 } });
    }),
    expectation('asked raw, rows are lists under their columns', 'doc', async (target) => {
      const id = await makeD1(target);
      const asked = { sql: 'SELECT 1 AS a, ? AS b', params: ['x'] };
      const [first] = itemsOf(resultOf(await target.call('POST', `${D1}/${id}/raw`, asked)));
      expect(first).toMatchObject({
        success: true,
        results: { columns: ['a', 'b'], rows: [[1, 'x']] },
      });
    }),
    expectation(
      'a wrong statement is 400 with 7500 and SQLite’s words',
      'issue',
      async (target) => {
        const id = await makeD1(target);
        const answer = await target.call('POST', `${D1}/${id}/query`, {
          sql: 'SELECT * FROM absent',
        });
        expectRefused(answer, [400, 7500], /no such table: absent/);
      },
    ),
  ],
};

export const r2: Subject = {
  title: 'R2',
  expectations: [
    expectation('a new bucket is answered and listed', 'doc', async (target) => {
      const name = await makeR2(target);
      const listed = fieldsOf(resultOf(await target.call('GET', R2)));
      expect(listed.buckets).toContainEqual(
        expect.objectContaining({ name, creation_date: expect.any(String) }),
      );
      const shown = resultOf(await target.call('GET', `${R2}/${name}`));
      expect(shown).toMatchObject({ name, storage_class: 'Standard' });
    }),
    expectation('a name twice is refused with 10004', 'issue', async (target) => {
      const name = await makeR2(target);
      const again = await target.call('POST', R2, { name });
      expectRefused(again, [again.status, 10004], /already exists, and you own it/);
    }),
    expectation('one that is not there is 404 with 10006', 'issue', async (target) => {
      const answer = await target.call('GET', `${R2}/${target.fresh('absent')}`);
      expectRefused(answer, [404, 10006], /^The specified bucket does not exist/);
    }),
    expectation('an object is read as it was written, and deleted', 'doc', async (target) => {
      const name = await makeR2(target);
      const path = `${R2}/${name}/objects/folder/part.txt`;
      target.deleteLater(path);
      resultOf(await target.call('PUT', path, 'an object'));
      expect((await target.call('GET', path)).text).toBe('an object');
      resultOf(await target.call('DELETE', path));
      expectRefused(await target.call('GET', path), [404, 10007], /specified key does not exist/);
    }),
    expectation('a bucket that is not empty stays: 10008', 'issue', async (target) => {
      const name = await makeR2(target);
      const path = `${R2}/${name}/objects/kept`;
      target.deleteLater(path);
      resultOf(await target.call('PUT', path, 'x'));
      const answer = await target.call('DELETE', `${R2}/${name}`);
      expectRefused(answer, [409, 10008], /not empty/);
    }),
    expectation('objects are listed by prefix', 'doc', async (target) => {
      const name = await makeR2(target);
      for (const key of ['a/1', 'b/2']) {
        target.deleteLater(`${R2}/${name}/objects/${key}`);
        resultOf(await target.call('PUT', `${R2}/${name}/objects/${key}`, key));
      }
      const listed = resultOf(await target.call('GET', `${R2}/${name}/objects?prefix=a/`));
      expect(listed).toEqual([expect.objectContaining({ key: 'a/1', size: 3 })]);
    }),
    expectation('a deleted bucket is gone', 'doc', async (target) => {
      const name = await makeR2(target);
      resultOf(await target.call('DELETE', `${R2}/${name}`));
      expectRefused(await target.call('GET', `${R2}/${name}`), [404, 10006]);
    }),
  ],
};
