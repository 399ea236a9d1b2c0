// Whatever goes wrong between caller and tenant is one problem document, and concerns that tenant
// alone.

import { reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Breakers } from '../../dispatcher/src/breakers.ts';
import { dispatch, isWorkerFailure } from '../../dispatcher/src/dispatch.ts';
import { RateLimiter } from '../../dispatcher/src/rate-limiter.ts';
import { issuerKey, type RouteRecord, routeKey } from '../../dispatcher/src/route-record.ts';
import { ISSUER } from './tokens.ts';
import { makeWorld, putRoute, type World } from './world.ts';

let world: World;

const makeBreakers = () =>
  new Breakers({
    isFailure: isWorkerFailure,
    threshold: 3,
    restMs: 200,
    trialMs: 35_000,
    maxTenants: 100,
  });

beforeEach(async () => {
  world = await makeWorld({ wallMs: 100, breakers: makeBreakers() });
});

afterEach(() => reset());

const URL_OF_FACTS = 'https://api.test/v1/facts';

/** `faults` are the codes of what the problem points at. */
async function expectProblem(
  response: Response,
  status: number,
  code: string,
  faults: readonly string[] = [],
): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const requestId = response.headers.get('x-request-id');
  expect(response.headers.get('traceparent')).toMatch(/^00-/);
  const errors = faults.map((fault) => ({ pointer: '', code: fault }));
  expect(await response.json()).toMatchObject({ code, status, request_id: requestId, errors });
}

test.each([
  ['has no Worker', 'tenant-nothing', 503, 'worker_missing'],
  ['throws', 'tenant-crash', 502, 'worker_failed'],
  ['is cut off', 'tenant-gone', 502, 'worker_failed'],
  ['never answers, and the runtime sees it', 'tenant-hang', 504, 'worker_timeout'],
  ['answers too late', 'tenant-slow', 504, 'worker_timeout'],
  ['uses too much CPU', 'tenant-cpu', 503, 'worker_over_limit'],
  ['uses too much memory', 'tenant-memory', 503, 'worker_over_limit'],
  ['makes too many subrequests', 'tenant-subrequests', 503, 'worker_over_limit'],
])('a tenant that %s is answered for', async (_name, script, status, code) => {
  await putRoute('acme', { script });
  const response = await world.as('acme', URL_OF_FACTS);
  expect(response.headers.has('retry-after')).toBe(status === 503);
  await expectProblem(response, status, code);
});

test("a tenant's own error text never reaches the caller", async () => {
  await putRoute('acme', { script: 'tenant-crash' });
  expect(await (await world.as('acme', URL_OF_FACTS)).text()).not.toContain('secret detail');
});

test.each([
  ['tenant-five-hundred', 500, '<h1>oops</h1>'],
  ['tenant-not-found', 404, 'nope'],
])('what %s itself answers is passed on as it is', async (script, status, body) => {
  await putRoute('acme', { script });
  const response = await world.as('acme', URL_OF_FACTS);
  expect(response.status).toBe(status);
  expect(await response.text()).toBe(body);
});

test.each([
  ['throws', 'tenant-crash'],
  ['answers 500 by itself', 'tenant-five-hundred'],
  ['is over its limits', 'tenant-cpu'],
])('a tenant that %s is given a rest, and its neighbour is served', async (_name, script) => {
  await putRoute('acme', { script });
  await putRoute('globex');
  for (let i = 0; i < 3; i += 1) await (await world.as('acme', URL_OF_FACTS)).text();
  const resting = await world.as('acme', URL_OF_FACTS);
  expect(resting.headers.get('retry-after')).toBe('1');
  await expectProblem(resting, 503, 'circuit_open');
  expect((await world.as('globex', URL_OF_FACTS)).status).toBe(200);
});

test.each([
  ['refuses with 404', 'tenant-not-found', 404],
  ['is not there yet', 'tenant-nothing', 503],
])('a tenant that %s keeps its breaker closed', async (_name, script, status) => {
  await putRoute('acme', { script });
  for (let i = 0; i < 5; i += 1) await (await world.as('acme', URL_OF_FACTS)).text();
  const response = await world.as('acme', URL_OF_FACTS);
  expect(response.status).toBe(status);
  expect(await response.text()).not.toContain('circuit_open');
});

test('a tenant that recovers is served again after the rest', async () => {
  await putRoute('acme', { script: 'tenant-moody' });
  await env.ROUTES.put('moody', 'failing');
  for (let i = 0; i < 3; i += 1) await (await world.as('acme', URL_OF_FACTS)).text();
  expect((await world.as('acme', URL_OF_FACTS)).status).toBe(503);
  await env.ROUTES.put('moody', 'well');
  await scheduler.wait(200);
  expect(await (await world.as('acme', URL_OF_FACTS)).text()).toBe('good');
});

test('a suspended tenant is told so', async () => {
  await putRoute('acme', { status: 'suspended' });
  await expectProblem(await world.as('acme', URL_OF_FACTS), 403, 'tenant_suspended');
});

test('a tenant past its rate is told when to come back', async () => {
  await putRoute('acme', { rate: { limit: 1, period_s: 3600 } });
  await world.as('acme', URL_OF_FACTS);
  const response = await world.as('acme', URL_OF_FACTS);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(response.headers.get('ratelimit-policy')).toBe('"tenant";q=1;w=3600');
  expect(response.headers.get('ratelimit')).toMatch(/^"tenant";r=0;t=\d+$/);
  await expectProblem(response, 429, 'rate_limited');
});

test.each([
  ['route', () => env.ROUTES.put(routeKey('acme'), 'not json')],
  ['key set', () => env.ROUTES.put(issuerKey(ISSUER), 'not json')],
])('an unreadable %s is not the caller’s fault', async (_name, spoil) => {
  await spoil();
  const response = await world.as('acme', URL_OF_FACTS);
  expect(response.headers.get('retry-after')).toBe('1');
  await expectProblem(response, 503, 'not_ready');
});

test.each([
  ['no token', {}, 401, 'token_missing', 'Bearer'],
  [
    'a bad token',
    { authorization: 'Bearer x' },
    401,
    'token_invalid',
    'Bearer error="invalid_token"',
  ],
])('%s is refused with a challenge', async (_name, headers, status, code, challenge) => {
  const response = await world.fetch(new Request(URL_OF_FACTS, { headers }));
  expect(response.headers.get('www-authenticate')).toBe(challenge);
  await expectProblem(response, status, code);
});

test.each([
  ['a long URL', () => new Request(`${URL_OF_FACTS}?q=${'x'.repeat(8_192)}`), 414, 'uri_too_long'],
  [
    'large headers',
    () => new Request(URL_OF_FACTS, { headers: { a: 'x'.repeat(25_000) } }),
    431,
    'headers_too_large',
  ],
  [
    'an unknown method',
    () => new Request(URL_OF_FACTS, { method: 'PROPFIND' }),
    405,
    'method_not_allowed',
  ],
  [
    'a declared length past 1 MiB',
    () =>
      new Request(URL_OF_FACTS, {
        method: 'POST',
        body: 'x',
        headers: { 'content-length': '1048577' },
      }),
    413,
    'payload_too_large',
    ['too_large'],
  ],
])(
  '%s is refused before the token is looked at',
  async (_name, make, status, code, faults = []) => {
    await expectProblem(await world.fetch(make()), status, code, faults);
  },
);

test('a 405 says what is allowed', async () => {
  const response = await world.fetch(new Request(URL_OF_FACTS, { method: 'PROPFIND' }));
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
});

test('a body past 1 MiB of undeclared length is refused and never reaches the tenant', async () => {
  await putRoute('acme');
  const chunk = new Uint8Array(64 * 1024);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      controller.enqueue(chunk);
    },
  });
  const response = await world.as('acme', URL_OF_FACTS, { method: 'POST', body });
  await expectProblem(response, 413, 'payload_too_large', ['too_large']);
  expect(world.dispatched).toEqual([]);
  expect(sent).toBeLessThan(32);
});

test('a bug of our own is an internal problem without a word about itself', async () => {
  const broken = await makeWorld({
    rateLimiter: new (class extends RateLimiter {
      override take(): never {
        throw new TypeError('private words');
      }
    })({ binding: env.WIDE_RATE_LIMITER }),
  });
  await putRoute('acme');
  const response = await broken.as('acme', URL_OF_FACTS);
  expect(await response.clone().text()).not.toContain('private words');
  await expectProblem(response, 500, 'internal');
});

test('a caller who leaves ends the request to the tenant', async () => {
  const route = { script: 'tenant-slow', tenant_id: 'acme', limits: { cpu_ms: 1, subrequests: 1 } };
  const caller = new AbortController();
  const bindings: Record<string, unknown> = { ...env };
  // A binding made by the config of this very folder.
  const worker = bindings['TENANT_slow'] as Fetcher;
  const work = dispatch(
    { get: () => worker },
    (signal) => new Request(URL_OF_FACTS, { signal }),
    // `dispatch` reads the script, the tenant and the limits only.
    { route: route as RouteRecord, wallMs: 30_000, callerSignal: caller.signal },
  );
  caller.abort();
  await expect(work).rejects.toThrow(/abort/i);
});
