// What the dispatcher tells the platform of the requests it answered: through the real queue, exact,
// and at nobody's cost when the queue is away.
import { createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type RequestCountsMessage,
  requestCountsSchema,
} from '../../dispatcher/src/request-counts.ts';
import { type CountsQueue, RequestReporter } from '../../dispatcher/src/request-reporter.ts';
import { RequestTally } from '../../dispatcher/src/request-tally.ts';
import { makeWorld, putRoute, requestAs, type World } from './world.ts';

const URL_OF_FACTS = 'https://api.test/v1/facts';
/** Long enough for a window to see all requests of a test, short enough to wait for. */
const WINDOW_MS = 200;

let tenant: string;

beforeEach(async () => {
  // What other tests count goes to the same consumer.
  tenant = `t-${crypto.randomUUID().slice(0, 8)}`;
  await putRoute(tenant);
});

afterEach(() => reset());

async function received(): Promise<RequestCountsMessage[]> {
  const response = await env.RECEIVED.fetch('https://metrics.test');
  return requestCountsSchema.array().parse(await response.json());
}

/** The distinct messages that tell of this test's tenant, once they tell of `requests` of it. */
async function messagesWith(requests: number): Promise<RequestCountsMessage[]> {
  const told = async (): Promise<RequestCountsMessage[]> => {
    const mine = (await received()).filter(({ tenants }) => tenants[tenant] !== undefined);
    const distinct = [...new Map(mine.map((message) => [message.id, message])).values()];
    const counts = distinct.map(({ tenants }) => tenants[tenant]?.requests ?? 0);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(requests);
    return distinct;
  };
  return vi.waitFor(told, { timeout: 15_000 });
}

async function countsWith(requests: number) {
  const tally = new RequestTally();
  for (const { tenants } of await messagesWith(requests)) tally.merge(tenants);
  return tally.take()[tenant];
}

const worldWith = (queue: CountsQueue, windowMs = WINDOW_MS): Promise<World> =>
  makeWorld({ reporter: new RequestReporter({ queue, windowMs }) });

test('the requests of a window are one message with exact sums', async () => {
  const world = await worldWith(env.METRICS);
  await putRoute(tenant, { script: 'tenant-problem' });
  const before = Date.now();
  await Promise.all([
    world.as(tenant, 'https://api.test/v1/entities/acct_1/what_broke'),
    world.as(tenant, 'https://api.test/x/anything/what_broke'),
    world.as(tenant, 'https://api.test/v1/facts/Not-A-Code'),
    world.as(tenant, 'https://api.test/x/invariant_violated', { method: 'POST', body: '{}' }),
    world.as(tenant, 'https://api.test/x/invariant_violated', { method: 'POST', body: '{}' }),
    world.as(tenant, 'https://globex.z0.test/v1/facts'),
  ]);
  const [message, ...more] = await messagesWith(6);
  expect(more).toEqual([]);
  const counts = message?.tenants[tenant];
  expect(counts).toMatchObject({ requests: 6, writes: 0, refusals: 3, errors: 3 });
  // What was refused before the tenant's Worker was asked is nothing that it did.
  expect(counts?.worker).toEqual({ answered: 2, failed: 3 });
  expect(counts?.groups.toSorted((a, b) => a.code.localeCompare(b.code))).toEqual([
    { code: 'http_500', route: 'other', status: 500, count: 1 },
    { code: 'invariant_violated', route: '/x/*', status: 422, count: 2 },
    { code: 'not_found', route: '/v1/facts', status: 404, count: 1 },
    { code: 'what_broke', route: 'other', status: 500, count: 1 },
    { code: 'what_broke', route: '/x/*', status: 500, count: 1 },
  ]);
  expect(message?.start).toBeGreaterThanOrEqual(before);
  expect(message?.end).toBeLessThanOrEqual(Date.now());
});

test('the name that a tenant’s Worker gives its problem never reaches the caller', async () => {
  const world = await makeWorld();
  await putRoute(tenant, { script: 'tenant-problem' });
  const response = await world.as(tenant, 'https://api.test/v1/what_broke');
  expect(response.status).toBe(500);
  expect(response.headers.has('x-z0-error')).toBe(false);
});

test('a tenant’s Worker failed what it threw at, and not what no code of the tenant’s could answer', async () => {
  const world = await worldWith(env.METRICS);
  await putRoute(tenant, { script: 'tenant-problem' });
  for (const problem of ['storage_full', 'not_ready', 'internal']) {
    expect((await world.as(tenant, `https://api.test/v1/facts/${problem}`)).status).toBe(500);
  }
  expect((await countsWith(3))?.worker).toEqual({ answered: 2, failed: 1 });
});

test('writes are told from reads, and what was refused before its tenant was known is nobody’s', async () => {
  const world = await worldWith(env.METRICS);
  await Promise.all([
    world.as(tenant, URL_OF_FACTS),
    world.as(tenant, URL_OF_FACTS, { method: 'POST', body: '{}' }),
    world.fetch(new Request(`${URL_OF_FACTS}/batch`, { method: 'POST', body: '{}' })),
  ]);
  const [message] = await messagesWith(2);
  expect(message?.tenants[tenant]).toMatchObject({ requests: 2, writes: 1, refusals: 0 });
  expect(message?.tenants['']?.groups).toContainEqual({
    code: 'token_missing',
    route: '/v1/facts/batch',
    status: 401,
    count: 1,
  });
});

test('a probe of the dispatcher’s health is nobody’s request, and starts nothing in the background', async () => {
  const world = await makeWorld();
  const works: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => works.push(work) };
  const response = await world.handle(new Request('https://api.test/healthz'), context);
  expect(response.status).toBe(200);
  expect(works).toEqual([]);
});

test('a queue that never answers delays no request', async () => {
  const world = await worldWith(env.METRICS_HANGING, 0);
  for (let i = 0; i < 5; i += 1) {
    const works: Promise<unknown>[] = [];
    const context = { waitUntil: (work: Promise<unknown>) => works.push(work) };
    const response = await world.handle(await requestAs(world.key, tenant, URL_OF_FACTS), context);
    expect(response.status).toBe(200);
    // The window of this request is on its way to the queue, and stays there.
    const ended = Promise.race([works[0], scheduler.wait(20).then(() => 'still there')]);
    expect(await ended).toBe('still there');
  }
});

test('a queue that fails fails no request, and its counts come with the next window', async () => {
  let isAway = true;
  const send = (message: RequestCountsMessage) =>
    (isAway ? env.METRICS_BROKEN : env.METRICS).send(message);
  const world = await worldWith({ send }, 0);
  for (let i = 0; i < 3; i += 1) {
    expect((await world.as(tenant, URL_OF_FACTS, { method: 'POST', body: '{}' })).status).toBe(200);
  }
  isAway = false;
  expect((await world.as(tenant, URL_OF_FACTS)).status).toBe(200);
  expect(await countsWith(4)).toMatchObject({ requests: 4, writes: 3, refusals: 0, errors: 0 });
});

test('a send that failed after all had arrived is repeated under its id', async () => {
  let isCutOff = true;
  const send = async (message: RequestCountsMessage): Promise<void> => {
    await env.METRICS.send(message);
    if (isCutOff) await env.METRICS_BROKEN.send(message);
  };
  const world = await worldWith({ send }, 0);
  await world.as(tenant, URL_OF_FACTS);
  isCutOff = false;
  await world.as(tenant, URL_OF_FACTS);
  await messagesWith(2);
  const mine = (await received()).filter(({ tenants }) => tenants[tenant] !== undefined);
  expect(mine).toHaveLength(3);
  expect(new Set(mine.map(({ id }) => id)).size).toBe(2);
});

test('a long outage of the queue costs no count, and the isolate keeps a bounded number of messages', async () => {
  let isAway = true;
  let sent = 0;
  const send = (message: RequestCountsMessage) => {
    if (isAway) return env.METRICS_BROKEN.send(message);
    sent += 1;
    return env.METRICS.send(message);
  };
  const reporter = new RequestReporter({ queue: { send }, windowMs: 0 });
  const count = async (): Promise<void> => {
    const context = createExecutionContext();
    const answered = { tenantId: tenant, method: 'GET', status: 404, code: 'not_found', ms: 1 };
    reporter.count({ ...answered, route: 'other' }, context);
    await waitOnExecutionContext(context);
  };
  for (let i = 0; i < 50; i += 1) await count();
  isAway = false;
  await count();
  expect(await countsWith(51)).toMatchObject({
    requests: 51,
    refusals: 51,
    groups: [{ count: 51 }],
  });
  expect(sent).toBe(21);
});

test('a window whose background work was ended by the runtime is sent by a later request', () => {
  let now = 1_000_000;
  const works: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => works.push(work) };
  // Longer than the test: its window is never sent, as if the runtime had ended it.
  const reporter = new RequestReporter({ queue: env.METRICS, windowMs: 20_000, now: () => now });
  const count = (): void => {
    const answered = { tenantId: tenant, method: 'GET', status: 200, code: 'ok', ms: 1 };
    reporter.count({ ...answered, route: 'other' }, context);
  };
  count();
  now += 29_999;
  count();
  expect(works).toHaveLength(1);
  now += 1;
  count();
  expect(works).toHaveLength(2);
});

test('a caller who leaves is counted as gone, and not as an error of the tenant', async () => {
  const world = await makeWorld();
  await putRoute(tenant, { script: 'tenant-slow' });
  const caller = new AbortController();
  const request = await requestAs(world.key, tenant, URL_OF_FACTS, { signal: caller.signal });
  const context = createExecutionContext();
  const answer = world.handle(request, context);
  await vi.waitFor(() => expect(world.dispatched).toHaveLength(1), { timeout: 15_000 });
  caller.abort();
  await answer;
  await waitOnExecutionContext(context);
  expect(await countsWith(1)).toMatchObject({
    errors: 0,
    groups: [{ code: 'caller_gone', route: '/v1/facts', status: 499, count: 1 }],
  });
});
