// Tenants over the operator API: create, list, suspend, resume, and what a retry may change.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  activeTenant,
  call,
  freshId,
  jsonOf,
  problemOf,
  showTenant,
  type TenantBody,
} from './world.ts';

async function create(id: string, key?: string, name = 'A tenant'): Promise<Response> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return call('POST', '/v1/tenants', { body: { id, name }, headers });
}

describe('creating a tenant', () => {
  it('answers 202 at once, with every step of the run still to come', async () => {
    const id = freshId();
    const response = await create(id);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/tenants/${id}`);
    const pending = { status: 'pending', started_at: null, ended_at: null };
    expect(await response.json()).toMatchObject({
      object: 'tenant',
      id,
      name: 'A tenant',
      plan: 'standard',
      status: 'provisioning',
      provisioning: {
        id: `provision_${id}_1`,
        status: 'queued',
        steps: ['reserve', 'keys', 'upload', 'route', 'smoke', 'active'].map((name) => {
          return { name, ...pending };
        }),
      },
    });
  });

  it('repeated with its Idempotency-Key changes nothing and answers the same', async () => {
    const id = freshId();
    const first = await create(id, 'once');
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    const again = await create(id, 'once');
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
  });

  it('answers a repeat as it was then, even after the tenant moved on', async () => {
    const id = await activeTenant(freshId(), 'once');
    const repeat = await create(id, 'once');
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
    const body = await jsonOf<TenantBody>(repeat);
    expect([body.status, body.provisioning.status]).toEqual(['provisioning', 'queued']);
    expect((await showTenant(id)).status).toBe('active');
  });

  it('refuses another payload under a used Idempotency-Key', async () => {
    const id = freshId();
    await create(id, 'once');
    const problem = await problemOf(await create(id, 'once', 'Another name'));
    expect(problem).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('refuses an id that exists', async () => {
    const id = freshId();
    await create(id);
    expect(await problemOf(await create(id))).toMatchObject({
      status: 409,
      code: 'already_exists',
    });
  });
});

describe('listing tenants', () => {
  it('pages through all of them once, in both orders', async () => {
    const ids = [freshId(), freshId(), freshId()];
    for (const id of ids) await create(id);
    for (const order of ['asc', 'desc']) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const after: string = cursor === null ? '' : `&cursor=${cursor}`;
        const page: {
          object: string;
          data: { id: string }[];
          has_more: boolean;
          next_cursor: string | null;
        } = await jsonOf(await call('GET', `/v1/tenants?limit=2&order=${order}${after}`));
        expect(page.object).toBe('list');
        expect(page.has_more).toBe(page.next_cursor !== null);
        seen.push(...page.data.map(({ id }) => id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      const mine = seen.filter((id) => ids.includes(id));
      expect(mine).toEqual(order === 'asc' ? ids : ids.toReversed());
      expect(new Set(seen).size).toBe(seen.length);
    }
  });
});

describe("a tenant's life", () => {
  it('goes from active to suspended and back, and the route with it', async () => {
    const id = await activeTenant();
    const suspended = await call('POST', `/v1/tenants/${id}/suspend`);
    expect(suspended.status).toBe(200);
    expect((await jsonOf<TenantBody>(suspended)).status).toBe('suspended');
    expect(await routeStatus(id)).toBe('suspended');
    const resumed = await call('POST', `/v1/tenants/${id}/resume`);
    expect((await jsonOf<TenantBody>(resumed)).status).toBe('active');
    expect(await routeStatus(id)).toBe('active');
  });

  it('replays a suspension by its key, without suspending again', async () => {
    const id = await activeTenant();
    const headers = { 'idempotency-key': 'suspend-once' };
    await call('POST', `/v1/tenants/${id}/suspend`, { headers });
    await call('POST', `/v1/tenants/${id}/resume`);
    const replay = await call('POST', `/v1/tenants/${id}/suspend`, { headers });
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    expect((await jsonOf<TenantBody>(replay)).status).toBe('suspended');
    expect((await showTenant(id)).status).toBe('active');
  });

  it('refuses what the status does not allow', async () => {
    const id = await activeTenant();
    const conflict = { status: 409, code: 'conflict' };
    expect(await problemOf(await call('POST', `/v1/tenants/${id}/resume`))).toMatchObject(conflict);
    await call('POST', `/v1/tenants/${id}/suspend`);
    expect(await problemOf(await call('POST', `/v1/tenants/${id}/suspend`))).toMatchObject(
      conflict,
    );
    const starting = freshId();
    await create(starting);
    for (const [method, path] of [
      ['POST', '/suspend'],
      ['DELETE', ''],
    ] as const) {
      const refused = await call(method, `/v1/tenants/${starting}${path}`);
      expect(await problemOf(refused)).toMatchObject(conflict);
    }
  });

  it('knows nothing of a tenant that was never requested', async () => {
    const id = freshId();
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/provisioning'],
      ['GET', '/keys'],
      ['POST', '/suspend'],
      ['POST', '/resume'],
      ['DELETE', ''],
    ] as const) {
      const refused = await call(method, `/v1/tenants/${id}${path}`);
      expect(await problemOf(refused)).toMatchObject({ status: 404, code: 'not_found' });
    }
  });
});

async function routeStatus(id: string): Promise<string | undefined> {
  return (await env.ROUTES.get<{ status: string }>(`route:${id}`, 'json'))?.status;
}
