// The queue of a tenant: what was taken in is delivered until it is acknowledged or dead, in order to be
// redriven; nobody sends to another's.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { readBatch, readMessage } from '../../platform/src/schedules/queue-message.ts';
import { runsOf } from '../../platform/src/schedules/runs-of.ts';
import { RunWorld, WAIT } from './schedules-world.ts';

const START = '2026-06-01T10:00:00Z';
const AT = Date.parse(START);
const EMPTY = { waiting: 0, dead: 0, bytes: 0 };
const SETTINGS = { max_retries: 2, retry_delay_s: 10, max_batch_size: 10 };

async function begin(changes: Partial<typeof SETTINGS> = {}, plan = 'standard'): Promise<RunWorld> {
  const world = new RunWorld();
  await world.clock(START);
  await world.inForce({ queue: { ...SETTINGS, ...changes }, plan });
  return world;
}

const text = (value: unknown, delay_s = 0) => {
  const body = JSON.stringify(value);
  return { body, bytes: body.length, delay_s };
};

async function send(world: RunWorld, ...messages: ReturnType<typeof text>[]): Promise<string[]> {
  const sent = await world.client().send(messages);
  if (!sent.ok) throw new TypeError(sent.error.detail);
  return sent.value;
}

async function counts(world: RunWorld): Promise<unknown> {
  const read = await world.client().readRuns();
  return read.ok ? read.value.queue : read.error;
}

async function seenTimes(world: RunWorld, times: number): Promise<void> {
  await expect.poll(async () => (await world.seen()).length, WAIT).toBe(times);
}

test('a message is delivered once when it is acknowledged, and its delivery is a fact', async () => {
  const world = await begin();
  const [id] = await send(world, text('ok'));
  await world.at(START);
  await expect.poll(() => counts(world), WAIT).toEqual(EMPTY);
  expect(await world.seen()).toMatchObject([
    { kind: 'queue', body: { messages: [{ id, body: 'ok', attempts: 1 }] } },
  ]);
  expect(await world.facts()).toEqual(['schedule/in_force', 'queue/delivered']);
});

test('a message that is not acknowledged comes again, and is a dead letter at last', async () => {
  const world = await begin();
  const [id] = await send(world, text('fail'));
  for (const [round, later] of [0, 60_000, 120_000].entries()) {
    await world.at(AT + later);
    await seenTimes(world, round + 1);
    await expect.poll(() => world.inside((ledger) => ledger.isIdle()), WAIT).toBe(true);
  }
  expect(await counts(world)).toMatchObject({ waiting: 0, dead: 1 });
  const letters = await world.client().deadMessages(10);
  expect(letters).toMatchObject([{ id, attempts: 3, error: 'Error: on purpose' }]);
});

test('a dead message is delivered again under its id when it is redriven', async () => {
  const world = await begin({ max_retries: 0 });
  const [id = ''] = await send(world, text('fail'));
  await world.at(START);
  await expect.poll(() => counts(world), WAIT).toMatchObject({ waiting: 0, dead: 1 });
  expect(await world.client().redrive(id, 'operator')).toEqual({ ok: true, value: null });
  await seenTimes(world, 2);
  const ids = (await world.seen()).flatMap(({ body }) => body.messages.map((one) => one.id));
  expect(ids).toEqual([id, id]);
});

test('a message whose verdict was never written is delivered again', async () => {
  const world = await begin();
  const [id] = await send(world, text('slow'));
  await world.at(START);
  await seenTimes(world, 1);
  await world.crash();
  await world.at(AT + 60_000);
  await seenTimes(world, 2);
  await expect.poll(() => counts(world), WAIT).toEqual(EMPTY);
  const messages = (await world.seen()).flatMap(({ body }) => body.messages);
  expect(messages).toMatchObject([
    { id, attempts: 1 },
    { id, attempts: 2 },
  ]);
});

test('a message that the Worker never got costs no attempt', async () => {
  const world = await begin();
  await send(world, text('limited'));
  await world.at(START);
  await seenTimes(world, 1);
  await expect.poll(() => world.inside((ledger) => ledger.isIdle()), WAIT).toBe(true);
  await world.at(AT + 30_000);
  await seenTimes(world, 2);
  expect((await world.seen()).map(({ body }) => body.messages[0]?.attempts)).toEqual([1, 1]);
});

test('a delayed message waits', async () => {
  const world = await begin();
  await send(world, text('ok', 30));
  await world.at(AT + 29_000);
  expect(await world.seen()).toEqual([]);
  await world.at(AT + 30_000);
  await seenTimes(world, 1);
});

test('messages come in batches of the size the manifest names', async () => {
  const world = await begin({ max_batch_size: 3 });
  await send(world, ...Array.from({ length: 7 }, () => text('ok')));
  await world.at(START);
  await expect.poll(() => counts(world), WAIT).toEqual(EMPTY);
  const sizes = (await world.seen()).map(({ body }) => body.messages.length);
  expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 3, 3]);
});

test('while the tenant is suspended its queue waits, and takes messages in', async () => {
  const world = await begin();
  await world.inForce({ queue: SETTINGS, status: 'paused' });
  await send(world, text('ok'));
  await world.at(AT + 60_000);
  expect(await world.seen()).toEqual([]);
  await world.inForce({ queue: SETTINGS });
  await seenTimes(world, 1);
});

test('a full queue takes nothing in and says what the plan allows', async () => {
  const world = await begin({}, 'free');
  await world.inForce({ queue: SETTINGS, status: 'paused', plan: 'free' });
  for (let sent = 0; sent < 1_000; sent += 100) {
    await send(world, ...Array.from({ length: 100 }, () => text('ok')));
  }
  expect(await world.client().send([text('ok')])).toMatchObject({
    error: { code: 'limit_exceeded', detail: expect.stringContaining('the plan allows 1000 ') },
  });
});

test('what is gone with its tenant is gone', async () => {
  const world = await begin();
  await send(world, text('ok', 600));
  await world.inForce({ status: 'gone' });
  expect(await counts(world)).toEqual(EMPTY);
  expect(await world.client().send([text('ok')])).toMatchObject({ error: { code: 'not_found' } });
});

test('env.QUEUE sends to the queue of the tenant it was made for', async () => {
  const source = { tenant_id: 'acme', version_id: 'ver_1', plan: 'standard', schedules: [] };
  const runs = runsOf(env, 'acme');
  await runs.sync({ ...source, status: 'paused', queue: SETTINGS }, 1);
  await env.ACME_QUEUE.send({ any: 'thing' }, { delaySeconds: 5 });
  await env.ACME_QUEUE.sendBatch([{ body: 1 }, { body: null, delaySeconds: 1 }]);
  const read = await runs.readRuns();
  expect(read.ok && read.value.queue.waiting).toBe(3);
  expect(await runsOf(env, 'globex').readRuns()).toMatchObject({ ok: false });
});

test.each([
  ['no JSON', readMessage(undefined)],
  ['what JSON cannot write', readMessage({ amount: 1n })],
  ['too large a message', readMessage('x'.repeat(128 * 1024))],
  ['a delay that is none', readMessage(1, { delaySeconds: -1 })],
  ['a batch that is none', readBatch({ body: 1 })],
  ['a batch of none', readBatch([1])],
  ['too many at once', readBatch(Array.from({ length: 101 }, () => ({ body: 1 })))],
  ['too much at once', readBatch(Array.from({ length: 3 }, () => ({ body: 'x'.repeat(100_000) })))],
])('env.QUEUE refuses %s', (_, read) => {
  expect(read).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
});
