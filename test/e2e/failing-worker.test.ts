// A tenant's Worker that is missing, hangs, crashes or runs wild becomes a problem answer for that
// tenant alone.
import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  asOperator,
  asTenant,
  codeOf,
  objectOf,
  onboard,
  sharedState,
  type TenantCall,
} from './client.ts';

const HOSTILE = `
import { DurableObject } from 'cloudflare:workers';
// What is deployed depends on these classes; their objects stay.
export class AccountLedger extends DurableObject {}
export class TenantSystemLedger extends DurableObject {}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === '/v1/loop') for (;;) {}
    if (pathname === '/v1/microtasks') { const spin = () => Promise.resolve().then(spin); await spin(); }
    if (pathname === '/v1/heap') { const all = []; for (;;) all.push(new Array(10000).fill({})); }
    if (pathname === '/v1/throw') throw new Error('deliberate');
    if (pathname === '/v1/env') return Response.json(Object.keys(env).toSorted());
    if (pathname === '/v1/egress') {
      try { return Response.json({ status: (await fetch(request.headers.get('x-target'))).status }); }
      catch (error) { return Response.json({ refused: String(error) }); }
    }
    if (pathname === '/v1/report') {
      return Response.json(await env.PLATFORM.reportStats(await request.json(), { tenant_id: 'acme' }));
    }
    return new Response('fine', { headers: { 'x-z0-principal': 'root', 'set-cookie': 'z0_session=x' } });
  },
};`;

let hostile: TenantCall;
let neighbour: TenantCall;

async function upload(tenant: string, code: string): Promise<void> {
  const state = sharedState();
  const scripts = `/accounts/${state.account_id}/workers/dispatch/namespaces/${state.dispatch_namespace}/scripts`;
  const metadata = {
    main_module: 'index.js',
    compatibility_date: '2026-10-01',
    bindings: [
      { type: 'plain_text', name: 'TENANT_ID', text: tenant },
      {
        type: 'service',
        name: 'PLATFORM',
        service: 'z0-platform',
        entrypoint: 'TenantGateway',
        props: { tenant_id: tenant },
      },
    ],
  };
  const form = new FormData();
  form.set('metadata', JSON.stringify(metadata));
  form.set(
    'index.js',
    new File([code], 'index.js', { type: 'application/javascript+module' }),
    'index.js',
  );
  const response = await fetch(`${state.cloudflare_api_url}${scripts}/tenant-${tenant}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${state.api_token}` },
    body: form,
  });
  expect(response.status, await response.text()).toBe(200);
}

beforeAll(async () => {
  const state = await onboard(inject('stateDir'), 'hostile');
  hostile = await asTenant(state, 'hostile');
  neighbour = await asTenant(state, 'acme');
  await upload('hostile', HOSTILE);
});

describe('a Worker over its limits is ended, and its neighbour does not notice', () => {
  // Ended three times in a minute it would be given a rest; new code starts at once.
  beforeEach(() => upload('hostile', HOSTILE));

  test.each([
    ['an endless loop', '/v1/loop'],
    ['an endless chain of microtasks', '/v1/microtasks'],
    ['a full heap', '/v1/heap'],
  ])('%s', async (_name, path) => {
    const wild = hostile('GET', path);
    const calm = await neighbour('GET', '/v1/entities/acct_coffee/state');
    expect(calm.status).toBe(200);
    const answer = await wild;
    expect(answer.status, JSON.stringify(answer.body)).toBe(503);
    expect(codeOf(answer)).toBe('worker_over_limit');
    expect((await hostile('GET', '/v1/fine')).status).toBe(200);
  });
});

test('a Worker that throws is answered as failed, without its words', async () => {
  const answer = await hostile('GET', '/v1/throw');
  expect(answer.status).toBe(502);
  expect(codeOf(answer)).toBe('worker_failed');
  expect(JSON.stringify(answer.body)).not.toContain('deliberate');
});

test('a Worker cannot speak as the platform: no identity headers, no cookies', async () => {
  const { headers } = await hostile('GET', '/v1/fine');
  expect(headers.get('x-z0-principal')).toBeNull();
  expect(headers.get('set-cookie')).toBeNull();
});

test('a Worker holds only its own bindings', async () => {
  const { body } = await hostile('GET', '/v1/env');
  expect(body).toEqual(['PLATFORM', 'TENANT_ID']);
});

describe('a Worker’s fetch reaches nothing on this machine', () => {
  test.each(['the Cloudflare API', 'the platform', 'the dispatcher'])('%s', async (what) => {
    const state = sharedState();
    const targets: Record<string, string> = {
      'the Cloudflare API': state.cloudflare_api_url,
      'the platform': `${state.platform_url}/healthz`,
      'the dispatcher': `${state.dispatcher_url}/healthz`,
    };
    const headers = { 'x-target': targets[what] ?? '' };
    const { body } = await hostile('GET', '/v1/egress', { headers });
    expect(objectOf(body).status ?? 403).toBe(403);
  });
});

test('what a Worker reports counts as its own, whatever it claims', async () => {
  const stats = {
    tenant_id: 'acme',
    period_start: 0,
    period_end: 60_000,
    cache_hits: 1,
    cache_misses: 0,
    facts_count: 7,
    entities_count: 1,
  };
  const { status, body } = await hostile('POST', '/v1/report', { body: stats });
  expect(status, JSON.stringify(body)).toBeLessThan(500);
  expect(JSON.stringify(body)).not.toContain('acme');
});

test('a tenant whose Worker is gone gets a retryable answer', async () => {
  const state = await onboard(inject('stateDir'), 'vanished');
  const vanished = await asTenant(state, 'vanished');
  expect((await vanished('GET', '/v1/health')).status).toBe(200);
  const path = `/accounts/${state.account_id}/workers/dispatch/namespaces/${state.dispatch_namespace}/scripts/tenant-vanished`;
  await fetch(`${state.cloudflare_api_url}${path}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${state.api_token}` },
  });
  const answer = await vanished('GET', '/v1/health');
  expect(answer.status).toBe(503);
  expect(codeOf(answer)).toBe('worker_missing');
  expect(answer.headers.get('retry-after')).not.toBeNull();
});

test('a suspended tenant is refused, and served again once resumed', async () => {
  const state = await onboard(inject('stateDir'), 'paused');
  const paused = await asTenant(state, 'paused');
  const operator = asOperator(state);
  expect((await operator('POST', '/v1/tenants/paused/suspend')).status).toBe(200);
  await expect
    .poll(async () => codeOf(await paused('GET', '/v1/health')), { timeout: 15_000 })
    .toBe('tenant_suspended');
  expect((await operator('POST', '/v1/tenants/paused/resume')).status).toBe(200);
  await expect
    .poll(async () => (await paused('GET', '/v1/health')).status, { timeout: 15_000 })
    .toBe(200);
});

test('a deleted tenant is gone, and its id stays taken', async () => {
  const state = await onboard(inject('stateDir'), 'leaving');
  const leaving = await asTenant(state, 'leaving');
  const operator = asOperator(state);
  expect((await operator('DELETE', '/v1/tenants/leaving')).status).toBeLessThan(300);
  await expect
    .poll(async () => (await leaving('GET', '/v1/health')).status, { timeout: 15_000 })
    .toBe(404);
  await expect
    .poll(async () => objectOf((await operator('GET', '/v1/tenants/leaving')).body).status, {
      timeout: 15_000,
    })
    .toBe('deleted');
  const again = await operator('POST', '/v1/tenants', { body: { id: 'leaving', name: 'again' } });
  expect(again.status).toBe(409);
});
