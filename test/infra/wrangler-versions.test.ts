// The pinned `wrangler` on an account Worker's life: secrets, versions, deployments, rollback, delete,
// and what it is told about assets, crons and routes, which are not offered.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCloud, type TestCloud, upload } from './test-cloud.ts';
import { WRANGLER_LIMIT_MS, type WranglerClient, wranglerClient } from './wrangler-client.ts';

let running: TestCloud;
let wrangler: WranglerClient;

beforeAll(async () => {
  running = await openCloud();
  wrangler = wranglerClient(running);
  const { namespaces } = running.client.workersForPlatforms.dispatch;
  await namespaces.create({ ...running.account, name: 'customers' });
});

afterAll(async () => {
  wrangler.close();
  await running.close();
});

const timeout = WRANGLER_LIMIT_MS;
const tells = (what: string): string =>
  `export default { fetch: (_request, env) => Response.json({ what: '${what}', ...env }) };`;

const answer = async (name: string): Promise<unknown> => {
  await running.cloud.ready();
  return (await fetch(running.cloud.workerUrl(name))).json();
};

test('secrets are put, listed by name, changed many at once, and deleted', {
  timeout,
}, async () => {
  const place = wrangler.project('vault', tells('vault'), { vars: { VAR: 'v' } });
  const secret = (...args: string[]): Promise<string> => wrangler.done(['secret', ...args], place);
  await wrangler.done(['deploy'], place);
  await wrangler.done(['secret', 'put', 'ONE'], place, 'hush-one');
  const many = join(place, 'many.json');
  writeFileSync(many, '{"TWO":"hush-two","THREE":"hush-three"}');
  await secret('bulk', many);
  await secret('delete', 'THREE');
  const listed = await secret('list');
  expect(JSON.parse(listed)).toEqual([
    { name: 'ONE', type: 'secret_text' },
    { name: 'TWO', type: 'secret_text' },
  ]);
  expect(await answer('vault')).toEqual({
    what: 'vault',
    VAR: 'v',
    ONE: 'hush-one',
    TWO: 'hush-two',
  });
  const taken = await wrangler.run(['secret', 'put', 'VAR'], place, 'x');
  expect(taken.output).toContain('10053');
});

test('a version waits until it is deployed, and the one before comes back by rollback', {
  timeout,
}, async () => {
  const place = wrangler.project('history', tells('one'));
  await wrangler.done(['deploy'], place);
  wrangler.project('history', tells('two'));
  const uploaded = await wrangler.done(
    ['versions', 'upload', '--tag', 'second', '--message', 'more of it'],
    place,
  );
  const [, id = ''] = /Version ID: ([0-9a-f-]{36})/.exec(uploaded) ?? [];
  expect(await answer('history')).toEqual({ what: 'one' });
  const list = await wrangler.done(['versions', 'list'], place);
  expect(list).toContain(id);
  expect(list).toContain('more of it');
  const shown = await wrangler.done(['versions', 'view', id], place);
  expect(shown).toContain('second');
  const early = await wrangler.run(['secret', 'put', 'KEY'], place, 'hush');
  expect(early.ok).toBe(false);
  expect(early.output).toContain("isn't currently deployed");
  await wrangler.done(['versions', 'deploy', `${id}@100%`, '-y'], place);
  expect(await answer('history')).toEqual({ what: 'two' });
  expect(await wrangler.done(['deployments', 'status'], place)).toContain(id);
  await wrangler.done(['rollback', '-y', '--message', 'back'], place);
  expect(await answer('history')).toEqual({ what: 'one' });
  expect(await wrangler.done(['deployments', 'list'], place)).toContain('back');
  const [, first = ''] = /Version ID:\s+([0-9a-f-]{36})/.exec(list) ?? [];
  const both = ['versions', 'deploy', `${id}@50%`, `${first}@50%`, '-y'];
  const halves = await wrangler.refused(both, place);
  expect(halves).toContain('Gradual deployments are not offered');
});

test('a secret can go into a version that waits', { timeout }, async () => {
  const place = wrangler.project('brief', tells('brief'));
  await wrangler.done(['deploy'], place);
  const put = await wrangler.done(['versions', 'secret', 'put', 'LATER'], place, 'hush');
  const [, id = ''] = /version ([0-9a-f-]{36})/.exec(put) ?? [];
  expect(await answer('brief')).toEqual({ what: 'brief' });
  await wrangler.done(['versions', 'deploy', `${id}@100%`, '-y'], place);
  expect(await answer('brief')).toEqual({ what: 'brief', LATER: 'hush' });
});

test('a delete names who uses the Worker; afterwards it is gone, and its user still answers', {
  timeout,
}, async () => {
  const place = wrangler.project('used', tells('used'));
  await wrangler.done(['deploy'], place);
  await upload(running, '', 'depends', {
    code: 'export default { fetch: () => Response.json("here") };',
    metadata: { bindings: [{ type: 'service', name: 'USED', service: 'used' }] },
  });
  expect(await wrangler.done(['delete'], place)).toContain('depends');
  expect(await wrangler.refused(['deployments', 'list'], place)).toContain('10007');
  expect(await answer('depends')).toBe('here');
});

test.each([
  ['assets of an account Worker', { assets: { directory: 'public' } }, [], 'assets are not served'],
  [
    'assets of a user Worker',
    { assets: { directory: 'public' } },
    ['--dispatch-namespace', 'customers'],
    'assets are not served',
  ],
  ['crons', { triggers: { crons: ['* * * * *'] } }, [], 'Cron triggers do not run'],
  ['routes', { routes: ['example.com/*'] }, [], 'routes and custom domains are not offered'],
  ['tail consumers', { tail_consumers: [{ service: 'history' }] }, [], 'tail_consumers'],
])('a deploy with %s fails and says why', { timeout }, async (what, config, args, words) => {
  const place = wrangler.project(what.toLowerCase().replaceAll(' ', '-'), tells('x'), config);
  mkdirSync(join(place, 'public'), { recursive: true });
  writeFileSync(join(place, 'public/index.html'), 'hello');
  expect(await wrangler.refused(['deploy', ...args], place)).toContain(words);
});

test('nothing that wrangler asked for was unknown', () => {
  expect(running.reported).toEqual([]);
});
