// Cloudflare's own SDK as a client, in the two versions that are in use: typed calls, typed errors.
import Cloudflare, { APIError } from 'cloudflare';
import Cloudflare6, { APIError as APIError6 } from 'cloudflare-6';
import { expect } from 'vitest';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { wranglerForm } from '../uploads.ts';
import { resultOf } from '../wire.ts';

const ESM = 'application/javascript+module';
const CODE = 'export default { fetch: (_, env) => Response.json(env) };';
const TEXT = { type: 'plain_text' as const, name: 'TENANT_ID', text: 'acme' };
const METADATA = {
  main_module: 'index.js',
  compatibility_date: '2026-10-01',
  tags: ['customer:acme'],
  bindings: [TEXT],
};

const file = (text = CODE): File => new File([text], 'index.js', { type: ESM });

const seven = ({ baseUrl, token }: ConformanceTarget): Cloudflare =>
  new Cloudflare({ apiToken: token, baseURL: baseUrl, maxRetries: 0 });
const six = ({ baseUrl, token }: ConformanceTarget): Cloudflare6 =>
  new Cloudflare6({ apiToken: token, baseURL: baseUrl, maxRetries: 0 });

const account = ({ accountId }: ConformanceTarget) => ({ account_id: accountId });
const place = (target: ConformanceTarget) => ({
  ...account(target),
  dispatch_namespace: target.namespace,
});

/** Follows a list to its end as the SDK does; a list that never ends fails here. */
async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) {
    items.push(item);
    if (items.length > 10_000) throw new TypeError('the list does not end');
  }
  return items;
}

async function refusal(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
    return 'it went through';
  } catch (error) {
    if (!(error instanceof APIError || error instanceof APIError6)) throw error;
    return [error.status, error.errors[0]?.code];
  }
}

async function deployed(target: ConformanceTarget): Promise<string> {
  const script = target.fresh('by-sdk');
  resultOf(await target.upload(script, { code: CODE, metadata: METADATA }));
  return script;
}

const answers = (target: ConformanceTarget, script: string, expected: unknown): Promise<unknown> =>
  target.settled('the script to answer', async () => {
    const response = await target.dispatch(script);
    return response.ok && (await response.text()) === JSON.stringify(expected);
  });

const scripts7 = (target: ConformanceTarget) =>
  seven(target).workersForPlatforms.dispatch.namespaces.scripts;
const scripts6 = (target: ConformanceTarget) =>
  six(target).workersForPlatforms.dispatch.namespaces.scripts;

export const sdk7: Subject = {
  title: 'SDK 7.3',
  expectations: [
    expectation('a namespace: create, get, list, delete', 'doc', async (target) => {
      const { namespaces } = seven(target).workersForPlatforms.dispatch;
      const name = target.fresh('namespace');
      target.deleteLater(`/workers/dispatch/namespaces/${name}`);
      const created = await namespaces.create({ ...account(target), name });
      expect(created).toMatchObject({ namespace_name: name, script_count: 0 });
      const shown = await namespaces.get(name, account(target));
      expect(shown.namespace_id).toBe(created.namespace_id);
      const listed = await all(namespaces.list(account(target)));
      expect(listed.map((one) => one.namespace_name)).toContain(name);
      await namespaces.delete(name, account(target));
      expect(await refusal(namespaces.get(name, account(target)))).toEqual([404, 100119]);
    }),
    expectation('client.put of a form uploads and the code runs', 'ran', async (target) => {
      const script = target.fresh('by-sdk');
      const path = `/accounts/${target.accountId}${target.scriptPath(script)}`;
      const body = wranglerForm({ code: CODE, metadata: METADATA });
      const { result } = await seven(target).put<{ result: { id: string } }>(path, { body });
      expect(result).toMatchObject({ id: script, startup_time_ms: expect.any(Number) });
      await answers(target, script, { TENANT_ID: 'acme' });
    }),
    expectation('the typed scripts.update is refused with 10021', 'issue', async (target) => {
      const params = { ...place(target), metadata: METADATA, files: [file()] };
      const typed = scripts7(target).update(target.fresh('typed'), params);
      expect(await refusal(typed)).toEqual([400, 10021]);
    }),
    expectation('scripts.get, and its typed refusal', 'doc', async (target) => {
      const script = await deployed(target);
      const shown = await scripts7(target).get(script, place(target));
      expect(shown).toMatchObject({
        dispatch_namespace: target.namespace,
        script: { id: script, tags: ['customer:acme'] },
      });
      const absent = scripts7(target).get(target.fresh('absent'), place(target));
      expect(await refusal(absent)).toEqual([404, 10092]);
    }),
    expectation('settings.get and bindings.get', 'doc', async (target) => {
      const script = await deployed(target);
      const { settings, bindings } = scripts7(target);
      expect(await settings.get(script, place(target))).toMatchObject({ bindings: [TEXT] });
      expect(await all(bindings.get(script, place(target)))).toEqual([TEXT]);
    }),
    expectation('content.get gives the modules', 'doc', async (target) => {
      const script = await deployed(target);
      const response = await scripts7(target).content.get(script, place(target));
      const part = (await response.formData()).get('index.js');
      expect(part instanceof File ? await part.text() : part).toBe(CODE);
    }),
    expectation('secrets: update, list, get, delete', 'doc', async (target) => {
      const script = await deployed(target);
      const { secrets } = scripts7(target);
      const secret = { name: 'KEY', type: 'secret_text' as const };
      const put = await secrets.update(script, { ...place(target), ...secret, text: 'hush' });
      expect(put).toEqual(secret);
      expect(await all(secrets.list(script, place(target)))).toEqual([secret]);
      const named = { ...place(target), script_name: script };
      expect(await secrets.get('KEY', named)).toEqual(secret);
      await secrets.delete('KEY', named);
      expect(await all(secrets.list(script, place(target)))).toEqual([]);
    }),
    expectation('secrets.bulkUpdate answers a map by name', 'doc', async (target) => {
      const script = await deployed(target);
      const secret = { name: 'KEY', type: 'secret_text' as const };
      const secrets = { KEY: { ...secret, text: 'hush' } };
      const answer = await scripts7(target).secrets.bulkUpdate(script, {
        ...place(target),
        secrets,
      });
      expect(answer).toEqual({ KEY: secret });
    }),
    expectation('tags: update, list, delete', 'doc', async (target) => {
      const script = await deployed(target);
      const { tags } = scripts7(target);
      expect(await all(tags.update(script, { ...place(target), body: ['a', 'b'] }))).toEqual([
        'a',
        'b',
      ]);
      await tags.delete('a', { ...place(target), script_name: script });
      expect(await all(tags.list(script, place(target)))).toEqual(['b']);
    }),
    expectation('scripts.delete with force', 'doc', async (target) => {
      const script = await deployed(target);
      await scripts7(target).delete(script, { ...place(target), force: true });
      expect(await refusal(scripts7(target).get(script, place(target)))).toEqual([404, 10092]);
    }),
    expectation('the token and its accounts', 'doc', async (target) => {
      const client = seven(target);
      expect(await client.user.tokens.verify()).toMatchObject({ status: 'active' });
      const accounts = await all(client.accounts.list());
      expect(accounts.map(({ id }) => id)).toContain(target.accountId);
    }),
    expectation('KV values and D1 queries', 'doc', async (target) => {
      const { kv, d1 } = seven(target);
      const { id } = await kv.namespaces.create({ ...account(target), title: target.fresh('kv') });
      target.deleteLater(`/storage/kv/namespaces/${id}`);
      const held = { ...account(target), namespace_id: id };
      await kv.namespaces.values.update('key', { ...held, value: 'a value' });
      await target.settled('the value', async () => {
        return (await (await kv.namespaces.values.get('key', held)).text()) === 'a value';
      });
      const name = target.fresh('d1');
      const { uuid = '' } = await d1.database.create({ ...account(target), name });
      target.deleteLater(`/d1/database/${uuid}`);
      const asked = { ...account(target), sql: 'SELECT ? AS a', params: ['x'] };
      const [first] = await all(d1.database.query(uuid, asked));
      expect(first?.results).toEqual([{ a: 'x' }]);
    }),
  ],
};

export const sdk6: Subject = {
  title: 'SDK 6.5',
  expectations: [
    expectation('the typed scripts.update uploads and the code runs', 'ran', async (target) => {
      const script = target.fresh('by-sdk');
      const params = { ...account(target), metadata: METADATA, files: [file()] };
      const answer = await scripts6(target).update(target.namespace, script, params);
      expect(answer).toMatchObject({ id: script, startup_time_ms: expect.any(Number) });
      await answers(target, script, { TENANT_ID: 'acme' });
    }),
    expectation('scripts.get, and its typed refusal', 'doc', async (target) => {
      const script = await deployed(target);
      const shown = await scripts6(target).get(target.namespace, script, account(target));
      expect(shown).toMatchObject({ script: { id: script, tags: ['customer:acme'] } });
      const absent = target.fresh('absent');
      const asked = scripts6(target).get(target.namespace, absent, account(target));
      expect(await refusal(asked)).toEqual([404, 10092]);
    }),
    expectation(
      'the typed settings.edit changes tags and leaves the rest',
      'doc',
      async (target) => {
        const script = await deployed(target);
        const { settings } = scripts6(target);
        const params = { ...account(target), settings: { tags: ['plan:pro'] } };
        const changed = await settings.edit(target.namespace, script, params);
        expect(changed).toMatchObject({ tags: ['plan:pro'] });
        const shown = await settings.get(target.namespace, script, account(target));
        expect(shown).toMatchObject({ tags: ['plan:pro'], bindings: [TEXT] });
      },
    ),
    expectation('the typed content.update replaces the code alone', 'doc', async (target) => {
      const script = await deployed(target);
      const code = 'export default { fetch: (_, env) => Response.json({ two: true, ...env }) };';
      await scripts6(target).content.update(target.namespace, script, {
        ...account(target),
        metadata: { main_module: 'index.js' },
        files: [file(code)],
      });
      await answers(target, script, { two: true, TENANT_ID: 'acme' });
    }),
    expectation('secrets and tags', 'doc', async (target) => {
      const script = await deployed(target);
      const { secrets, tags } = scripts6(target);
      const { namespace } = target;
      const secret = { name: 'KEY', type: 'secret_text' as const };
      const params = { ...account(target), ...secret, text: 'hush' };
      expect(await secrets.update(namespace, script, params)).toEqual(secret);
      expect(await all(secrets.list(namespace, script, account(target)))).toEqual([secret]);
      const list = { ...account(target), body: ['a'] };
      expect(await all(tags.update(namespace, script, list))).toEqual(['a']);
      await tags.delete(namespace, script, 'a', account(target));
      expect(await all(tags.list(namespace, script, account(target)))).toEqual([]);
    }),
    expectation('scripts.delete', 'doc', async (target) => {
      const script = await deployed(target);
      await scripts6(target).delete(target.namespace, script, account(target));
      const asked = scripts6(target).get(target.namespace, script, account(target));
      expect(await refusal(asked)).toEqual([404, 10092]);
    }),
  ],
};
