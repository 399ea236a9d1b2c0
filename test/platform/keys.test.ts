// A tenant's keys over the operator API. Their secrets are shown once and kept nowhere.
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../platform/src/app.ts';
import { call, createKey, freshId, jsonOf, type KeyBody, problemOf } from './world.ts';

async function provisioningTenant(): Promise<string> {
  const id = freshId();
  await call('POST', '/v1/tenants', { body: { id, name: 'A tenant' } });
  return id;
}

describe("a tenant's keys", () => {
  it('are two at most; a third needs one revoked first', async () => {
    const id = await provisioningTenant();
    const first = await createKey(id, { label: 'first' });
    await createKey(id);
    const refused = await call('POST', `/v1/tenants/${id}/keys`, { body: {} });
    expect(await problemOf(refused)).toMatchObject({ status: 409, code: 'conflict' });
    const revoked = await call('DELETE', `/v1/tenants/${id}/keys/${first.id}`);
    expect(await revoked.json()).toMatchObject({ id: first.id, status: 'revoked', label: 'first' });
    await createKey(id);
    const list = await jsonOf<{ data: KeyBody[] }>(await call('GET', `/v1/tenants/${id}/keys`));
    expect(list.data.map(({ status }) => status)).toEqual(['revoked', 'live', 'live']);
  });

  it('show their secret once and keep it nowhere', async () => {
    const id = await provisioningTenant();
    const { client_secret, client_id } = await createKey(id);
    expect(client_secret).toMatch(/^z0_test_/u);
    const secret = client_secret ?? '';
    const list = await (await call('GET', `/v1/tenants/${id}/keys`)).text();
    expect(list).toContain(client_id);
    const ledger = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
    const { listFacts } = ledger as unknown as { listFacts: () => Promise<unknown> };
    const facts = JSON.stringify(await listFacts());
    const rows = JSON.stringify((await env.DB.prepare('SELECT * FROM tenant_keys').all()).results);
    for (const text of [list, facts, rows]) expect(text).not.toContain(secret.slice(35));
    expect(list).not.toContain('hash');
  });

  it.each(['live', 'test'] as const)('are marked as the platform is told: %s', async (mode) => {
    const id = await provisioningTenant();
    const request = new Request(`https://platform.test/v1/tenants/${id}/keys`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${env.TEST_OPERATOR_TOKEN}`,
        'content-type': 'application/json',
      },
      body: '{}',
    });
    const response = await createApp().fetch(request, { ...env, KEY_MODE: mode });
    const { client_secret } = await jsonOf<KeyBody>(response);
    expect(client_secret?.slice(0, 8)).toBe(`z0_${mode}_`);
  });

  it('are made once per Idempotency-Key; the replay has no secret left to show', async () => {
    const id = await provisioningTenant();
    const options = { body: { label: 'ci' }, headers: { 'idempotency-key': 'ci-key' } };
    const first = await call('POST', `/v1/tenants/${id}/keys`, options);
    const again = await call('POST', `/v1/tenants/${id}/keys`, options);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const key = await jsonOf<KeyBody>(first);
    expect(await again.json()).toEqual({ ...key, client_secret: null });
    const other = await call('POST', `/v1/tenants/${id}/keys`, { ...options, body: {} });
    expect(await problemOf(other)).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('cannot be revoked twice, nor by another tenant', async () => {
    const [id, other] = [await provisioningTenant(), await provisioningTenant()];
    const { id: keyId } = await createKey(id);
    const foreign = await call('DELETE', `/v1/tenants/${other}/keys/${keyId}`);
    expect(await problemOf(foreign)).toMatchObject({ status: 404, code: 'not_found' });
    const headers = { 'idempotency-key': 'revoke' };
    const first = await call('DELETE', `/v1/tenants/${id}/keys/${keyId}`, { headers });
    const replay = await call('DELETE', `/v1/tenants/${id}/keys/${keyId}`, { headers });
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    expect(await replay.json()).toEqual(await first.json());
    const twice = await call('DELETE', `/v1/tenants/${id}/keys/${keyId}`);
    expect(await problemOf(twice)).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('refuse a label that is no readable text', async () => {
    const id = await provisioningTenant();
    for (const label of ['', ' ', 'a\u0000', 'x'.repeat(121), 5, null]) {
      const response = await call('POST', `/v1/tenants/${id}/keys`, { body: { label } });
      expect(await problemOf(response)).toMatchObject({ status: 400, pointers: ['/label'] });
    }
  });
});
