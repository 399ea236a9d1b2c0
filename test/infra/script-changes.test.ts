// Changes to user Workers beside a whole upload: content alone, settings alone, many secrets, lists
// and deletions by tag, a namespace's new name. What is refused changes nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tagFilter } from '../../infra/local/api/script-tags.ts';
import { refusal } from './sdk-answers.ts';
import {
  openProject,
  type Send,
  scriptsPath,
  sender,
  type TestCloud,
  type Upload,
  upload,
} from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';

/** Answers with what it is and what it was given. */
const TELLS: Upload = {
  code: "export default { fetch: (_, env) => Response.json({ code: 'one', ...env }) };",
  metadata: {
    tags: ['customer:acme', 'plan:free'],
    bindings: [
      { type: 'plain_text', name: 'TENANT_ID', text: 'acme' },
      { type: 'secret_text', name: 'KEY', text: 'hush' },
    ],
  },
};

let cloud: TestCloud;
let send: Send;
beforeAll(async () => {
  cloud = await openProject(async (project) => {
    await upload(project, '', 'router', dispatcher());
    await upload(project, 'customers', 'tells', TELLS);
  });
  send = sender(cloud);
});
afterAll(() => cloud.close());

const told = async (script = 'tells'): Promise<unknown> => (await send(script, '/')).json();
const path = (rest: string): string => `${scriptsPath(cloud, 'customers')}${rest}`;

const settingsForm = (settings: unknown): { body: FormData } => {
  const body = new FormData();
  body.set('settings', new File([JSON.stringify(settings)], 'settings.json'));
  return { body };
};

test('new content runs under the old bindings, secrets, tags', async () => {
  const body = new FormData();
  body.set('metadata', JSON.stringify({ main_module: 'other.js' }));
  const code = "export default { fetch: (_, env) => Response.json({ code: 'two', ...env }) };";
  body.set('other.js', new File([code], 'other.js', { type: 'application/javascript+module' }));
  await cloud.client.put(path('/tells/content'), { body });
  expect(await told()).toEqual({ code: 'two', TENANT_ID: 'acme', KEY: 'hush' });
  const { result } = await cloud.client.get<{ result: unknown }>(path('/tells'));
  expect(result).toMatchObject({ script: { tags: ['customer:acme', 'plan:free'] } });
});

test('content that does not start is refused, and the old keeps running', async () => {
  const body = new FormData();
  body.set('metadata', JSON.stringify({ main_module: 'bad.js' }));
  body.set(
    'bad.js',
    new File(['export default {'], 'bad.js', { type: 'application/javascript+module' }),
  );
  expect(await refusal(cloud.client.put(path('/tells/content'), { body }))).toEqual([400, 10021]);
  expect(await told()).toMatchObject({ code: 'two' });
});

test('settings change what they name; inherited bindings keep their values', async () => {
  const bindings = [
    { type: 'inherit', name: 'KEY' },
    { type: 'plain_text', name: 'TENANT_ID', text: 'globex' },
    { type: 'json', name: 'MORE', json: { a: 1 } },
  ];
  const { result } = await cloud.client.patch<{ result: unknown }>(
    path('/tells/settings'),
    settingsForm({ bindings, tags: ['plan:pro'] }),
  );
  expect(result).toMatchObject({ tags: ['plan:pro'] });
  expect(JSON.stringify(result)).not.toContain('hush');
  expect(await told()).toEqual({ code: 'two', TENANT_ID: 'globex', KEY: 'hush', MORE: { a: 1 } });
  await cloud.client.patch(path('/tells/settings'), settingsForm({ tags: ['customer:acme'] }));
  expect(await told()).toMatchObject({ TENANT_ID: 'globex', KEY: 'hush' });
});

test.each([
  ['a setting nobody knows', settingsForm({ colour: 'blue' })],
  ['settings that are a list', settingsForm([])],
  ['a body that is no form', { body: { tags: ['a'] } }],
  ["the 7.x SDK's flattened form", { body: flattened() }],
  [
    'a binding that user Workers do not have',
    settingsForm({ bindings: [{ type: 'kv_namespace', name: 'KV', namespace_id: 'x' }] }),
  ],
])('%s is refused with 10021, and nothing changes', async (_, options) => {
  const before = await told();
  expect(await refusal(cloud.client.patch(path('/tells/settings'), options))).toEqual([400, 10021]);
  expect(await told()).toEqual(before);
});

function flattened(): FormData {
  const body = new FormData();
  body.set('settings[tags][]', 'x');
  return body;
}

test('many secrets change at once: set, replaced, deleted; none is shown', async () => {
  await upload(cloud, 'customers', 'vault', TELLS);
  await cloud.client.put(path('/vault/secrets'), {
    body: { name: 'OLD', text: 'o', type: 'secret_text' },
  });
  const body = {
    KEY: { type: 'secret_text', text: 'new' },
    OTHER: { type: 'secret_text', text: 'x' },
    OLD: null,
  };
  const { result } = await cloud.client.patch<{ result: unknown }>(path('/vault/secrets-bulk'), {
    body,
  });
  expect(result).toEqual({
    KEY: { name: 'KEY', type: 'secret_text' },
    OTHER: { name: 'OTHER', type: 'secret_text' },
  });
  expect(await told('vault')).toMatchObject({ KEY: 'new', OTHER: 'x' });
  const one = await cloud.client.get<{ result: unknown }>(path('/vault/secrets/OTHER'));
  expect(one.result).toEqual({ name: 'OTHER', type: 'secret_text' });
  expect(await refusal(cloud.client.get(path('/vault/secrets/OLD')))).toEqual([404, 10056]);
  const broken = cloud.client.patch(path('/vault/secrets-bulk'), { body: { KEY: null, BAD: 7 } });
  expect(await refusal(broken)).toEqual([400, 10001]);
  expect(await told('vault')).toMatchObject({ KEY: 'new' });
});

describe('lists', () => {
  const names = async (query: string): Promise<unknown> => {
    const answer = await cloud.client.get<{ result: { id: string }[]; result_info: unknown }>(
      path(query),
    );
    return answer.result.map(({ id }) => id);
  };

  beforeAll(async () => {
    for (const [script, tags] of Object.entries({
      l1: ['x', 'a:b'],
      l2: ['x'],
      l3: ['x', 'a:b', 'y'],
    })) {
      await upload(cloud, 'customers', script, { ...TELLS, metadata: { tags } });
    }
  });

  test('by tags they must have and must not have', async () => {
    expect(await names('?tags=x:yes')).toEqual(['l1', 'l2', 'l3']);
    expect(await names('?tags=x:yes,a:b:yes')).toEqual(['l1', 'l3']);
    expect(await names('?tags=a:b:yes,y:no')).toEqual(['l1']);
    expect(await refusal(cloud.client.get(path('?tags=x')))).toEqual([400, 10001]);
  });

  test('page by page to the end', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const query: string = `?tags=x:yes&limit=2&cursor=${cursor}`;
      const answer = await cloud.client.get<{
        result: { id: string }[];
        result_info: { cursor: string };
      }>(path(query));
      seen.push(...answer.result.map(({ id }) => id));
      ({ cursor } = answer.result_info);
    } while (cursor !== '');
    expect(seen).toEqual(['l1', 'l2', 'l3']);
  });

  test('deleted by tag, never all of them by leaving it out', async () => {
    expect(await refusal(cloud.client.delete(path('')))).toEqual([400, 10001]);
    const { result } = await cloud.client.delete<{ result: unknown }>(path('?tags=a:b:yes'));
    expect(result).toEqual({
      deleted: [{ id: 'l1' }, { id: 'l3' }],
      deleted_count: 2,
      has_more: false,
    });
    expect(await names('?tags=x:yes')).toEqual(['l2']);
    expect((await send('l1', '/')).status).toBe(530);
  });
});

test.each([
  ['a:yes', ['a'], true],
  ['a:yes', [], false],
  ['a:no', [], true],
  ['a:b:no,c:yes', ['c'], true],
  ['a:b:no,c:yes', ['c', 'a:b'], false],
])('the filter %s on %j says %s', (text, tags, expected) => {
  expect(tagFilter(text)({ tags })).toBe(expected);
});

test('a renamed namespace brings its scripts and their data', async () => {
  const namespaces = `/accounts/${cloud.cloud.accountId}/workers/dispatch/namespaces`;
  await cloud.client.post(namespaces, { body: { name: 'old-name' } });
  await upload(cloud, 'old-name', 'counts', echo());
  const router = (namespace: string): Upload => {
    const { code, metadata } = dispatcher();
    return {
      code,
      metadata: {
        ...metadata,
        bindings: [{ type: 'dispatch_namespace', name: 'DISPATCHER', namespace }],
      },
    };
  };
  await upload(cloud, '', 'renaming', router('old-name'));
  await cloud.cloud.ready();
  const call = async (): Promise<string> => {
    const headers = { 'x-script': 'counts' };
    return (await fetch(`${cloud.cloud.workerUrl('renaming')}/add?n=2`, { headers })).text();
  };
  expect(await call()).toBe('2');
  expect(
    await refusal(cloud.client.put(`${namespaces}/old-name`, { body: { name: 'customers' } })),
  ).toEqual([409, 100120]);
  await cloud.client.put(`${namespaces}/old-name`, { body: { name: 'new-name' } });
  expect(await call()).toContain('Worker not found');
  await upload(cloud, '', 'renaming', router('new-name'));
  await cloud.cloud.ready();
  expect(await call()).toBe('4');
});
