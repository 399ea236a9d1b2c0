// What the operator API refuses, and where in the request it points. No refusal leaves a trace.
import { describe, expect, it } from 'vitest';
import { call, freshId, problemOf } from './world.ts';

const ID = 'refused-tenant';
const deep = `{"id":"${ID}","name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;

const BODIES: [what: string, text: string, status: number, pointer: string | undefined][] = [
  ['no JSON', '{"id":', 400, ''],
  ['an empty body', '', 400, ''],
  ['an array', '[]', 400, ''],
  ['null', 'null', 400, ''],
  ['a missing name', `{"id":"${ID}"}`, 400, '/name'],
  ['an unknown field', `{"id":"${ID}","name":"A","admin":true}`, 400, '/admin'],
  ['an unknown plan', `{"id":"${ID}","name":"A","plan":"gold"}`, 400, '/plan'],
  ['a number for a name', `{"id":"${ID}","name":7}`, 400, '/name'],
  ['a blank name', `{"id":"${ID}","name":"  "}`, 400, '/name'],
  ['a control character', `{"id":"${ID}","name":"a\\u0007b"}`, 400, '/name'],
  ['a name of 121 characters', `{"id":"${ID}","name":"${'a'.repeat(121)}"}`, 400, '/name'],
  ['NaN', `{"id":"${ID}","name":NaN}`, 400, ''],
  ['2^53 + 1', `{"id":"${ID}","name":9007199254740993}`, 400, undefined],
  ['a lone surrogate', `{"id":"${ID}","name":"\\ud800"}`, 400, '/name'],
  ['__proto__', `{"id":"${ID}","name":"A","__proto__":{}}`, 400, undefined],
  ['depth 10,000', deep, 400, undefined],
  ['a repeated field', `{"id":"${ID}","id":"${ID}","name":"A"}`, 400, undefined],
  ['2 MB', `{"id":"${ID}","name":"${'a'.repeat(2_000_000)}"}`, 413, undefined],
];

describe('POST /v1/tenants refuses, and says where,', () => {
  it.each(BODIES)('%s', async (_, text, status, pointer) => {
    const problem = await problemOf(await call('POST', '/v1/tenants', { text }));
    expect(problem.status).toBe(status);
    if (pointer !== undefined) expect(problem.pointers).toContain(pointer);
    expect((await call('GET', `/v1/tenants/${ID}`)).status).toBe(404);
  });

  it.each([
    'ab',
    'Acme',
    '1acme',
    'acme-',
    'a'.repeat(33),
    'ac me',
    'acme.x',
    '../acme',
    'acme/x',
    'é-acme',
    'platform',
    'z0-dispatcher',
    'xn--acme',
  ])('the id %s', async (id) => {
    const problem = await problemOf(await call('POST', '/v1/tenants', { body: { id, name: 'A' } }));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', pointers: ['/id'] });
  });

  it('a body that is not declared as JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    const problem = await problemOf(await call('POST', '/v1/tenants', { text: '{}', headers }));
    expect(problem).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it.each(['x'.repeat(300), 'a b', '', 'ä'])('the Idempotency-Key "%s"', async (key) => {
    const response = await call('POST', '/v1/tenants', {
      body: { id: freshId(), name: 'A' },
      headers: { 'idempotency-key': key },
    });
    expect(await problemOf(response)).toMatchObject({
      status: 400,
      code: 'idempotency_key_invalid',
    });
  });
});

describe('reads and changes refuse', () => {
  it.each([
    ['/v1/tenants?limit=0', '/query/limit'],
    ['/v1/tenants?limit=101', '/query/limit'],
    ['/v1/tenants?limit=ten', '/query/limit'],
    ['/v1/tenants?limit=1&limit=2', '/query/limit'],
    ['/v1/tenants?order=up', '/query/order'],
    ['/v1/tenants?cursor=nonsense', '/query/cursor'],
    ['/v1/tenants?colour=red', '/query/colour'],
    ['/v1/tenants/acme?expand=keys', '/query/expand'],
    ['/v1/tenants/acme/keys?limit=5', '/query/limit'],
  ])('%s', async (path, pointer) => {
    const problem = await problemOf(await call('GET', path));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', pointers: [pointer] });
  });

  it('a field nobody reads', async () => {
    const response = await call('POST', '/v1/tenants/acme/suspend', { body: { reason: 'late' } });
    expect(await problemOf(response)).toMatchObject({ status: 400, pointers: ['/reason'] });
  });

  it('an id that can name no tenant, as if it were unknown', async () => {
    for (const id of ['A', '%00', 'a..b', encodeURIComponent('a/b')]) {
      expect((await call('GET', `/v1/tenants/${id}`)).status).toBe(404);
    }
  });

  it('an unknown path with 404 and a known one with 405 and Allow', async () => {
    expect(await problemOf(await call('GET', '/v1/nothing'))).toMatchObject({ code: 'not_found' });
    const response = await call('PUT', '/v1/tenants');
    expect(response.headers.get('allow')).toBe('GET, POST');
    expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });
});

describe('the operator API is closed', () => {
  it.each([
    [null, 'token_missing'],
    ['wrong', 'token_invalid'],
    ['', 'token_missing'],
  ])('to the token %s', async (token, code) => {
    for (const [method, path] of [
      ['GET', '/v1/tenants'],
      ['POST', '/v1/tenants'],
      ['DELETE', '/v1/tenants/acme'],
      ['GET', '/v1/tenants/acme/keys'],
      ['POST', '/v1/dashboard-links'],
    ] as const) {
      const response = await call(method, path, { token });
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/u);
      expect(await problemOf(response)).toMatchObject({ status: 401, code });
    }
  });
});
