// The tenant API, route by route.
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
  send,
} from './client.ts';

interface Story {
  readonly id: string;
  readonly created: Answer;
  readonly charged: Answer;
  readonly paid: Answer;
}

/** An account of three facts: created with a limit of 1,000, charged 700, paid 200. */
async function story(id: string): Promise<Story> {
  const created = await post('/v1/entities', {
    type: 'account',
    id,
    data: { currency: 'USD', credit_limit: 1000 },
    metadata: { name: 'Story' },
  });
  const charged = await post('/v1/facts', charge(id, 700));
  const data = { amount: 200, currency: 'USD' };
  const paid = await post('/v1/facts', { entity_id: id, type: 'payment', data });
  expect([created.status, charged.status, paid.status]).toEqual([201, 201, 201]);
  return { id, created, charged, paid };
}

test('an account is created, charged and paid, and its limit holds', async () => {
  const { id, created, charged } = await story('acct_story');
  expect(created.headers.get('etag')).toBe('"1"');
  expect(created.headers.get('x-request-id')).toBe('req-test');
  expect(created.body).toMatchObject({
    id,
    type: 'account',
    tenant_id: 'acme',
    lifecycle: 'active',
    version: 1,
  });
  expect(charged.body).toMatchObject({
    seq: 2,
    type: 'charge',
    correlation_id: 'req-test',
    data: { amount: 700, currency: 'USD' },
  });
  const over = await post('/v1/facts', charge(id, 501));
  expectProblem(over, 422, 'invariant_violated', '/data/amount');
});

test('state is told as it is now, as it was at a position and at a time', async () => {
  const { id, created, charged } = await story('acct_state');
  const path = `/v1/entities/${id}/state`;
  expect((await get(path)).body).toMatchObject({
    object: 'state',
    entity_id: id,
    seq: 3,
    state: { BalanceState: { balance: 500, currency: 'USD', credit_limit: 1000 } },
  });
  expect((await get(`${path}?seq=2`)).body).toMatchObject({
    seq: 2,
    as_of: charged.body.recorded_at,
    state: { BalanceState: { balance: 700 } },
  });
  expect((await get(`${path}?at=${String(created.body.created_at)}`)).status).toBe(200);
});

test('facts come page by page in either order, and one by one', async () => {
  const { id, paid } = await story('acct_facts');
  const path = `/v1/entities/${id}/facts`;
  const page = await get(`${path}?limit=2&order=desc`);
  expect(page.body).toMatchObject({
    object: 'list',
    has_more: true,
    data: [{ seq: 3 }, { seq: 2 }],
  });
  const cursor = String(page.body.next_cursor);
  expect((await get(`${path}?limit=2&order=desc&cursor=${cursor}`)).body).toMatchObject({
    has_more: false,
    next_cursor: null,
    data: [{ seq: 1, subtype: 'created' }],
  });
  expect((await get(path)).body).toMatchObject({ data: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] });
  expect((await get(`${path}/${String(paid.body.id)}`)).body).toEqual(paid.body);
});

test('a ledger rebuilt from its facts stands where it stood, and verifies', async () => {
  const { id, paid } = await story('acct_verified');
  const rebuilt = await send('POST', `/v1/entities/${id}/state/reconstruct`);
  expect(rebuilt.body).toMatchObject({ seq: 3, state: { BalanceState: { balance: 500 } } });
  expect((await get(`/v1/entities/${id}/verify`)).body).toMatchObject({
    object: 'verification',
    ok: true,
    facts: 3,
    head: { seq: 3, hash: paid.body.hash },
    faults: [],
  });
});

test('a patch and a lifecycle move answer the entity', async () => {
  const id = await account();
  const patched = await send(
    'PATCH',
    `/v1/entities/${id}`,
    JSON.stringify({ data: { credit_limit: 50 } }),
  );
  expect([patched.status, patched.body.version]).toEqual([200, 2]);
  expectProblem(await post('/v1/facts', charge(id, 51)), 422, 'invariant_violated', '/data/amount');
  expect(
    (await post(`/v1/entities/${id}/lifecycle`, { to: 'retiring', reason: 'closed' })).body,
  ).toMatchObject({ lifecycle: 'retiring' });
  expectProblem(await post('/v1/facts', charge(id, 1)), 409, 'lifecycle_conflict');
  expectProblem(
    await post(`/v1/entities/${id}/lifecycle`, { to: 'deleted' }),
    409,
    'lifecycle_conflict',
  );
});

const fact = (amount: number): object => ({ type: 'charge', data: { amount, currency: 'USD' } });

test('a batch lands whole or not at all', async () => {
  const id = await account();
  const refused = await post('/v1/facts/batch', { entity_id: id, facts: [fact(6000), fact(6000)] });
  expectProblem(refused, 422, 'invariant_violated', '/facts/1/data/amount');
  expect(await headOf(id)).toBe(1);
  const appended = await post('/v1/facts/batch', {
    entity_id: id,
    facts: [fact(6000), fact(4000)],
  });
  expect(appended.status).toBe(201);
  expect(appended.body).toMatchObject({
    object: 'list',
    has_more: false,
    next_cursor: null,
    data: [{ seq: 2 }, { seq: 3 }],
  });
});

test('an id is made when none is given, and a retry with the same key meets the same entity', async () => {
  const first = await post('/v1/entities', { type: 'account' }, { 'idempotency-key': 'make-one' });
  expect(first.status).toBe(201);
  expect(first.body.id).toMatch(/^acct_[0-9a-z]{26}$/);
  const again = await post('/v1/entities', { type: 'account' }, { 'idempotency-key': 'make-one' });
  expect(again.status).toBe(201);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
  const changed = await post(
    '/v1/entities',
    { type: 'account', data: { currency: 'EUR' } },
    { 'idempotency-key': 'make-one' },
  );
  expectProblem(changed, 422, 'idempotency_key_reused');
});

test('a retried append changes nothing, a changed one is refused, a refusal replays', async () => {
  const id = await account();
  const key = { 'idempotency-key': 'pay-1' };
  const first = await post('/v1/facts', charge(id, 100), key);
  const again = await post('/v1/facts', charge(id, 100), key);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expectProblem(await post('/v1/facts', charge(id, 101), key), 422, 'idempotency_key_reused');
  const over = { 'idempotency-key': 'pay-2' };
  expectProblem(
    await post('/v1/facts', charge(id, 20_000), over),
    422,
    'invariant_violated',
    '/data/amount',
  );
  const refusedAgain = await post('/v1/facts', charge(id, 20_000), over);
  expectProblem(refusedAgain, 422, 'invariant_violated', '/data/amount');
  expect(refusedAgain.headers.get('idempotency-replayed')).toBe('true');
  expect(await headOf(id)).toBe(2);
});

test('If-Match holds a write to the version the caller saw', async () => {
  const id = await account();
  expect((await post('/v1/facts', charge(id, 1), { 'if-match': '"1"' })).headers.get('etag')).toBe(
    '"2"',
  );
  expectProblem(
    await post('/v1/facts', charge(id, 1), { 'if-match': '"1"' }),
    412,
    'version_mismatch',
  );
  expectProblem(
    await post('/v1/facts', charge(id, 1), { 'if-match': 'abc' }),
    400,
    'invalid_request',
    '',
  );
});

test.each([
  ['another tenant', { ...IDENTITY, 'x-z0-tenant-id': 'globex' }],
  ['no tenant', { 'x-z0-principal': 'key_alice' }],
  ['no principal', { 'x-z0-tenant-id': 'acme' }],
])('%s in the identity headers finds nothing', async (_, headers) => {
  const id = await account();
  const { exports } = await import('cloudflare:workers');
  for (const path of ['/v1/health', `/v1/entities/${id}`]) {
    const response = await exports.default.fetch(
      new Request(`https://acme.test${path}`, { headers }),
    );
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  }
});

test.each([
  ['GET', '/', 404, 'not_found'],
  ['GET', '/v2/entities', 404, 'not_found'],
  ['GET', '/v1/entities/acct_never-made', 404, 'not_found'],
  ['GET', '/v1/entities/acct_', 404, 'not_found'],
  ['GET', '/v1/entities/proj_1', 404, 'not_found'],
  ['GET', '/v1/entities/%E0%A4%A', 404, 'not_found'],
  ['GET', `/v1/entities/acct_${'a'.repeat(65)}`, 404, 'not_found'],
  ['GET', '/v1/entities/acct_never-made/facts', 404, 'not_found'],
  ['GET', '/v1/entities/acct_never-made/facts/fct_1', 404, 'not_found'],
  ['GET', '/v1/entities/acct_never-made/state', 404, 'not_found'],
  ['GET', '/v1/entities/acct_never-made/verify', 404, 'not_found'],
  ['POST', '/v1/entities/acct_never-made/state/reconstruct', 404, 'not_found'],
  ['PUT', '/v1/entities', 405, 'method_not_allowed'],
  ['DELETE', '/v1/entities/acct_never-made', 405, 'method_not_allowed'],
  ['PUT', '/v1/facts', 405, 'method_not_allowed'],
  ['GET', '/v1/facts/batch', 405, 'method_not_allowed'],
  ['POST', '/v1/health', 405, 'method_not_allowed'],
  ['GET', '/v1/configs', 404, 'not_found'],
  ['DELETE', '/v1/configs/cfg_1', 405, 'method_not_allowed'],
  ['POST', '/v1/configs/cfg_1', 405, 'method_not_allowed'],
  ['PUT', '/v1/configs/cfg_1/versions', 405, 'method_not_allowed'],
  ['GET', '/v1/entities/acct_never-made/what-if', 405, 'method_not_allowed'],
])('%s %s is %i', async (method, path, status, code) => {
  expectProblem(await send(method, path), status, code);
});

test('a 405 says what is allowed, and health says who runs', async () => {
  expect((await send('DELETE', '/v1/entities/acct_x')).headers.get('allow')).toBe('GET, PATCH');
  expect((await get('/v1/health')).body).toEqual({
    object: 'health',
    status: 'ok',
    tenant_id: 'acme',
  });
});
