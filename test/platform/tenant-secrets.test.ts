// Secrets of a tenant's code as the platform's API takes and shows them, and as its ledger counts them.
// Cloudflare's own side is tested in test/provisioning and test/e2e.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import {
  begun,
  DONE,
  listed,
  made,
  makeLive,
  pathOf,
  put,
  secretFacts,
  start,
  stateOf,
  VALUE,
} from './tenant-secrets-world.ts';
import { addVersion, refusalOf } from './versions-world.ts';
import { activeTenant, call, freshId, jsonOf, problemOf } from './world.ts';

describe('a request', () => {
  it.each(['lower', 'A-B', 'TENANT_ID', 'PLATFORM', 'PLATFORM_METRICS_QUEUE', 'ACCOUNT_LEDGER'])(
    'that names %s is refused before anything is written',
    async (name) => {
      const tenant = await activeTenant();
      expect(await refusalOf(await put(tenant, name))).toMatchObject({
        status: 400,
        code: 'invalid_request',
        errors: [{ pointer: '/path/name' }],
      });
      const deleted = await call('DELETE', pathOf(tenant, name));
      expect(await problemOf(deleted)).toMatchObject({ status: 404, code: 'not_found' });
      expect(await secretFacts(tenant)).toEqual([]);
    },
  );

  it.each([
    ['no value', {}, 'invalid_request'],
    ['an empty value', { value: '' }, 'invalid_request'],
    ['a number', { value: 1 }, 'invalid_request'],
    ['more than a value', { value: VALUE, name: 'OTHER' }, 'invalid_request'],
    ['a byte too many', { value: `${'€'.repeat((5 * 1024 - 1) / 3)}...` }, 'invalid_request'],
    ['far too much', { value: 'x'.repeat(70_000) }, 'payload_too_large'],
  ])('with %s is refused, and does not quote it', async (_, body, code) => {
    const tenant = await activeTenant();
    const refused = await refusalOf(await put(tenant, 'API_KEY', body));
    expect(refused.code).toBe(code);
    expect(JSON.stringify(refused)).not.toContain(VALUE);
    expect(await secretFacts(tenant)).toEqual([]);
  });

  it('without the operator token, or of a tenant that is none, is told nothing', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'API_KEY');
    const none = freshId('none');
    for (const [method, name] of [
      ['GET', ''],
      ['PUT', 'API_KEY'],
      ['DELETE', 'API_KEY'],
    ] as const) {
      const body = method === 'PUT' ? { body: { value: VALUE } } : {};
      const stranger = await call(method, pathOf(tenant, name), { ...body, token: 'wrong' });
      expect(await problemOf(stranger)).toMatchObject({ status: 401, code: 'token_invalid' });
      const absent = await call(method, pathOf(none, name), body);
      expect(await problemOf(absent)).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  it('to delete what is not set is refused', async () => {
    const tenant = await activeTenant();
    const answer = await call('DELETE', pathOf(tenant, 'API_KEY'));
    expect(await problemOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('that Cloudflare does not answer sets nothing, says so, and leaves the value nowhere', async () => {
    const tenant = await activeTenant();
    const refused = await refusalOf(await put(tenant, 'API_KEY'));
    expect(refused).toMatchObject({ status: 503, code: 'not_ready' });
    expect(await listed(tenant)).toEqual([]);
    expect(await secretFacts(tenant)).toEqual(['put_started']);
    const facts = await ledgerOf(env, tenant).listFacts({ limit: 100 });
    await ledgerOf(env, tenant).project();
    const audit = await (await call('GET', `/v1/audit?tenant_id=${tenant}`)).text();
    expect(audit).toContain('secret.put_started');
    expect(JSON.stringify([refused, facts, await stateOf(tenant), audit])).not.toContain(VALUE);
  });
});

describe('a secret', () => {
  it('is listed by name with its version, which counts its puts over deletions too', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'B_KEY');
    await made(tenant, 'A_KEY');
    await made(tenant, 'B_KEY');
    expect(await listed(tenant)).toMatchObject([
      { name: 'A_KEY', version: 1, status: 'set', used: false, changed_by: 'operator' },
      { name: 'B_KEY', version: 2, status: 'set' },
    ]);
    await made(tenant, 'B_KEY', 'delete');
    expect(await listed(tenant)).toMatchObject([{ name: 'A_KEY' }]);
    expect((await made(tenant, 'B_KEY')).version).toBe(3);
  });

  it('is used when the live version declares it', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant, { secrets: ['A_KEY'] });
    await made(tenant, 'A_KEY');
    await made(tenant, 'B_KEY');
    await makeLive(tenant, id, 1);
    expect((await listed(tenant)).map(({ used }) => used)).toEqual([true, false]);
  });

  it('is one of a hundred at most; one of those can still be replaced', async () => {
    const tenant = await activeTenant();
    for (let count = 0; count < 100; count += 1) await made(tenant, `KEY_${count}`);
    await expect(start(tenant, 'KEY_100')).rejects.toThrow('conflict: The tenant has 100 secrets');
    expect((await made(tenant, 'KEY_7')).version).toBe(2);
  });

  it('appears in the audit with who put it', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'API_KEY');
    const audit = await call('GET', `/v1/audit?tenant_id=${tenant}&action=secret`);
    const { data } = await jsonOf<{ data: Record<string, unknown>[] }>(audit);
    expect(data).toMatchObject([
      { action: 'secret.put', principal: 'operator', subject: 'API_KEY', detail: 'version 1' },
      { action: 'secret.put_started', principal: 'operator', subject: 'API_KEY' },
    ]);
  });
});

describe('changes', () => {
  it('of one tenant go one after the other', async () => {
    const tenant = await activeTenant();
    const all = await Promise.all(['A_KEY', 'A_KEY', 'B_KEY'].map((name) => start(tenant, name)));
    expect(all.filter((one) => 'change' in one)).toHaveLength(1);
    expect(all.filter((one) => 'busy' in one)).toHaveLength(2);
  });

  it('with the same key are one, of whatever came in between', async () => {
    const tenant = await activeTenant();
    const first = await made(tenant, 'API_KEY', 'put', 'the-key');
    await made(tenant, 'API_KEY');
    expect(await start(tenant, 'API_KEY', 'put', 'the-key')).toMatchObject({
      made: { id: first.id, version: 1 },
    });
    const headers = { 'idempotency-key': 'the-key' };
    const again = await call('PUT', pathOf(tenant, 'API_KEY'), { body: { value: 'x' }, headers });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await jsonOf(again)).toMatchObject({ name: 'API_KEY', version: 1 });
    const other = await call('PUT', pathOf(tenant, 'OTHER'), { body: { value: 'x' }, headers });
    expect(await problemOf(other)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('that were not made do not use up their key', async () => {
    const tenant = await activeTenant();
    const { id } = await begun(tenant, 'API_KEY', 'put', 'the-key');
    await ledgerOf(env, tenant).endSecretChange(id, 'failed', 'Cloudflare says 10013');
    expect(await listed(tenant)).toEqual([]);
    expect((await made(tenant, 'API_KEY', 'put', 'the-key')).version).toBe(1);
  });

  it('of a suspended tenant are made, of one that goes they are refused, and its secrets are gone', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'API_KEY');
    await call('POST', `/v1/tenants/${tenant}/suspend`);
    expect((await made(tenant, 'API_KEY')).version).toBe(2);
    const pending = await begun(tenant, 'API_KEY');

    await using run = await introspectWorkflowInstance(
      env.DEPROVISION_TENANT,
      `deprovision_${tenant}_2`,
    );
    await run.modify(async (steps) => {
      await steps.mockStepResult({ name: 'script' }, DONE);
    });
    expect((await call('DELETE', `/v1/tenants/${tenant}`)).status).toBe(202);
    await run.waitForStatus('complete');
    // What was under way when the Worker went says so too late.
    const late = await ledgerOf(env, tenant).endSecretChange(pending.id, 'made');
    expect(late.ok).toBe(false);
    await expect(start(tenant, 'API_KEY')).rejects.toThrow('conflict: The tenant is deleted');
    expect(await listed(tenant)).toEqual([]);
  });
});
