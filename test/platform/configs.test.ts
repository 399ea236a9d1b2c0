// Configs of the platform: put and read by the operator, inherited by every tenant through its door.
import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { TenantGateway } from '../../platform/src/metrics/tenant-gateway.ts';
import { get, platformApart } from './stats-world.ts';
import { call, jsonOf, problemOf } from './world.ts';

interface ConfigBody {
  id: string;
  type: string;
  version: number;
  settings: object;
  superseded_at?: string;
}

let count = 0;

/** An id and a type no other test uses: a ledger has one Config per type. */
function fresh(): { id: string; type: string; path: string } {
  count += 1;
  const id = `cfg_platform-${count}`;
  return { id, type: `terms-${count}`, path: `/v1/configs/${id}` };
}

function put(path: string, body: object, key?: string): Promise<Response> {
  return call('PUT', path, { body, headers: key === undefined ? {} : { 'idempotency-key': key } });
}

async function readByTenant(id: string): Promise<ConfigBody[]> {
  const outcome = await env.ACME_DOOR.readConfig();
  if (!outcome.ok) return [];
  return outcome.value.filter((config) => config.id === id);
}

it('a platform without Configs has none to tell, and none to show', async () => {
  const platform = platformApart();
  const context = Object.assign(createExecutionContext(), { props: { tenant_id: 'acme' } });
  const door = new TenantGateway(context, platform);
  expect(await door.readConfig()).toEqual({ ok: true, value: [] });
  for (const path of ['/v1/configs/cfg_none', '/v1/configs/cfg_none/versions']) {
    expect(await problemOf(await get(platform, path))).toMatchObject({ code: 'not_found' });
  }
});

it('a Config is put, read by version, and superseded by the next', async () => {
  const { id, type, path } = fresh();
  const first = await put(path, { type, settings: { limit: 10 } });
  expect(first.status).toBe(201);
  expect(await jsonOf<ConfigBody>(first)).toMatchObject({
    id,
    type,
    tenant_id: 'platform',
    scope: 'platform',
    name: id,
    version: 1,
    state: 'active',
  });
  expect((await put(path, { type, settings: { limit: 10 } })).status).toBe(200);
  const second = await put(path, { type, settings: { limit: 5 }, name: 'Terms' });
  expect(second.status).toBe(201);
  const { effective_at } = await jsonOf<ConfigBody & { effective_at: string }>(second);
  const shown = await call('GET', `${path}?version=1`);
  expect(await jsonOf<ConfigBody>(shown)).toMatchObject({
    version: 1,
    settings: { limit: 10 },
    superseded_at: effective_at,
  });
  expect(await jsonOf<ConfigBody>(await call('GET', path))).toMatchObject({ version: 2 });
  expect(await jsonOf(await call('GET', `${path}/versions`))).toMatchObject({
    object: 'list',
    data: [{ version: 1 }, { version: 2 }],
    has_more: false,
  });
});

it('a retried put makes no second version', async () => {
  const { type, path } = fresh();
  const first = await put(path, { type, settings: { limit: 1 } }, 'once');
  const again = await put(path, { type, settings: { limit: 1 } }, 'once');
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await again.json()).toEqual(await first.json());
  const other = await put(path, { type, settings: { limit: 2 } }, 'once');
  expect(await problemOf(other)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
});

it('every tenant reads the same at its door, until it is archived; a draft is not told', async () => {
  const { id, type, path } = fresh();
  await put(path, { type, settings: { limit: 10 }, state: 'draft' });
  expect(await readByTenant(id)).toEqual([]);
  await put(path, { type, settings: { limit: 10 } });
  expect(await readByTenant(id)).toMatchObject([
    { id, scope: 'platform', settings: { limit: 10 } },
  ]);
  expect(await env.GLOBEX_DOOR.readConfig()).toEqual(await env.ACME_DOOR.readConfig());
  expect((await put(path, { type, state: 'archived' })).status).toBe(200);
  expect(await readByTenant(id)).toEqual([]);
});

it.each<[what: string, body: object, status: number, code: string, pointer: string]>([
  ['no type', { settings: {} }, 400, 'invalid_request', '/type'],
  ['no settings', { type: 'a' }, 400, 'invalid_request', '/settings'],
  ['settings that are a list', { type: 'a', settings: [] }, 400, 'invalid_request', '/settings'],
  ['an unknown state', { type: 'a', settings: {}, state: 'on' }, 400, 'invalid_request', '/state'],
  ['a scope', { type: 'a', settings: {}, scope: 'tenant' }, 400, 'invalid_request', '/scope'],
  [
    'a time in the past',
    { type: 'a', settings: {}, effective_at: '2020-01-01T00:00:00Z' },
    400,
    'invalid_request',
    '/effective_at',
  ],
  [
    'an unknown kind of constraint',
    { type: 'a', settings: { limit: 1, constraints: { limit: 'roughly' } } },
    400,
    'invalid_request',
    '/settings/constraints/limit',
  ],
  [
    'a rule without a test',
    { type: 'invariants', settings: { rules: [{ name: 'x' }] } },
    400,
    'invalid_request',
    '/settings/rules/0',
  ],
])('a Config with %s is refused, and nothing is kept', async (_, body, status, code, pointer) => {
  const refused = await problemOf(await put('/v1/configs/cfg_bad', body));
  expect(refused).toMatchObject({ status, code });
  expect(refused.pointers).toContain(pointer);
  expect((await call('GET', '/v1/configs/cfg_bad')).status).toBe(404);
});

it('reads refuse what they do not know', async () => {
  const { path } = fresh();
  for (const [query, pointer] of [
    ['?version=one', '/query/version'],
    ['?entity_id=acct_1', '/query/entity_id'],
    ['/versions?limit=1', '/query/limit'],
  ]) {
    expect(await problemOf(await call('GET', `${path}${query}`))).toMatchObject({
      status: 400,
      pointers: [pointer],
    });
  }
});
