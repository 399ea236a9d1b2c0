// The pinned wrangler, unchanged, as a client: what a developer types, and that it goes through.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runWrangler, WranglerError } from '../../../../provisioning/deploy/run-wrangler.ts';
import { expectation, type Subject } from '../expectations.ts';
import type { ConformanceTarget } from '../target.ts';
import { expectRefused, fieldsOf, itemsOf, resultOf } from '../wire.ts';

const OBJECT = `
import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {
  async add() {
    const value = ((await this.ctx.storage.get('value')) ?? 0) + 1;
    await this.ctx.storage.put('value', value);
    return value;
  }
}
export default {
  async fetch(request, env) {
    const counter = env.COUNTER.get(env.COUNTER.idFromName('one'));
    return Response.json({ version: 'VERSION', count: await counter.add(), place: env.PLACE });
  },
};`;

const OBJECT_CONFIG = {
  durable_objects: { bindings: [{ name: 'COUNTER', class_name: 'Counter' }] },
  migrations: [{ tag: 'v1', new_sqlite_classes: ['Counter'] }],
  vars: { PLACE: 'a var' },
};
const PLAIN = 'export default { fetch: (_, env) => Response.json(env) };';

const wrangler = (
  target: ConformanceTarget,
  args: readonly string[],
  cwd: string,
): Promise<string> =>
  runWrangler(
    {
      name: 'conformance',
      accountId: target.accountId,
      apiToken: target.token,
      apiBaseUrl: target.baseUrl,
      platformUrl: '',
      dispatcherUrl: '',
      tenantHostSuffix: 'localhost',
      keyMode: 'test',
      stateDir: target.folder,
    },
    args,
    cwd,
  );

/** A Worker's folder, as its developer has it. */
function project(
  target: ConformanceTarget,
  name: string,
  code: string,
  config: Record<string, unknown> = {},
): string {
  const place = join(target.folder, name);
  const settings = { name, main: 'src/index.js', compatibility_date: '2026-10-01', ...config };
  const files = { 'src/index.js': code, 'wrangler.json': JSON.stringify(settings) };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, file)), { recursive: true });
    writeFileSync(join(place, file), text);
  }
  return place;
}

async function refusal(work: Promise<string>): Promise<string> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(WranglerError);
  return outcome instanceof WranglerError ? outcome.output : '';
}

const into = (target: ConformanceTarget): string[] => [
  'deploy',
  '--dispatch-namespace',
  target.namespace,
];

const told = (target: ConformanceTarget, script: string, version: string): Promise<unknown> =>
  target.settled(`version ${version}`, async () => {
    const response = await target.dispatch(script);
    if (!response.ok) return false;
    const body: unknown = await response.json();
    return fieldsOf(body).version === version && body;
  });

async function account(target: ConformanceTarget, config = {}): Promise<[string, string]> {
  const worker = target.fresh('deployed');
  target.deleteLater(`/workers/scripts/${worker}?force=true`);
  const place = project(target, worker, PLAIN, config);
  await wrangler(target, ['deploy'], place);
  return [worker, place];
}

const env = (target: ConformanceTarget, worker: string, expected: Record<string, string>) =>
  target.settled(JSON.stringify(expected), async () => {
    const response = await target.ask(worker);
    const body = response.ok ? fieldsOf(await response.json()) : {};
    return Object.entries(expected).every(([name, text]) => body[name] === text);
  });

const userWorkers = [
  expectation(
    'deploy --dispatch-namespace: a new one, with migrations and vars',
    'ran',
    async (target) => {
      const script = target.fresh('wrangled');
      const place = project(target, script, OBJECT.replace('VERSION', 'one'), OBJECT_CONFIG);
      await wrangler(target, into(target), place);
      expect(await told(target, script, 'one')).toEqual({
        version: 'one',
        count: 1,
        place: 'a var',
      });
    },
  ),
  expectation(
    'deploy --dispatch-namespace again: new code, kept data, next migration',
    'ran',
    async (target) => {
      const script = target.fresh('wrangled');
      await wrangler(
        target,
        into(target),
        project(target, script, OBJECT.replace('VERSION', 'one'), OBJECT_CONFIG),
      );
      const more = { tag: 'v2', new_sqlite_classes: ['Other'] };
      const code = `${OBJECT.replace('VERSION', 'two')}\nexport class Other extends Counter {}`;
      const config = { ...OBJECT_CONFIG, migrations: [...OBJECT_CONFIG.migrations, more] };
      expect(await told(target, script, 'one')).toMatchObject({ count: 1 });
      await wrangler(target, into(target), project(target, script, code, config));
      expect(await told(target, script, 'two')).toMatchObject({ count: 2 });
      const shown = resultOf(await target.call('GET', target.scriptPath(script)));
      expect(shown).toMatchObject({ script: { migration_tag: 'v2' } });
    },
  ),
  expectation(
    'deploy --dispatch-namespace keeps secrets and tags that others set',
    'ran',
    async (target) => {
      const script = target.fresh('wrangled');
      const place = project(target, script, PLAIN);
      await wrangler(target, into(target), place);
      const secret = { name: 'KEY', text: 'hush-hush', type: 'secret_text' };
      resultOf(await target.call('PUT', target.scriptPath(script, '/secrets'), secret));
      resultOf(await target.call('PUT', target.scriptPath(script, '/tags'), ['kept']));
      await wrangler(target, into(target), place);
      const shown = resultOf(await target.call('GET', target.scriptPath(script)));
      expect(shown).toMatchObject({ script: { tags: ['kept'] } });
      await target.settled('the secret', async () => {
        return (await (await target.dispatch(script)).text()) === '{"KEY":"hush-hush"}';
      });
    },
  ),
  expectation(
    'deploy of code that does not start fails with its error and 10021',
    'ran',
    async (target) => {
      const code = 'throw new TypeError("no ledger here"); export default {};';
      const place = project(target, target.fresh('broken'), code);
      const output = await refusal(wrangler(target, into(target), place));
      expect(output).toContain('no ledger here');
      expect(output).toContain('10021');
    },
  ),
  expectation('deploy into a namespace that is not there fails', 'ran', async (target) => {
    const place = project(target, target.fresh('lost'), PLAIN);
    const absent = target.fresh('absent');
    await refusal(wrangler(target, ['deploy', '--dispatch-namespace', absent], place));
  }),
];

const namespaces = [
  expectation('dispatch-namespace create, list, get, rename, delete', 'ran', async (target) => {
    const name = target.fresh('namespace');
    const renamed = target.fresh('renamed');
    for (const one of [name, renamed]) {
      target.deleteLater(`/workers/dispatch/namespaces/${one}`);
    }
    const run = (...args: string[]): Promise<string> =>
      wrangler(target, ['dispatch-namespace', ...args], target.folder);
    await run('create', name);
    expect(await run('list')).toContain(name);
    expect(await run('get', name)).toContain(name);
    await run('rename', name, renamed);
    expect(await run('get', renamed)).toContain(renamed);
    await run('delete', renamed);
    expect(await run('list')).not.toContain(renamed);
    const path = `/workers/dispatch/namespaces/${renamed}`;
    expectRefused(await target.call('GET', path), [404, 100119]);
  }),
  expectation('whoami names the account', 'ran', async (target) => {
    expect(await wrangler(target, ['whoami'], target.folder)).toContain(target.accountId);
  }),
];

const accountWorkers = [
  expectation('deploy of an account Worker, and again with other vars', 'ran', async (target) => {
    const [worker, place] = await account(target, { vars: { PLACE: 'one' } });
    await env(target, worker, { PLACE: 'one' });
    project(target, worker, PLAIN, { vars: { PLACE: 'two' } });
    await wrangler(target, ['deploy'], place);
    await env(target, worker, { PLACE: 'two' });
  }),
  expectation('secret bulk and secret list; the next deploy keeps them', 'ran', async (target) => {
    const [worker, place] = await account(target);
    writeFileSync(join(place, 'secrets.json'), JSON.stringify({ KEY: 'hush-hush' }));
    await wrangler(target, ['secret', 'bulk', 'secrets.json'], place);
    expect(await wrangler(target, ['secret', 'list'], place)).toContain('KEY');
    await env(target, worker, { KEY: 'hush-hush' });
    await wrangler(target, ['deploy'], place);
    await env(target, worker, { KEY: 'hush-hush' });
  }),
  expectation(
    'deploy binds a dispatch namespace with an outbound Worker',
    'ran',
    async (target) => {
      const dispatching = {
        binding: 'DISPATCHER',
        namespace: target.namespace,
        outbound: { service: target.platform, parameters: ['customer'] },
      };
      const [worker] = await account(target, { dispatch_namespaces: [dispatching] });
      const settings = resultOf(await target.call('GET', `/workers/scripts/${worker}/settings`));
      expect(settings).toMatchObject({
        bindings: [
          {
            type: 'dispatch_namespace',
            name: 'DISPATCHER',
            namespace: target.namespace,
            outbound: { worker: { service: target.platform }, params: [{ name: 'customer' }] },
          },
        ],
      });
    },
  ),
  expectation('deploy makes KV, D1 and R2 on the way', 'ran', async (target) => {
    const database = target.fresh('d1');
    const bucket = target.fresh('r2');
    const [worker] = await account(target, {
      kv_namespaces: [{ binding: 'KV' }],
      d1_databases: [{ binding: 'DB', database_name: database }],
      r2_buckets: [{ binding: 'STORE', bucket_name: bucket }],
    });
    target.deleteLater(`/r2/buckets/${bucket}`);
    const path = `/workers/scripts/${worker}/settings`;
    const { bindings } = fieldsOf(resultOf(await target.call('GET', path)));
    const of = (type: string): Record<string, unknown> =>
      itemsOf(bindings).find((one) => one.type === type) ?? {};
    target.deleteLater(`/d1/database/${String(of('d1').id)}`);
    target.deleteLater(`/storage/kv/namespaces/${String(of('kv_namespace').namespace_id)}`);
    expect(of('d1')).toMatchObject({ name: 'DB', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(of('kv_namespace')).toMatchObject({ name: 'KV', namespace_id: expect.any(String) });
    expect(of('r2_bucket')).toMatchObject({ name: 'STORE', bucket_name: bucket });
  }),
  expectation('queues create and delete', 'ran', async (target) => {
    const name = target.fresh('queue');
    await wrangler(target, ['queues', 'create', name], target.folder);
    const [found] = itemsOf(resultOf(await target.call('GET', `/queues?name=${name}`)));
    target.deleteLater(`/queues/${String(found?.queue_id)}`);
    await wrangler(target, ['queues', 'delete', name], target.folder);
    const none = resultOf(await target.call('GET', `/queues?name=${name}`));
    expect(none ?? []).toEqual([]);
  }),
  expectation('versions upload runs nothing; versions deploy does', 'ran', async (target) => {
    const [worker, place] = await account(target, { vars: { PLACE: 'one' } });
    project(target, worker, PLAIN, { vars: { PLACE: 'two' } });
    const printed = await wrangler(target, ['versions', 'upload'], place);
    const [version = ''] = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(printed) ?? [];
    await env(target, worker, { PLACE: 'one' });
    await wrangler(target, ['versions', 'deploy', `${version}@100%`, '--yes'], place);
    await env(target, worker, { PLACE: 'two' });
  }),
  expectation('delete takes the Worker away', 'ran', async (target) => {
    const [worker, place] = await account(target);
    await wrangler(target, ['delete', '--name', worker, '--force'], place);
    const path = `/workers/scripts/${worker}/settings`;
    expectRefused(await target.call('GET', path), [404, 10007]);
  }),
];

const stores = [
  expectation('kv namespace create; key put, get, list, delete', 'ran', async (target) => {
    const title = target.fresh('kv');
    await wrangler(target, ['kv', 'namespace', 'create', title], target.folder);
    const listed = resultOf(await target.call('GET', '/storage/kv/namespaces?per_page=1000'));
    const id = String(itemsOf(listed).find((one) => one.title === title)?.id);
    target.deleteLater(`/storage/kv/namespaces/${id}`);
    const key = (...args: string[]): Promise<string> =>
      wrangler(target, ['kv', 'key', ...args, '--namespace-id', id, '--remote'], target.folder);
    await key('put', 'greeting', 'hello there');
    await target.settled('the value', async () =>
      (await key('get', 'greeting')).includes('hello there'),
    );
    expect(await key('list')).toContain('greeting');
    await key('delete', 'greeting');
  }),
  expectation('d1 create, execute, migrations apply', 'ran', async (target) => {
    const name = target.fresh('d1');
    await wrangler(target, ['d1', 'create', name], target.folder);
    const [made] = itemsOf(resultOf(await target.call('GET', `/d1/database?name=${name}`)));
    const uuid = String(made?.uuid);
    target.deleteLater(`/d1/database/${uuid}`);
    const binding = { binding: 'DB', database_name: name, database_id: uuid };
    const place = project(target, target.fresh('migrated'), PLAIN, { d1_databases: [binding] });
    mkdirSync(join(place, 'migrations'));
    writeFileSync(join(place, 'migrations/0001_made.sql'), 'CREATE TABLE made (n INTEGER);');
    await wrangler(target, ['d1', 'migrations', 'apply', name, '--remote'], place);
    const sql = 'INSERT INTO made VALUES (41); SELECT n + 1 AS answer FROM made;';
    const printed = await wrangler(
      target,
      ['d1', 'execute', name, '--remote', '--json', '--command', sql],
      place,
    );
    expect(printed).toContain('"answer": 42');
  }),
  expectation('r2 bucket create; object put, get, delete', 'ran', async (target) => {
    const bucket = target.fresh('r2');
    await wrangler(target, ['r2', 'bucket', 'create', bucket], target.folder);
    target.deleteLater(`/r2/buckets/${bucket}`);
    target.deleteLater(`/r2/buckets/${bucket}/objects/note.txt`);
    const file = join(target.folder, 'note.txt');
    writeFileSync(file, 'an object');
    const object = (...args: string[]): Promise<string> =>
      wrangler(target, ['r2', 'object', ...args, '--remote'], target.folder);
    await object('put', `${bucket}/note.txt`, '--file', file);
    const copy = join(target.folder, 'copy.txt');
    await object('get', `${bucket}/note.txt`, '--file', copy);
    expect(readFileSync(copy, 'utf8')).toBe('an object');
    await object('delete', `${bucket}/note.txt`);
  }),
];

export const wranglerFlows: Subject = {
  title: 'wrangler',
  expectations: [...namespaces, ...userWorkers, ...accountWorkers, ...stores],
};
