// Account Workers through the API beside a whole upload: content, settings, secrets, versions. What
// is refused changes nothing, and no answer holds a secret's text.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from './sdk-answers.ts';
import { openCloud, scriptsPath, type TestCloud, type Upload, upload } from './test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await openCloud();
});
afterAll(() => cloud.close());

const tells = (code: string): Upload => ({
  code: `export default { fetch: (_, env) => Response.json({ code: '${code}', ...env }) };`,
  metadata: {
    bindings: [
      { type: 'plain_text', name: 'NOTE', text: 'n' },
      { type: 'secret_text', name: 'KEY', text: 'hush-key' },
    ],
  },
});

const path = (rest: string): string => `${scriptsPath(cloud, '')}${rest}`;
const get = async (rest: string): Promise<unknown> =>
  (await cloud.client.get<{ result: unknown }>(path(rest))).result;

const told = async (name: string): Promise<unknown> => {
  await cloud.cloud.ready();
  return (await fetch(cloud.cloud.workerUrl(name))).json();
};

const form = (part: string, value: unknown, code?: string): { body: FormData } => {
  const body = new FormData();
  body.set(part, JSON.stringify(value));
  const type = 'application/javascript+module';
  if (code !== undefined) body.set('index.js', new File([code], 'index.js', { type }));
  return { body };
};

test('new content runs under the old bindings and secrets; broken content is refused', async () => {
  await upload(cloud, '', 'content', tells('one'));
  const main = { main_module: 'index.js' };
  await cloud.client.put(path('/content/content'), form('metadata', main, tells('two').code));
  expect(await told('content')).toEqual({ code: 'two', NOTE: 'n', KEY: 'hush-key' });
  const broken = form('metadata', main, 'export default {');
  expect(await refusal(cloud.client.put(path('/content/content'), broken))).toEqual([400, 10021]);
  for (const rest of ['/content', '/content/content', '/content/content/v2']) {
    const response = await cloud.client.get(path(rest)).asResponse();
    expect(await response.text()).toContain("code: 'two'");
  }
});

test('settings change what they name, and no answer holds a secret', async () => {
  await upload(cloud, '', 'settings', tells('one'));
  const bindings = [
    { type: 'inherit', name: 'KEY' },
    { type: 'json', name: 'MORE', json: [1] },
  ];
  const changed = await cloud.client.patch(
    path('/settings/settings'),
    form('settings', { bindings }),
  );
  expect(await told('settings')).toEqual({ code: 'one', MORE: [1], KEY: 'hush-key' });
  await cloud.client.put(path('/settings/secrets'), {
    body: { name: 'SECOND', text: 'hush-second', type: 'secret_text' },
  });
  const bulk = { secrets: { THIRD: { type: 'secret_text', text: 'hush-third' }, SECOND: null } };
  const many = await cloud.client.patch(path('/settings/secrets-bulk'), { body: bulk });
  expect(await told('settings')).toMatchObject({ KEY: 'hush-key', THIRD: 'hush-third' });
  expect(await get('/settings/secrets/THIRD')).toEqual({ name: 'THIRD', type: 'secret_text' });
  expect(await refusal(cloud.client.get(path('/settings/secrets/SECOND')))).toEqual([404, 10056]);
  const answers: unknown[] = [changed, many];
  const { items } = (await get('/settings/versions')) as { items: { id: string }[] };
  const rests = ['settings', 'bindings', 'secrets', 'versions', 'deployments', 'script-settings'];
  for (const rest of [...rests, ...items.map(({ id }) => `versions/${id}`)]) {
    answers.push(await get(`/settings/${rest}`));
  }
  const content = await cloud.client.get(path('/settings')).asResponse();
  answers.push(await content.text(), await get(''));
  expect(JSON.stringify(answers)).not.toContain('hush');
  expect(JSON.stringify(answers)).toContain('THIRD');
});

test('tags and observability are set beside the versions', async () => {
  await upload(cloud, '', 'tagged', tells('one'));
  const settings = { tags: ['a:b'], observability: { enabled: true } };
  await cloud.client.patch(path('/tagged/script-settings'), { body: settings });
  expect(await get('/tagged/script-settings')).toMatchObject(settings);
  const tailed = { body: { tail_consumers: [{ service: 'content' }] } };
  expect(await refusal(cloud.client.patch(path('/tagged/script-settings'), tailed))).toEqual([
    400, 10001,
  ]);
});

test('a version that waits changes nothing, blocks secret edits, and is what the next one inherits from', async () => {
  await upload(cloud, '', 'waits', tells('one'));
  const bindings = [{ type: 'plain_text', name: 'FRESH', text: 'f' }];
  const metadata = { main_module: 'index.js', compatibility_date: '2026-10-01', bindings };
  const version = form('metadata', metadata, tells('two').code);
  await cloud.client.post(path('/waits/versions'), version);
  expect(await told('waits')).toMatchObject({ code: 'one', NOTE: 'n' });
  const secret = { body: { name: 'S', text: 's', type: 'secret_text' } };
  expect(await refusal(cloud.client.put(path('/waits/secrets'), secret))).toEqual([400, 10215]);
  const inherited = { ...metadata, bindings: [{ type: 'inherit', name: 'FRESH' }] };
  const strict = '/waits?bindings_inherit=strict';
  await cloud.client.put(path(strict), form('metadata', inherited, tells('three').code));
  expect(await told('waits')).toEqual({ code: 'three', FRESH: 'f' });
});

test('a version brings no migration, and none of another Worker can be deployed', async () => {
  await upload(cloud, '', 'mine', tells('mine'));
  await upload(cloud, '', 'other', tells('other'));
  const metadata = { main_module: 'index.js', migrations: { new_sqlite_classes: ['C'] } };
  const version = form('metadata', metadata, tells('x').code);
  expect(await refusal(cloud.client.post(path('/mine/versions'), version))).toEqual([400, 10211]);
  const { items } = (await get('/other/versions')) as { items: { id: string }[] };
  const versions = [{ version_id: items[0]?.id, percentage: 100 }];
  const body = { strategy: 'percentage', versions };
  expect(await refusal(cloud.client.post(path('/mine/deployments'), { body }))).toEqual([
    404, 10007,
  ]);
  expect(await told('mine')).toMatchObject({ code: 'mine' });
});

test('twenty versions are kept, the deployed one always', async () => {
  await upload(cloud, '', 'many', tells('deployed'));
  const metadata = { main_module: 'index.js', compatibility_date: '2026-10-01' };
  for (let round = 0; round < 22; round += 1) {
    await cloud.client.post(path('/many/versions'), form('metadata', metadata, tells('x').code));
  }
  const { items } = (await get('/many/versions')) as { items: { number: number }[] };
  expect(items.map(({ number }) => number)).toEqual([
    ...Array.from({ length: 20 }, (_, index) => 23 - index),
    1,
  ]);
});

test('a deleted Worker takes its versions and queue consumers with it', async () => {
  const { account, client } = cloud;
  await upload(cloud, '', 'goes', tells('one'));
  const { queue_id: id = '' } = await client.queues.create({ ...account, queue_name: 'left' });
  const consumers = `/accounts/${account.account_id}/queues/${id}/consumers`;
  await client.post(consumers, { body: { type: 'worker', script_name: 'goes' } });
  await client.delete(path('/goes'));
  expect(await client.queues.get(id, account)).toMatchObject({ consumers: [] });
  await upload(cloud, '', 'goes', tells('two'));
  expect(((await get('/goes/versions')) as { items: unknown[] }).items).toHaveLength(1);
});

test('two first uploads at once, both with a migration: one is stored, the other refused', async () => {
  const code =
    "import { DurableObject } from 'cloudflare:workers'; export class C extends DurableObject {}; export default { fetch() {} }";
  const migrations = { new_tag: 'v1', new_sqlite_classes: ['C'] };
  const both = [1, 2].map(() =>
    refusal(upload(cloud, '', 'raced', { code, metadata: { migrations } })),
  );
  const ended = await Promise.all(both);
  expect(ended).toContainEqual([412, 10079]);
  expect(ended).toContain('it went through');
});

test.each([
  ['a consumer that pulls', '/consumers', { type: 'http_pull' }, [400, 10001]],
  ['a consumer that is no Worker here', '/consumers', { script_name: 'absent' }, [404, 10007]],
  ['messages', '/messages', { body: 'x' }, [400, 10001]],
])('a queue refuses %s', async (what, rest, body, expected) => {
  const { account, client } = cloud;
  const name = what.replaceAll(' ', '-');
  const { queue_id: id = '' } = await client.queues.create({ ...account, queue_name: name });
  const queue = `/accounts/${account.account_id}/queues/${id}`;
  expect(await refusal(client.post(`${queue}${rest}`, { body }))).toEqual(expected);
  expect(await refusal(client.patch(queue, { body: { queue_name: 'renamed' } }))).toEqual([
    400, 10001,
  ]);
});
