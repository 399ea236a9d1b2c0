// Who may listen to a tenant's Worker, and what is written down of it. No Worker is listened to here:
// nothing answers at the address of Cloudflare's API, and that is what those who may are told.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { readSecrets } from '../../platform/src/secrets.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { mintAccessToken } from '../../platform/src/tokens/access-token.ts';
import { getPage, html, signIn } from './dashboard-world.ts';
import { openPortal } from './portal-world.ts';
import { activeTenant, call, createKey, jsonOf, problemOf } from './world.ts';

async function tokenOf(tenantId: string, clientId: string, scope = 'ledger:read'): Promise<string> {
  const secrets = readSecrets(env);
  if (!secrets.ok) throw new Error('no secrets');
  const [key] = secrets.value.signingKeys;
  return mintAccessToken(env, key, { tenantId, clientId, scope, lifetimeSeconds: 60 });
}

async function refusal(id: string, token?: string | null, query = ''): Promise<string> {
  const options = token === undefined ? {} : { token };
  return (await problemOf(await call('GET', `/v1/tenants/${id}/tail${query}`, options))).code;
}

async function looks(tenant: string): Promise<unknown[]> {
  const facts = await ledgerOf(env, tenant).listFacts({ type: 'operator_access', limit: 100 });
  return facts.ok ? facts.value.data.map(({ data }) => data['entity_id']) : [];
}

describe('the stream of the API', () => {
  it('is for the operator and for the tenant itself, with a live key of its own', async () => {
    const [id, other] = [await activeTenant(), await activeTenant()];
    const [key, foreign, revoked] = [
      await createKey(id),
      await createKey(other),
      await createKey(id),
    ];
    await call('DELETE', `/v1/tenants/${id}/keys/${revoked.id}`);
    expect(await refusal(id, null)).toBe('token_missing');
    expect(await refusal(id, 'made-up')).toBe('token_invalid');
    expect(await refusal(id, await tokenOf(id, revoked.id))).toBe('token_invalid');
    expect(await refusal(id, await tokenOf(id, 'z0-operator'))).toBe('token_invalid');
    expect(await refusal(id, await tokenOf(id, key.id, 'ledger:write'))).toBe('token_invalid');
    // A key of somebody else does not become one of this tenant by what a token claims.
    expect(await refusal(id, await tokenOf(id, foreign.id))).toBe('token_invalid');
    expect(await refusal(id, await tokenOf(other, foreign.id))).toBe('not_found');
    expect(await refusal('nobody-here', await tokenOf(other, foreign.id))).toBe('not_found');
    expect(await refusal('nobody-here')).toBe('not_found');
    // Those who may get as far as Cloudflare's API.
    expect(await refusal(id, await tokenOf(id, key.id))).toBe('not_ready');
    expect(await looks(id)).toEqual([]);
    expect(await refusal(id)).toBe('not_ready');
    expect(await looks(id)).toEqual(['live_log']);
  });

  it('is for nobody of a tenant that is suspended but the operator', async () => {
    const id = await activeTenant();
    const key = await createKey(id);
    await call('POST', `/v1/tenants/${id}/suspend`);
    expect(await refusal(id, await tokenOf(id, key.id))).toBe('token_invalid');
    expect(await refusal(id)).toBe('not_ready');
  });

  it.each(['?status=sad', '?method=G%20T', '?sampling=2', '?search=a&limit=1'])(
    'is asked properly: %s',
    async (query) => {
      const id = await activeTenant();
      expect(await refusal(id, undefined, query)).toBe('invalid_request');
      expect(await looks(id)).toEqual([]);
    },
  );

  it('and its events are described', async () => {
    const document = await jsonOf<{
      paths: Record<string, unknown>;
      components: { schemas: Record<string, { properties: object }> };
    }>(await call('GET', '/openapi.json'));
    expect(document.paths).toHaveProperty(['/v1/tenants/{id}/tail']);
    const { properties = {} } = document.components.schemas['TailEvent'] ?? {};
    expect(Object.keys(properties)).toContain('outcome');
  });
});

describe('a room', () => {
  it('is of one tenant, whoever else it is asked for', async () => {
    const room = env.TAIL_ROOM.get(env.TAIL_ROOM.idFromName('acme'));
    const asked = runInDurableObject(room, (instance) =>
      instance.fetch(new Request('https://tail-room/?tenant=globex&viewer=operator')),
    );
    await expect(asked).rejects.toThrow('another tenant');
  });
});

describe('the page', () => {
  it('of the portal is of the own tenant, and says without a script how to go on', async () => {
    const [mine, other] = [await openPortal(), await openPortal()];
    const page = await html('/portal/logs?status=error&search=%3Cb%3E%22&page=2', mine.cookie);
    expect(page).toContain('data-tail="/portal/logs/stream?status=error&amp;search=%3Cb%3E%22"');
    expect(page).toContain(`z0 tail --tenant ${mine.tenant} --status error`);
    expect(page).not.toContain('<b>"');
    expect(page).not.toContain(other.tenant);
    expect(await looks(mine.tenant)).toEqual([]);
    const foreign = await getPage(`/portal/logs/${other.tenant}/stream`, mine.cookie);
    expect(foreign.status).toBe(404);
  });

  it('of the operator names the tenant, and of nobody there is none', async () => {
    const id = await activeTenant();
    const cookie = await signIn();
    const page = await html(`/dashboard/tenants/${id}/logs`, cookie);
    expect(page).toContain(`data-tail="/dashboard/tenants/${id}/logs/stream"`);
    expect((await getPage('/dashboard/tenants/nobody-here/logs', cookie)).status).toBe(404);
  });

  it('and its stream need a session of their own kind', async () => {
    const { tenant, cookie } = await openPortal();
    const operator = await signIn();
    const path = `/dashboard/tenants/${tenant}/logs`;
    for (const of of [path, `${path}/stream`]) {
      expect((await getPage(of)).status).toBe(401);
      expect((await getPage(of, cookie)).status).toBe(401);
    }
    for (const of of ['/portal/logs', '/portal/logs/stream']) {
      expect((await getPage(of)).status).toBe(401);
      expect((await getPage(of, operator)).status).toBe(401);
    }
  });

  it('has a stream that records the operator before it is opened', async () => {
    const { tenant, cookie } = await openPortal();
    const own = await getPage('/portal/logs/stream', cookie);
    expect((await problemOf(own)).code).toBe('not_ready');
    expect(await looks(tenant)).toEqual([]);
    const stream = await getPage(`/dashboard/tenants/${tenant}/logs/stream`, await signIn());
    expect((await problemOf(stream)).code).toBe('not_ready');
    expect(await looks(tenant)).toEqual(['live_log']);
    expect(await html('/portal/access', cookie)).toContain('your live log');
  });
});
