// An account Worker's code is tried before it is accepted: what does not start is refused with the
// runtime's own words, the version before goes on, and no neighbour notices.
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCloud, type TestCloud, type Upload, until, upload } from './test-cloud.ts';

const answering = (text: string): string =>
  `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

let running: TestCloud;
beforeAll(async () => {
  running = await openCloud();
  await upload(running, '', 'steady', { code: answering('the version before') });
  await upload(running, '', 'neighbour', { code: answering('the neighbour') });
  await running.cloud.ready();
});
afterAll(() => running.close());

const askFor = async (script: string): Promise<string> =>
  (await fetch(running.cloud.workerUrl(script))).text();

function failure(code: number, message: unknown): object {
  return { status: 400, errors: [expect.objectContaining({ code, message })] };
}

const refused = async (script: string, given: Upload): Promise<unknown> =>
  upload(running, '', script, given).then(
    () => 'accepted',
    (error: unknown) => error,
  );

const durable = { migrations: { new_tag: 'v1', new_sqlite_classes: ['Missing'] } };
const workflow = {
  bindings: [{ type: 'workflow', name: 'JOBS', workflow_name: 'jobs', class_name: 'Missing' }],
};

const BROKEN: [string, Upload, number, unknown][] = [
  [
    'a syntax error',
    { code: 'export default { fetch( }' },
    10021,
    expect.stringContaining('SyntaxError'),
  ],
  [
    'an import of what is not there',
    { code: `import x from './gone.js'; ${answering('never')}` },
    10021,
    expect.stringContaining('No such module'),
  ],
  [
    'code that throws as it starts',
    { code: `throw new RangeError('not today'); ${answering('never')}` },
    10021,
    expect.stringContaining('RangeError: not today'),
  ],
  [
    'code that throws after it looked at its resources',
    {
      code: `import { env } from 'cloudflare:workers'; if (env.TEXT === 'as it is') throw new Error(env.LIST[1]); ${answering('never')}`,
      metadata: {
        bindings: [
          { type: 'plain_text', name: 'TEXT', text: 'as it is' },
          { type: 'json', name: 'LIST', json: ['a', 'second of the list'] },
        ],
      },
    },
    10021,
    expect.stringContaining('second of the list'),
  ],
  [
    'an await that never ends',
    { code: `await new Promise(() => {}); ${answering('never')}` },
    10021,
    expect.any(String),
  ],
  [
    'a loop that never ends',
    { code: `for (;;) {}; ${answering('never')}` },
    10021,
    expect.any(String),
  ],
  [
    'a compatibility flag that nobody knows',
    { code: answering('never'), metadata: { compatibility_flags: ['no_such_flag'] } },
    10021,
    expect.stringContaining('no_such_flag'),
  ],
  [
    'a Durable Object class that the code does not export',
    { code: answering('never'), metadata: durable },
    10070,
    expect.stringContaining("'Missing'"),
  ],
  [
    'a Workflow that the code does not export',
    { code: answering('never'), metadata: workflow },
    10061,
    expect.stringContaining("'Missing'"),
  ],
];

test.each(BROKEN)('%s is refused', { timeout: 60_000 }, async (_what, given, code, message) => {
  expect(await refused('steady', given)).toMatchObject(failure(code, message));
  await running.cloud.ready();
  expect([await askFor('steady'), await askFor('neighbour')]).toEqual([
    'the version before',
    'the neighbour',
  ]);
});

test('a refused newcomer is not there', async () => {
  const given = { code: 'export default { fetch( }' };
  expect(await refused('newcomer', given)).toMatchObject(failure(10021, expect.any(String)));
  const listed = await running.client.workers.scripts.list(running.account);
  expect(listed.result.map(({ id }) => id)).not.toContain('newcomer');
});

test('what code does with its resources while it starts does not fail the trial', async () => {
  const { client, account } = running;
  const { namespaces } = client.workersForPlatforms.dispatch;
  await namespaces.create({ ...account, name: 'customers' });
  const kv = await client.kv.namespaces.create({ ...account, title: 'settings' });
  const d1 = await client.d1.database.create({ ...account, name: 'rows' });
  await client.r2.buckets.create({ ...account, name: 'files' });
  await client.queues.create({ ...account, queue_name: 'jobs' });
  const code = `
    import { DurableObject, env, WorkflowEntrypoint } from 'cloudflare:workers';
    export class Counter extends DurableObject {}
    export class Job extends WorkflowEntrypoint {}
    const select = env.ROWS.prepare('SELECT 1').bind(1);
    const object = env.COUNTER.idFromName('the one');
    const tenant = env.DISPATCHER.get('tenant');
    const { get } = env.SETTINGS;
    if (!env.FILES || !env.JOBS || !env.POINTS || !env.FLOW || !env.LIMITER) throw new Error('gone');
    const texts = \`\${env.KEY} \${String(env.SETTINGS).length > 0}\`;
    const limiter = env.LIMITER.limit;
    const { fetch: ask } = env.NEIGHBOUR;
    export default { fetch: () => new Response(texts) };`;
  const bindings = [
    { type: 'secret_text', name: 'KEY', text: 'hush' },
    { type: 'kv_namespace', name: 'SETTINGS', namespace_id: kv.id },
    { type: 'd1', name: 'ROWS', id: d1.uuid },
    { type: 'r2_bucket', name: 'FILES', bucket_name: 'files' },
    { type: 'queue', name: 'JOBS', queue_name: 'jobs' },
    { type: 'analytics_engine', name: 'POINTS', dataset: 'points' },
    { type: 'ratelimit', name: 'LIMITER', namespace_id: '1', simple: { limit: 10, period: 10 } },
    { type: 'dispatch_namespace', name: 'DISPATCHER', namespace: 'customers' },
    { type: 'service', name: 'NEIGHBOUR', service: 'neighbour' },
    { type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' },
    { type: 'workflow', name: 'FLOW', workflow_name: 'flow', class_name: 'Job' },
  ];
  const migrations = { new_tag: 'v1', new_sqlite_classes: ['Counter'] };
  await upload(running, '', 'everything', { code, metadata: { bindings, migrations } });
  await running.cloud.ready();
  expect(await askFor('everything')).toBe('hush true');
});

test('a Worker whose address is taken is said on stderr, and the others go on as before', {
  timeout: 60_000,
}, async () => {
  const port = Number(new URL(running.cloud.workerUrl('unlucky')).port);
  const squatter = createServer();
  await new Promise<void>((done) => squatter.listen(port, '127.0.0.1', done));
  await upload(running, '', 'unlucky', { code: answering('late') });
  await until('a line that says so', () =>
    running.reported.find((line) => line.includes('account Workers')),
  );
  await until(
    'the others',
    async () => (await askFor('steady').catch(() => '')) === 'the version before',
  );
  await new Promise((done) => squatter.close(done));
  await upload(running, '', 'unlucky', { code: answering('at last') });
  await running.cloud.ready();
  expect([await askFor('unlucky'), await askFor('neighbour')]).toEqual([
    'at last',
    'the neighbour',
  ]);
});
