// Bad input through the front door: a 4xx problem with a pointer, and the ledger as it was.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  asTenant,
  charge,
  headOf,
  newAccount,
  objectOf,
  sharedState,
  type TenantCall,
  tokenOf,
} from './client.ts';

let tenant: TenantCall;
let token: string;
let entityId: string;
beforeAll(async () => {
  const state = sharedState();
  tenant = await asTenant(state, 'globex');
  token = await tokenOf(state, 'globex');
  entityId = await newAccount(tenant);
  await tenant('POST', '/v1/facts', { body: charge(entityId, 100) });
});

async function post(
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; problem: Record<string, unknown>; type: string | null }> {
  const response = await fetch(`${sharedState().dispatcher_url}/v1/facts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    problem: objectOf(await response.json()),
  };
}

const fact = (data: string): string => `{"entity_id":"ENTITY","type":"charge","data":${data}}`;
const amount = (text: string): string => fact(`{"amount":${text},"currency":"USD"}`);

const bodies: readonly (readonly [string, string])[] = [
  ['an empty body', ''],
  ['half a document', '{"entity_id":'],
  ['a bare word', 'nonsense'],
  ['a list', '[]'],
  ['an unknown field', '{"entity_id":"ENTITY","type":"charge","data":{},"surprise":1}'],
  ['no entity', '{"type":"charge","data":{}}'],
  ['2 MB of data', fact(`{"amount":1,"currency":"USD","memo":"${'x'.repeat(2 * 1024 * 1024)}"}`)],
  ['depth 10,000', fact(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)],
  ['__proto__', fact('{"amount":1,"currency":"USD","__proto__":{"admin":true}}')],
  ['NaN', amount('NaN')],
  ['2^53 + 1', amount('9007199254740993')],
  ['an infinite number', amount('1e999')],
  ['a lone surrogate', fact('{"amount":1,"currency":"USD","memo":"\\ud800"}')],
  ['a negative amount', amount('-5')],
  ['a fraction of a cent', amount('0.5')],
  ['another currency', fact('{"amount":1,"currency":"EUR"}')],
];

describe('a bad body is refused and changes nothing', () => {
  test.each(bodies)('%s', async (_name, body) => {
    const before = await headOf(tenant, entityId);
    const { status, problem, type } = await post(body.replace('ENTITY', entityId));
    expect(status, JSON.stringify(problem)).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(type).toBe('application/problem+json');
    expect(problem).toMatchObject({
      status,
      code: expect.any(String),
      request_id: expect.any(String),
    });
    expect(problem.errors, JSON.stringify(problem)).toEqual(
      expect.arrayContaining([expect.objectContaining({ pointer: expect.any(String) })]),
    );
    expect(await headOf(tenant, entityId)).toEqual(before);
  });
});

describe('a bad key is refused and changes nothing', () => {
  test.each([
    ['an empty key', ''],
    ['300 characters', 'k'.repeat(300)],
  ])('%s', async (_name, key) => {
    const before = await headOf(tenant, entityId);
    const { status, problem } = await post(JSON.stringify(charge(entityId, 1)), {
      'idempotency-key': key,
    });
    expect(status).toBe(400);
    expect(problem.code).toBe('idempotency_key_invalid');
    expect(await headOf(tenant, entityId)).toEqual(before);
  });
});

test.each([
  ['a wrong content type', 'POST', '/v1/facts', 415],
  ['an unknown route', 'GET', '/v1/nothing', 404],
  ['a wrong method', 'DELETE', '/v1/facts', 405],
  ['an unknown query parameter', 'GET', '/v1/entities/ENTITY/facts?colour=red', 400],
  ['a limit of 0', 'GET', '/v1/entities/ENTITY/facts?limit=0', 400],
  ['a made-up cursor', 'GET', '/v1/entities/ENTITY/facts?cursor=abc', 400],
])('%s is answered as a problem', async (_name, method, path, status) => {
  const options =
    status === 415 ? { body: charge(entityId, 1), headers: { 'content-type': 'text/plain' } } : {};
  const url = path.replace('ENTITY', entityId);
  const response = await fetch(`${sharedState().dispatcher_url}${url}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...options.headers },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  expect(response.status, await response.clone().text()).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});
