// Schedules and the queue of a tenant's code: what a manifest may say of them, and handlers that are
// found and started in a composed Worker on the real runtime, by nobody but the platform.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  checkHandlers,
  checkScheduleCount,
  composeArtefact,
  contentHashOf,
  parseManifest,
  uploadUserWorker,
  type WorkerManifest,
} from '../../provisioning/src/index.ts';
import { MANIFEST } from './custom-samples.ts';
import { api, closeWorld, openWorld, parts, place, SETTINGS, send } from './custom-world.ts';

const NIGHTLY = { name: 'nightly', cron: '0 3 * * *', time_zone: 'Europe/Berlin' };

test('schedules and a queue with all they can say are taken as they are', () => {
  const schedules = [
    { ...NIGHTLY, on_missed: 'all', data: { of: ['night'] } },
    { name: 'often', cron: '*/5 8-18 * * MON-FRI' },
  ];
  const queue = { max_retries: 3, retry_delay_s: 10, max_batch_size: 5 };
  const manifest = { ...MANIFEST, schedules, queue };
  expect(parseManifest(manifest)).toEqual({ ok: true, value: manifest });
  expect(parseManifest({ ...MANIFEST, schedules: [], queue: {} })).toMatchObject({ ok: true });
});

const bad = (changes: object) => ({ schedules: [{ ...NIGHTLY, ...changes }] });

test.each<[string, object, string]>([
  ['schedules that are no list', { schedules: {} }, '/schedules'],
  ['a name with capitals', bad({ name: 'Nightly' }), '/schedules/0/name'],
  ['a name that is there twice', { schedules: [NIGHTLY, NIGHTLY] }, '/schedules/1/name'],
  ['a minute that is none', bad({ cron: '99 * * * *' }), '/schedules/0/cron'],
  ['a nickname', bad({ cron: '@daily' }), '/schedules/0/cron'],
  ['seconds', bad({ cron: '* * * * * *' }), '/schedules/0/cron'],
  ['a day that never comes', bad({ cron: '0 0 31 2 *' }), '/schedules/0/cron'],
  ['a zone nobody knows', bad({ time_zone: 'Mars/Olympus' }), '/schedules/0/time_zone'],
  ['an offset for a zone', bad({ time_zone: '+02:00' }), '/schedules/0/time_zone'],
  ['a policy that is none', bad({ on_missed: 'never' }), '/schedules/0/on_missed'],
  ['too much data', bad({ data: 'x'.repeat(5_000) }), '/schedules/0/data'],
  ['a field nobody knows', bad({ every: 1 }), '/schedules/0'],
  [
    'more than a version may have',
    { schedules: Array.from({ length: 201 }, () => NIGHTLY) },
    '/schedules',
  ],
  ['a queue that is no object', { queue: true }, '/queue'],
  ['fewer retries than none', { queue: { max_retries: -1 } }, '/queue/max_retries'],
  ['too large a batch', { queue: { max_batch_size: 101 } }, '/queue/max_batch_size'],
  ['a var named like the binding', { vars: { QUEUE: 'mine' } }, '/vars/QUEUE'],
])('a manifest with %s is refused there', (_, changes, pointer) => {
  const parsed = parseManifest({ ...MANIFEST, ...changes });
  const found = parsed.ok ? [] : parsed.findings.map((one) => one.pointer);
  expect(found).toContain(`/manifest${pointer}`);
});

test('what the manifest wants run needs its handler, and a plan that allows it', () => {
  const manifest = { ...MANIFEST, schedules: [NIGHTLY], queue: {} };
  expect(checkHandlers({ has_scheduled: true, has_queue: true }, manifest)).toEqual([]);
  expect(checkHandlers({ has_scheduled: false, has_queue: false }, MANIFEST)).toEqual([]);
  expect(checkHandlers({ has_scheduled: false, has_queue: false }, manifest)).toMatchObject([
    { code: 'handler_missing', pointer: '/manifest/schedules' },
    { code: 'handler_missing', pointer: '/manifest/queue' },
  ]);
  expect(checkScheduleCount(manifest, { most: 1, plan: 'free' })).toEqual([]);
  expect(checkScheduleCount(manifest, { most: 0, plan: 'free' })).toMatchObject([
    { code: 'too_many_schedules', pointer: '/manifest/schedules' },
  ]);
});

test('other schedules or another queue are another version, and none are what there was before', async () => {
  const hash = (changes: Partial<WorkerManifest>) => contentHashOf({ ...MANIFEST, ...changes }, []);
  const none = await hash({});
  expect(await hash({ schedules: [] })).toBe(none);
  const others = [{ schedules: [NIGHTLY] }, { queue: {} }, { queue: { max_retries: 1 } }];
  const hashes = await Promise.all(others.map(hash));
  expect(new Set([none, ...hashes]).size).toBe(4);
});

const LEDGER = `import { EntityLedger } from '@z0-app/sdk';
export class TaskLedger extends EntityLedger { static idPrefix = 'task'; }
`;
const OBJECT = `${LEDGER}export default {
  async scheduled(event, env, ctx) {
    if (event.data === 'tell') throw new Error(JSON.stringify({ ...event, ctx: typeof ctx.waitUntil, env: env.TENANT_ID }));
    if (event.data === 'final') { event.noRetry(); throw new TypeError('for good'); }
  },
  async queue(batch) {
    for (const message of batch.messages) message.body.ok ? message.ack() : message.retry({ delaySeconds: 9 });
    if (batch.messages.length > 2) throw new TypeError('too many');
  },
};`;
const ENTRYPOINT = `import { WorkerEntrypoint } from 'cloudflare:workers';
${LEDGER}export default class extends WorkerEntrypoint {
  async scheduled(event) { throw new Error(this.env.TENANT_ID + ' ' + event.cron); }
}`;
const PLATFORM = 'ledger:write platform:run';
const CLASSES = [
  { name: 'TaskLedger', kind: 'entity', type: 'task', prefix: 'task', from: 'custom' },
  { name: 'AccountLedger', kind: 'entity', type: 'account', prefix: 'acct', from: 'template' },
  { name: 'TenantSystemLedger', kind: 'tenant_system', type: '', prefix: '', from: 'template' },
] as const;

beforeAll(async () => {
  await openWorld();
  for (const [tenantId, content] of [
    ['object', OBJECT],
    ['entry', ENTRYPOINT],
  ] as const) {
    const modules = [{ name: 'ledgers.js', content }];
    const manifest = { main_module: 'ledgers.js', queue: {} };
    const artefact = composeArtefact(parts, manifest, modules, CLASSES, { classes: [] });
    expect(artefact.queue).toBe(true);
    const target = { ...place(), tenantId };
    expect(await uploadUserWorker(api, target, artefact, SETTINGS)).toMatchObject({ ok: true });
  }
});

afterAll(closeWorld);

async function start(
  tenantId: string,
  path: string,
  body: unknown,
  scope = PLATFORM,
): Promise<{ status: number; body: unknown }> {
  const response = await send(`tenant-${tenantId}`, path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      'x-z0-tenant-id': tenantId,
      'x-z0-principal': 'z0-runs',
      'x-z0-scope': scope,
    },
  });
  return { status: response.status, body: JSON.parse((await response.text()) || '{}') };
}

const run = (data: unknown) => {
  const what = { run_id: 'run_nightly_1', schedule: 'nightly', cron: '0 3 * * *' };
  return { ...what, scheduled_time: 1_790_000_000_000, attempt: 2, data };
};

test('a run gets Cloudflare’s own event, and which run it is', async () => {
  const { status, body } = await start('object', '/internal/scheduled', run('tell'));
  expect(status).toBe(200);
  const { error } = body as { error: string };
  expect(JSON.parse(error.replace('Error: ', ''))).toEqual({
    type: 'scheduled',
    scheduledTime: 1_790_000_000_000,
    cron: '0 3 * * *',
    runId: 'run_nightly_1',
    schedule: 'nightly',
    attempt: 2,
    data: 'tell',
    ctx: 'function',
    env: 'object',
  });
});

test('what the handler said and threw is told, as data', async () => {
  const path = '/internal/scheduled';
  expect((await start('object', path, run(null))).body).toEqual({ error: null, no_retry: false });
  expect((await start('object', path, run('final'))).body).toEqual({
    error: 'TypeError: for good',
    no_retry: true,
  });
  expect((await start('entry', path, run(null))).body).toEqual({
    error: 'Error: entry 0 3 * * *',
    no_retry: false,
  });
});

test('a batch goes to the queue handler, and each message has its verdict', async () => {
  const message = (id: string, ok: boolean) => ({ id, timestamp: 1, attempts: 1, body: { ok } });
  const batch = (...messages: object[]) => ({ queue: 'tenant', batch_id: 'b', messages });
  const path = '/internal/queue';
  const mixed = await start('object', path, batch(message('a', true), message('b', false)));
  expect(mixed.body).toEqual({
    error: null,
    messages: [
      { id: 'a', action: 'ack' },
      { id: 'b', action: 'retry', delay_s: 9 },
    ],
  });
  const all = ['a', 'b', 'c'].map((id) => message(id, true));
  expect((await start('object', path, batch(...all))).body).toMatchObject({
    error: 'TypeError: too many',
    messages: [{ action: 'ack' }, { action: 'ack' }, { action: 'ack' }],
  });
});

test.each([
  ['object', '/internal/scheduled', 'ledger:read ledger:write'],
  ['object', '/internal/queue', ''],
  ['object', '/internal/queue', 'platform:running'],
  ['object', '/internal/nothing', PLATFORM],
  ['entry', '/internal/queue', PLATFORM],
])('%s %s with scope %j is not there', async (tenantId, path, scope) => {
  expect(await start(tenantId, path, run(null), scope)).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
});
