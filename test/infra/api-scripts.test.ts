// Scripts through the API: uploads, what is refused and with which code, secrets, tags.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from './sdk-answers.ts';
import { openProject, scriptsPath, type TestCloud, type Upload, upload } from './test-cloud.ts';
import { echo, echoAgain } from './workers.ts';

let running: TestCloud;

beforeAll(async () => {
  running = await openProject((project) => upload(project, '', 'account-worker', PLAIN));
});

afterAll(() => running.close());

const PLAIN: Upload = { code: 'export default { fetch: () => new Response("plain") }' };
const CUSTOMERS = 'customers';

const scriptsOf = () => running.client.workersForPlatforms.dispatch.namespaces.scripts;
const place = () => ({ ...running.account, dispatch_namespace: CUSTOMERS });

test('an uploaded script is shown with its etag, tags and migration tag, and deleted for good', async () => {
  const answer = await upload(running, CUSTOMERS, 'alpha', {
    ...echo(),
    metadata: { ...echo().metadata, tags: ['tenant:alpha', 'plan:free'] },
  });
  expect(answer).toMatchObject({ id: 'alpha', entry_point: 'index.js' });
  expect(answer.deployment_id).toMatch(/^[0-9a-f]{32}$/);
  expect(answer.startup_time_ms).toBeTypeOf('number');
  const shown = await scriptsOf().get('alpha', place());
  expect(shown).toMatchObject({
    dispatch_namespace: CUSTOMERS,
    script: {
      id: 'alpha',
      etag: answer.etag,
      migration_tag: 'v1',
      tags: ['tenant:alpha', 'plan:free'],
    },
  });
  await scriptsOf().delete('alpha', place());
  expect(await refusal(scriptsOf().get('alpha', place()))).toEqual([404, 10092]);
  expect(await refusal(scriptsOf().delete('alpha', place()))).toEqual([404, 10092]);
});

test('the content comes back module by module, as it was uploaded', async () => {
  const modules = { 'lib/deep/part.js': 'export default 1;\n' };
  const code = `import part from './lib/deep/part.js';\nexport default { fetch: () => new Response(part) };`;
  await upload(running, CUSTOMERS, 'content', { code, modules });
  const response = await scriptsOf().content.get('content', place());
  const form = await response.formData();
  const main = form.get('index.js');
  const part = form.get('lib/deep/part.js');
  expect([
    main instanceof File && (await main.text()),
    part instanceof File && (await part.text()),
  ]).toEqual([code, modules['lib/deep/part.js']]);
});

test.each([
  ['a script that is not in the namespace', (scripts: string) => `${scripts}/absent`, 404, 10092],
  ['its settings', (scripts: string) => `${scripts}/absent/settings`, 404, 10092],
  ['its secrets', (scripts: string) => `${scripts}/absent/secrets`, 404, 10092],
  ['its tags', (scripts: string) => `${scripts}/absent/tags`, 404, 10092],
  [
    'a namespace that is not there',
    (scripts: string) => scripts.replace(CUSTOMERS, 'absent'),
    404,
    100119,
  ],
])('%s is answered as Cloudflare does', async (_what, path, status, code) => {
  const scripts = scriptsPath(running, CUSTOMERS);
  expect(await refusal(running.client.get(path(scripts)))).toEqual([status, code]);
});

test.each([
  ['/workers/scripts/absent/settings', 10007],
  ['/workers/scripts/absent/secrets', 10007],
  ['/workers/scripts/absent/deployments', 10007],
  ['/workers/services/absent', 10090],
])('a missing account Worker is 404 at %s with %i', async (path, code) => {
  const account = `/accounts/${running.cloud.accountId}`;
  expect(await refusal(running.client.get(`${account}${path}`))).toEqual([404, code]);
});

test.each([
  [
    'a service binding to nothing is refused with 10143',
    { bindings: [{ type: 'service', name: 'PLATFORM', service: 'absent' }] },
    [400, 10143],
  ],
  [
    'a service binding to a neighbour in the namespace is refused with 10143',
    { bindings: [{ type: 'service', name: 'OTHER', service: 'neighbour' }] },
    [400, 10143],
  ],
  [
    'a class bound without a migration is refused with 10061',
    { bindings: [{ type: 'durable_object_namespace', name: 'C', class_name: 'Counter' }] },
    [400, 10061],
  ],
  [
    'a migration from a tag that was never deployed is refused with 10079',
    { migrations: { old_tag: 'v7', new_tag: 'v8', new_sqlite_classes: ['Counter'] } },
    [412, 10079],
  ],
])('%s', async (_name, metadata, answer) => {
  await upload(running, CUSTOMERS, 'neighbour', PLAIN);
  const refused = upload(running, CUSTOMERS, 'refused', { code: echo().code, metadata });
  expect(await refusal(refused)).toEqual(answer);
  expect(await refusal(scriptsOf().get('refused', place()))).toEqual([404, 10092]);
});

test('a service binding to an account Worker, or to the script itself, is taken', async () => {
  const bindings = [
    { type: 'service', name: 'PLATFORM', service: 'account-worker' },
    { type: 'service', name: 'SELF', service: 'bound' },
  ];
  await upload(running, CUSTOMERS, 'bound', { ...PLAIN, metadata: { bindings } });
});

test('the same migration twice is refused with 10079, and changes nothing', async () => {
  await upload(running, CUSTOMERS, 'migrated', echo());
  expect(await refusal(upload(running, CUSTOMERS, 'migrated', echo('two')))).toEqual([412, 10079]);
  await upload(running, CUSTOMERS, 'migrated', echoAgain('two'));
  const { script } = await scriptsOf().get('migrated', place());
  expect(script).toMatchObject({ migration_tag: 'v1' });
});

test("the 7.x SDK's typed upload, which is malformed, is refused with 10021", async () => {
  const file = new File([PLAIN.code], 'index.js', { type: 'application/javascript+module' });
  const typed = scriptsOf().update('typed', {
    ...place(),
    metadata: { main_module: 'index.js', compatibility_date: '2026-10-01' },
    files: [file],
  });
  expect(await refusal(typed)).toEqual([400, 10021]);
});

test('secrets are written and named, and never shown again', async () => {
  await upload(running, CUSTOMERS, 'secretive', PLAIN);
  const secrets = scriptsOf().secrets;
  const answers: unknown[] = [];
  answers.push(
    await secrets.update('secretive', {
      ...place(),
      name: 'KEY',
      text: 'hush-hush',
      type: 'secret_text',
    }),
  );
  const names = [];
  for await (const secret of secrets.list('secretive', place())) names.push(secret.name);
  expect(names).toEqual(['KEY']);
  const path = `${scriptsPath(running, CUSTOMERS)}/secretive`;
  for (const part of ['', '/settings', '/secrets', '/bindings'])
    answers.push(await running.client.get(`${path}${part}`));
  answers.push(await (await scriptsOf().content.get('secretive', place())).text());
  expect(JSON.stringify(answers)).not.toContain('hush-hush');
  await secrets.delete('KEY', { ...place(), script_name: 'secretive' });
  const left = [];
  for await (const secret of secrets.list('secretive', place())) left.push(secret.name);
  expect(left).toEqual([]);
});

test('a secret sent with the upload is a secret too, and outlives the next one that keeps secrets', async () => {
  const bindings = [{ type: 'secret_text', name: 'SIGNING', text: 'hush-hush' }];
  await upload(running, CUSTOMERS, 'kept', { ...PLAIN, metadata: { bindings } });
  await upload(running, CUSTOMERS, 'kept', {
    ...PLAIN,
    metadata: { keep_bindings: ['secret_text'] },
  });
  const path = `${scriptsPath(running, CUSTOMERS)}/kept/settings`;
  const settings = await running.client.get<{ result: unknown }>(path);
  expect(settings.result).toMatchObject({ bindings: [{ name: 'SIGNING', type: 'secret_text' }] });
  expect(JSON.stringify(settings)).not.toContain('hush-hush');
  await upload(running, CUSTOMERS, 'kept', PLAIN);
  const after = await running.client.get<{ result: unknown }>(path);
  expect(after.result).toMatchObject({ bindings: [] });
});

test('tags are replaced, added and removed one by one; no script has more than eight', async () => {
  await upload(running, CUSTOMERS, 'tagged', PLAIN);
  const { tags } = scriptsOf();
  const list = async (): Promise<string[]> => {
    const all = [];
    for await (const tag of tags.list('tagged', place())) all.push(tag);
    return all;
  };
  for await (const _tag of tags.update('tagged', { ...place(), body: ['a', 'b'] }));
  expect(await list()).toEqual(['a', 'b']);
  await running.client.put(`${scriptsPath(running, CUSTOMERS)}/tagged/tags/tenant:c`);
  await tags.delete('a', { ...place(), script_name: 'tagged' });
  expect(await list()).toEqual(['b', 'tenant:c']);
  const nine = Array.from({ length: 9 }, (_, index) => `t${index}`);
  const path = `${scriptsPath(running, CUSTOMERS)}/tagged/tags`;
  expect(await refusal(running.client.put(path, { body: nine }))).toEqual([400, 10001]);
  expect(await list()).toEqual(['b', 'tenant:c']);
});

test('tags survive an upload that sends none, as wrangler does', async () => {
  await upload(running, CUSTOMERS, 'tagged', { ...PLAIN, metadata: { tags: ['kept'] } });
  await upload(running, CUSTOMERS, 'tagged', PLAIN);
  const { script } = await scriptsOf().get('tagged', place());
  expect(script).toMatchObject({ tags: ['kept'] });
});

test('an account Worker and a user Worker of the same name are two', async () => {
  await upload(running, CUSTOMERS, 'account-worker', PLAIN);
  await scriptsOf().delete('account-worker', place());
  const { client, account, cloud } = running;
  const listed = [];
  for await (const script of client.workers.scripts.list(account)) listed.push(script.id);
  expect(listed).toEqual(['account-worker']);
  await cloud.ready();
  expect(await (await fetch(cloud.workerUrl('account-worker'))).text()).toBe('plain');
});

test('what the code exports is read from the running code', async () => {
  const code = `
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Counter extends DurableObject { add() {} }
export class Api extends WorkerEntrypoint { ping() {} }
export default { fetch() {}, scheduled() {} };`;
  await upload(running, CUSTOMERS, 'exports', { ...echo(), code });
  const { script } = await scriptsOf().get('exports', place());
  expect(script).toMatchObject({
    handlers: ['fetch', 'scheduled'],
    named_handlers: [
      { name: 'Api', handlers: expect.arrayContaining(['ping']) },
      { name: 'Counter', handlers: expect.arrayContaining(['add']) },
    ],
  });
});

test('a class that the code does not export is refused: 10070 when new, 10064 when it has objects', async () => {
  const refused = upload(running, CUSTOMERS, 'classless', { ...echo(), code: PLAIN.code });
  expect(await refusal(refused)).toEqual([400, 10070]);
  await upload(running, CUSTOMERS, 'classless', echo());
  const later = upload(running, CUSTOMERS, 'classless', { ...echoAgain('two'), code: PLAIN.code });
  expect(await refusal(later)).toEqual([400, 10064]);
});
