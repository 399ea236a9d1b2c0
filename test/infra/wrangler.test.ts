// The pinned `wrangler`, unchanged, as a client of the embedded Cloudflare.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runWrangler, WranglerError } from '../../provisioning/deploy/run-wrangler.ts';
import { openCloud, type Send, scriptsPath, sender, type TestCloud } from './test-cloud.ts';
import { dispatcher, echo } from './workers.ts';
import { type WranglerClient, wranglerClient } from './wrangler-client.ts';

const LIMIT_MS = 60_000;

let running: TestCloud;
let send: Send;
let client: WranglerClient;

beforeAll(async () => {
  running = await openCloud();
  send = sender(running);
  client = wranglerClient(running);
});

afterAll(async () => {
  client.close();
  await running.close();
});

async function wrangler(args: readonly string[], cwd = client.folder): Promise<string> {
  const { apiToken, accountId, apiUrl } = running.cloud;
  const environment = {
    name: 'test',
    apiToken,
    accountId,
    apiBaseUrl: apiUrl,
    platformUrl: '',
    dispatcherUrl: '',
    tenantHostSuffix: 'localhost',
    stateDir: running.stateDir,
    keyMode: 'test' as const,
  };
  return runWrangler(environment, args, cwd);
}

const durable = {
  durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
  migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
};

test('whoami knows the account', { timeout: LIMIT_MS }, async () => {
  expect(await wrangler(['whoami'])).toContain(running.cloud.accountId);
});

test('a dispatch namespace is created, listed, shown, and deleted', {
  timeout: LIMIT_MS,
}, async () => {
  await wrangler(['dispatch-namespace', 'create', 'short-lived']);
  await wrangler(['dispatch-namespace', 'create', 'customers']);
  const listed = await wrangler(['dispatch-namespace', 'list']);
  expect(listed).toContain('short-lived');
  expect(listed).toContain('customers');
  expect(await wrangler(['dispatch-namespace', 'get', 'short-lived'])).toContain('short-lived');
  await wrangler(['dispatch-namespace', 'delete', 'short-lived']);
  expect(await wrangler(['dispatch-namespace', 'list'])).not.toContain('short-lived');
  await expect(wrangler(['dispatch-namespace', 'get', 'short-lived'])).rejects.toBeInstanceOf(
    WranglerError,
  );
});

test('an account Worker with a dispatch namespace and an outbound Worker deploys, and again', {
  timeout: LIMIT_MS,
}, async () => {
  const outbound = client.project(
    'gate',
    'export default { fetch: () => new Response("gate") }',
    {},
  );
  await wrangler(['deploy'], outbound);
  const binding = {
    binding: 'DISPATCHER',
    namespace: 'customers',
    outbound: { service: 'gate', parameters: ['customer'] },
  };
  const place = client.project('router', dispatcher().code, { dispatch_namespaces: [binding] });
  await wrangler(['deploy'], place);
  writeFileSync(
    join(place, 'src/index.js'),
    dispatcher().code.replace('status: 530', 'status: 531'),
  );
  await wrangler(['deploy'], place);
  await running.cloud.ready();
  expect((await send('nobody', '/')).status).toBe(530);
  expect(running.reported).toEqual([]);
});

test('a user Worker with a Durable Object deploys into the namespace, and again, keeping its data', {
  timeout: LIMIT_MS,
}, async () => {
  const place = client.project('alpha', echo('one').code, durable);
  await wrangler(['deploy', '--dispatch-namespace', 'customers'], place);
  expect(await (await send('alpha', '/add?n=2')).json()).toBe(2);
  writeFileSync(join(place, 'src/index.js'), echo('two').code);
  await wrangler(['deploy', '--dispatch-namespace', 'customers'], place);
  expect(await (await send('alpha', '/version')).text()).toBe('two');
  expect(await (await send('alpha', '/add?n=0')).json()).toBe(2);
  expect(running.reported).toEqual([]);
});

test('a next migration is applied from where the deployed script is', {
  timeout: LIMIT_MS,
}, async () => {
  const migrations = [...durable.migrations, { tag: 'v2', new_sqlite_classes: ['Other'] }];
  const place = client.project(
    'alpha',
    `${echo('three').code}\nexport class Other extends Counter {}`,
    {
      ...durable,
      migrations,
    },
  );
  await wrangler(['deploy', '--dispatch-namespace', 'customers'], place);
  const shown = await running.client.get<{ result: unknown }>(
    `${scriptsPath(running, 'customers')}/alpha`,
  );
  expect(shown.result).toMatchObject({ script: { migration_tag: 'v2' } });
  expect(await (await send('alpha', '/add?n=0')).json()).toBe(2);
});

test('code that does not start fails the deploy with its own words', {
  timeout: LIMIT_MS,
}, async () => {
  const place = client.project(
    'broken',
    'throw new TypeError("no ledger here"); export default {}',
    {},
  );
  const failed: unknown = await wrangler(
    ['deploy', '--dispatch-namespace', 'customers'],
    place,
  ).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(WranglerError);
  expect((failed as WranglerError).output).toContain('no ledger here');
  expect((failed as WranglerError).output).toContain('10021');
});

test('a namespace that is not there fails the deploy', { timeout: LIMIT_MS }, async () => {
  const place = client.project('lost', 'export default { fetch: () => new Response("x") }', {});
  const failed = wrangler(['deploy', '--dispatch-namespace', 'absent'], place);
  await expect(failed).rejects.toBeInstanceOf(WranglerError);
});

test('an account Worker gets its queue, KV, D1 and R2 created on the way, and they work', {
  timeout: LIMIT_MS,
}, async () => {
  await wrangler(['queues', 'create', 'jobs']);
  const code = `export default {
    async fetch(request, env) {
      await env.KV.put('k', 'v');
      await env.DB.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER)');
      await env.R2.put('o', 'object');
      await env.JOBS.send({ n: 1 });
      const deadline = Date.now() + 5000;
      while ((await env.KV.get('consumed')) === null && Date.now() < deadline) await scheduler.wait(50);
      return Response.json([await env.KV.get('k'), await (await env.R2.get('o')).text(), await env.KV.get('consumed')]);
    },
    async queue(batch, env) {
      await env.KV.put('consumed', JSON.stringify(batch.messages.map(({ body }) => body)));
    },
  };`;
  const place = client.project('stores', code, {
    kv_namespaces: [{ binding: 'KV' }],
    d1_databases: [{ binding: 'DB', database_name: 'stores-db' }],
    r2_buckets: [{ binding: 'R2', bucket_name: 'stores-r2' }],
    queues: {
      producers: [{ binding: 'JOBS', queue: 'jobs' }],
      consumers: [{ queue: 'jobs', max_batch_timeout: 1 }],
    },
  });
  await wrangler(['deploy'], place);
  await wrangler(['deploy'], place);
  await running.cloud.ready();
  const response = await fetch(running.cloud.workerUrl('stores'));
  expect(await response.json()).toEqual(['v', 'object', '[{"n":1}]']);
  expect(running.reported).toEqual([]);
});

test('a secret put on an account Worker is in its environment, and outlives the next deploy', {
  timeout: LIMIT_MS,
}, async () => {
  const place = client.project(
    'secretive',
    'export default { fetch: (_request, env) => new Response(env.KEY ?? "none") }',
    {},
  );
  await wrangler(['deploy'], place);
  await client.done(['secret', 'put', 'KEY'], place, 'hush-hush');
  await running.cloud.ready();
  expect(await (await fetch(running.cloud.workerUrl('secretive'))).text()).toBe('hush-hush');
  await wrangler(['deploy'], place);
  await running.cloud.ready();
  expect(await (await fetch(running.cloud.workerUrl('secretive'))).text()).toBe('hush-hush');
});

test('a deleted account Worker is gone', { timeout: LIMIT_MS }, async () => {
  const place = join(client.folder, 'secretive');
  await wrangler(['delete', '--name', 'secretive', '--force'], place);
  const left = [];
  for await (const { id } of running.client.workers.scripts.list(running.account)) left.push(id);
  expect(left).not.toContain('secretive');
});
