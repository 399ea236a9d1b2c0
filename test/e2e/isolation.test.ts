// A tenant sees its own half of the world: anything of another tenant looks as if it did not exist.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  asTenant,
  call,
  getWithHost,
  objectOf,
  sharedState,
  type TenantCall,
  tokenOf,
} from './client.ts';

const OTHERS_ENTITY = 'acct_hotline';
const NO_ENTITY = 'acct_nowhere';

let acme: TenantCall;
beforeAll(async () => {
  acme = await asTenant(sharedState(), 'acme');
});

/** An answer without what differs from request to request. */
function comparable({ status, body, headers }: Answer): unknown {
  const { request_id: _id, ...rest } = objectOf(body);
  return { status, body: rest, type: headers.get('content-type') };
}

async function atHost(host: string, path: string): Promise<Record<string, unknown>> {
  const state = sharedState();
  const token = await tokenOf(state, 'acme');
  const { status, body, type } = await getWithHost(`${state.dispatcher_url}${path}`, host, token);
  const { request_id: _id, ...rest } = objectOf(JSON.parse(body));
  return { ...rest, status, type };
}

describe('another tenant’s entity answers as one that does not exist', () => {
  const paths = [
    ['GET', (id: string) => `/v1/entities/${id}`],
    ['PATCH', (id: string) => `/v1/entities/${id}`],
    ['GET', (id: string) => `/v1/entities/${id}/facts`],
    ['GET', (id: string) => `/v1/entities/${id}/facts/fct_00000000000000000000000000`],
    ['GET', (id: string) => `/v1/entities/${id}/state`],
    ['POST', (id: string) => `/v1/entities/${id}/state/reconstruct`],
    ['GET', (id: string) => `/v1/entities/${id}/verify`],
  ] as const;
  test.each(paths)('%s %#', async (method, path) => {
    const options = method === 'PATCH' ? { body: { metadata: { a: 'b' } } } : {};
    const theirs = await acme(method, path(OTHERS_ENTITY), options);
    expect(theirs.status).toBe(404);
    expect(comparable(theirs)).toEqual(comparable(await acme(method, path(NO_ENTITY), options)));
  });

  test('an append', async () => {
    const append = (id: string): Promise<Answer> =>
      acme('POST', '/v1/facts', {
        body: { entity_id: id, type: 'charge', data: { amount: 1, currency: 'USD' } },
      });
    const theirs = await append(OTHERS_ENTITY);
    expect(theirs.status).toBe(404);
    expect(comparable(theirs)).toEqual(comparable(await append(NO_ENTITY)));
  });
});

describe('a token names one tenant', () => {
  test('another tenant’s path answers as a path of no tenant', async () => {
    const theirs = await acme('GET', `/t/globex/v1/entities/${OTHERS_ENTITY}`);
    const nobodys = await acme('GET', `/t/nobody/v1/entities/${OTHERS_ENTITY}`);
    expect(theirs.status).toBe(404);
    expect(comparable(theirs)).toEqual(comparable(nobodys));
    expect(comparable(theirs)).toEqual(comparable(await acme('GET', `/v1/entities/${NO_ENTITY}`)));
  });

  test('another tenant’s host answers as a host of no tenant', async () => {
    const theirs = await atHost('globex.localhost', `/v1/entities/${OTHERS_ENTITY}`);
    expect(theirs).toMatchObject({ status: 404, code: 'not_found' });
    expect(theirs).toEqual(await atHost('nobody.localhost', `/v1/entities/${OTHERS_ENTITY}`));
  });

  test('its own host and path work', async () => {
    const byPath = await acme('GET', '/t/acme/v1/health');
    expect(byPath.status).toBe(200);
    expect(await atHost('acme.localhost', '/v1/health')).toMatchObject({ status: 200 });
  });

  test('identity headers from a caller change nothing', async () => {
    const headers = { 'x-z0-tenant-id': 'globex', 'x-z0-principal': 'root' };
    const { status } = await acme('GET', `/v1/entities/${OTHERS_ENTITY}`, { headers });
    expect(status).toBe(404);
  });

  test('the operator API refuses a tenant’s token', async () => {
    const state = sharedState();
    const { status } = await call(
      state.platform_url,
      await tokenOf(state, 'acme'),
      'GET',
      '/v1/tenants',
    );
    expect(status).toBe(401);
  });
});
