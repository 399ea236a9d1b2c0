// Configs over HTTP: put, read, in force at a time, supposed; never wider than what is above.
import { expect, test } from 'vitest';
import {
  type Answer,
  account,
  charge,
  expectProblem,
  get,
  headOf,
  IDENTITY,
  post,
  put,
  send,
} from './client.ts';

let count = 0;

/** A path and a type no other test uses: a ledger has one Config per type. */
function fresh(): { id: string; path: string; type: string } {
  count += 1;
  const id = `cfg_test-${count}`;
  return { id, path: `/v1/configs/${id}`, type: `terms-${count}` };
}

const RULES = {
  rules: [
    {
      name: 'small_charges',
      applies_to: { type: 'charge' },
      expression: { left: { fact: '/data/amount' }, op: '<=', right: 500 },
    },
  ],
};

/** An account whose own rules let no charge above 500 pass. */
async function ruledAccount(): Promise<{ id: string; configId: string; path: string }> {
  const entity_id = await account();
  const { id: configId, path } = fresh();
  const made = await put(path, { type: 'invariants', settings: RULES, entity_id });
  expect(made.status).toBe(201);
  return { id: entity_id, configId, path };
}

test.each([
  ['the tenant', async () => ({ body: {}, query: '', scope: 'tenant' })],
  [
    'an entity',
    async () => {
      const entity_id = await account();
      return { body: { entity_id }, query: `entity_id=${entity_id}`, scope: 'entity' };
    },
  ],
])('a Config of %s is put, versioned, shown and archived', async (_, of) => {
  const { body, query, scope } = await of();
  const { id, path, type } = fresh();
  const first = await put(path, { ...body, type, settings: { limit: 10 } });
  expect([first.status, first.body]).toMatchObject([
    201,
    { id, tenant_id: 'acme', scope, type, name: id, version: 1, state: 'active' },
  ]);
  const same = await put(path, { ...body, type, settings: { limit: 10 } });
  expect([same.status, same.body]).toEqual([200, first.body]);
  const second = await put(path, { ...body, type, name: 'Terms', settings: { limit: 5 } });
  expect([second.status, second.body.version]).toEqual([201, 2]);
  expect((await get(`${path}?${query}`)).body).toEqual(second.body);
  const superseded = { ...first.body, superseded_at: second.body.effective_at };
  expect((await get(`${path}?version=1&${query}`)).body).toEqual(superseded);
  expect((await get(`${path}/versions?${query}`)).body).toEqual({
    object: 'list',
    data: [superseded, second.body],
    has_more: false,
    next_cursor: null,
  });
  const archived = await put(path, { ...body, type, state: 'archived' });
  expect([archived.status, archived.body]).toMatchObject([200, { version: 2, state: 'archived' }]);
  expectProblem(await get(`${path}?version=3&${query}`), 404, 'not_found');
});

test('a retried put makes no version, and a changed one is refused', async () => {
  const { path, type } = fresh();
  const key = { 'idempotency-key': 'put-once' };
  const first = await put(path, { type, settings: { a: 1 } }, key);
  await put(path, { type, settings: { a: 2 } });
  const again = await put(path, { type, settings: { a: 1 } }, key);
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
  const changed = await put(path, { type, settings: { a: 3 } }, key);
  expectProblem(changed, 422, 'idempotency_key_reused');
  expect((await get(path)).body).toMatchObject({ version: 2 });
});

test('what is in force is told now, at a time, and not for drafts', async () => {
  const entity_id = await account();
  const { id, path, type } = fresh();
  const effective = `/v1/entities/${entity_id}/configs/${type}`;
  await put(path, { entity_id, type, settings: { limit: 10 }, state: 'draft' });
  expectProblem(await get(effective), 404, 'not_found');
  const first = await put(path, { entity_id, type, settings: { limit: 10 } });
  expect(first.status).toBe(200);
  await scheduler.wait(5);
  const between = new Date().toISOString();
  await scheduler.wait(5);
  const second = await put(path, { entity_id, type, settings: { limit: 5 } });
  expect((await get(effective)).body).toMatchObject({
    object: 'effective_config',
    type,
    id,
    version: 2,
    scope: 'entity',
    settings: { limit: 5 },
    sources: [{ id, version: 2, scope: 'entity', effective_at: second.body.effective_at }],
  });
  const at = (time: unknown): Promise<Answer> =>
    get(`${effective}?at=${encodeURIComponent(String(time))}`);
  expect((await at(between)).body).toMatchObject({ version: 1, settings: { limit: 10 } });
  expect((await at('2099-01-01T00:00:00+01:00')).body).toMatchObject({ version: 2 });
  expectProblem(await at('2020-01-01T00:00:00Z'), 404, 'not_found');
  expectProblem(await at('soon'), 400, 'invalid_request', '/at');
});

test('a fact records the Config that governs it, or the one its writer names', async () => {
  const { id, configId, path } = await ruledAccount();
  const governed = await post('/v1/facts', charge(id, 500));
  expect(governed.body).toMatchObject({ config_id: configId, config_version: 1 });
  const terms = fresh();
  await put(terms.path, { entity_id: id, type: terms.type, settings: {} });
  const note = { entity_id: id, type: 'note', data: {} };
  const named = await post('/v1/facts', { ...note, config_id: terms.id });
  expect(named.body).toMatchObject({ config_id: terms.id, config_version: 1 });
  const head = await headOf(id);
  for (const [more, pointer] of [
    [{ config_id: 'cfg_none' }, '/config_id'],
    [{ config_id: terms.id, config_version: 2 }, '/config_version'],
    [{ config_version: 1 }, '/config_id'],
    [{ config_id: terms.id, config_version: 0 }, '/config_version'],
    [{ config_id: terms.id, config_version: '1' }, '/config_version'],
  ] as const) {
    expectProblem(await post('/v1/facts', { ...note, ...more }), 400, 'invalid_request', pointer);
  }
  expect(await headOf(id)).toBe(head);
  await put(path, { entity_id: id, type: 'invariants', settings: { rules: [] } });
  expect((await post('/v1/facts', charge(id, 501))).status).toBe(201);
});

test('a what-if tells what other settings would have refused, and writes nothing', async () => {
  const id = await account();
  await post('/v1/facts', charge(id, 700));
  const small = await post('/v1/facts', charge(id, 300));
  const asked = await post(`/v1/entities/${id}/what-if`, { type: 'invariants', settings: RULES });
  expect([asked.status, asked.body]).toMatchObject([
    200,
    {
      object: 'what_if',
      entity_id: id,
      type: 'invariants',
      now: { BalanceState: { balance: 1000 } },
      supposed: { BalanceState: { balance: 300 } },
      differs: ['BalanceState'],
      refused: [{ rule: 'small_charges' }],
      refused_count: 1,
      facts_judged: 2,
    },
  ]);
  expect(await headOf(id)).toBe(small.body.seq);
});

test('a ledger is reconciled with its facts, which finds nothing when nothing is wrong', async () => {
  const id = await account();
  const charged = await post('/v1/facts', charge(id, 700));
  const found = await send('POST', `/v1/entities/${id}/reconcile`);
  expect([found.status, found.body]).toEqual([
    200,
    { object: 'reconciliation', entity_id: id, ok: true, seq: charged.body.seq, drift: [] },
  ]);
  expect(await headOf(id)).toBe(charged.body.seq);
});

test('a Config can require an Idempotency-Key', async () => {
  const entity_id = await account();
  const { path } = fresh();
  const settings = { require_idempotency_key: true };
  expect((await put(path, { entity_id, type: 'ledger', settings })).status).toBe(201);
  const head = await headOf(entity_id);
  const keyless = await post('/v1/facts', charge(entity_id, 1));
  expectProblem(keyless, 400, 'idempotency_key_missing');
  expect(await headOf(entity_id)).toBe(head);
  const keyed = await post('/v1/facts', charge(entity_id, 1), { 'idempotency-key': 'k' });
  expect(keyed.status).toBe(201);
});

test('If-Match holds a put to the version of the entity; the tenant has none to match', async () => {
  const entity_id = await account();
  const { path, type } = fresh();
  const body = { type, settings: {} };
  // What the tenant says is written down by the first write, and that makes a version, too.
  await post('/v1/facts', charge(entity_id, 1));
  const current = { 'if-match': `"${String(await headOf(entity_id))}"` };
  const stale = await put(path, { ...body, entity_id }, { 'if-match': '"1"' });
  expectProblem(stale, 412, 'version_mismatch');
  expect((await put(path, { ...body, entity_id }, current)).status).toBe(201);
  expectProblem(await put(path, body, { 'if-match': '"1"' }), 400, 'invalid_request', '');
});

const MISSING = '/v1/configs/cfg_missing';

test.each<[what: string, ask: (own: { id: string; path: string }) => Promise<Answer>]>([
  ['a Config that is not there', () => get(MISSING)],
  ['its versions', () => get(`${MISSING}/versions`)],
  ['an id that cannot be one', () => get('/v1/configs/%20')],
  ["an entity's Config, asked of the tenant", ({ path }) => get(path)],
  [
    "an entity's Config, asked of another entity",
    async ({ path }) => get(`${path}?entity_id=${await account()}`),
  ],
  ['the Config of an entity never made', () => get(`${MISSING}?entity_id=acct_never`)],
  ['the Config of an entity of no kind', () => get(`${MISSING}?entity_id=proj_1`)],
  [
    'a put for an entity never made',
    () => put(MISSING, { entity_id: 'acct_never', type: 'a', settings: {} }),
  ],
  [
    'a put for an entity of no kind',
    () => put(MISSING, { entity_id: 'proj_1', type: 'a', settings: {} }),
  ],
  ['archiving what is not there', () => put(MISSING, { type: 'none', state: 'archived' })],
  ['a type that nothing is in force of', ({ id }) => get(`/v1/entities/${id}/configs/none`)],
  [
    'what is in force for an entity never made',
    () => get('/v1/entities/acct_never/configs/credit'),
  ],
  [
    'a what-if of an entity never made',
    () => post('/v1/entities/acct_never/what-if', { type: 'a', settings: {} }),
  ],
  ['reconciling an entity never made', () => send('POST', '/v1/entities/acct_never/reconcile')],
  [
    "another tenant's Config",
    ({ path, id }) =>
      send('GET', `${path}?entity_id=${id}`, undefined, {
        ...IDENTITY,
        'x-z0-tenant-id': 'globex',
      }),
  ],
])('%s looks like any other missing thing', async (_, ask) => {
  const own = await ruledAccount();
  const missing = await get('/v1/entities/acct_never');
  const found = await ask(own);
  expect([found.status, found.body]).toEqual([404, missing.body]);
});
