// The audit: a row for every control-plane fact, whatever crashes in between, and none of the secrets.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../platform/src/audit/audit-entry.ts';
import { auditRowOf } from '../../platform/src/audit/audit-entry.ts';
import { tenantFacts } from '../../platform/src/tenants/tenant-facts.ts';
import type { TenantLedger } from '../../platform/src/tenants/tenant-ledger.ts';
import { activeTenant, call, createKey, freshId, jsonOf, problemOf } from './world.ts';

interface AuditList {
  data: AuditEntry[];
  has_more: boolean;
  next_cursor: string | null;
}

function stubOf(id: string): DurableObjectStub {
  return env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
}

async function audit(query: string): Promise<AuditList> {
  const response = await call('GET', `/v1/audit?${query}`);
  expect(response.status).toBe(200);
  return jsonOf<AuditList>(response);
}

const actionsOf = async (id: string): Promise<string[]> => {
  return (await audit(`tenant_id=${id}&limit=100`)).data.map(({ action }) => action);
};

/** The ids of all facts in a tenant's ledger, newest first. */
async function factIds(id: string): Promise<string[]> {
  return runInDurableObject(stubOf(id), async (instance) => {
    const ledger = instance as unknown as TenantLedger;
    const facts = await ledger.listFacts({ limit: 100, order: 'desc' });
    return facts.ok ? facts.value.data.map((fact) => fact.id) : [];
  });
}

const operator = (tenantId: string) => ({ tenantId, principal: 'operator' });

describe('the audit of a tenant', () => {
  it('has a row for every fact, newest first, with who did it', async () => {
    const id = await activeTenant();
    await call('POST', `/v1/tenants/${id}/suspend`);
    const { data } = await audit(`tenant_id=${id}&limit=100`);
    expect(data.map((entry) => entry.id)).toEqual(await factIds(id));
    expect(data[0]).toMatchObject({ action: 'tenant.suspended', principal: 'operator' });
    const activated = data.find(({ action }) => action === 'tenant.activated');
    expect(activated).toMatchObject({ principal: 'workflow', tenant_id: id, subject: null });
    const step = data.find(({ action }) => action === 'step.succeeded');
    expect(step).toMatchObject({ subject: 'active', principal: 'workflow' });
    expect(data.find(({ action }) => action === 'tenant.requested')?.detail).toContain('A tenant');
  });

  it('names keys and holds neither their secrets nor the hashes of them', async () => {
    const id = await activeTenant();
    const key = await createKey(id, { label: 'ci runner' });
    await call('DELETE', `/v1/tenants/${id}/keys/${key.client_id}`);
    const { data } = await audit(`tenant_id=${id}&action=key`);
    expect(data.map(({ action, subject }) => [action, subject])).toEqual([
      ['key.revoked', key.client_id],
      ['key.created', key.client_id],
    ]);
    expect(data[1]?.detail).toContain('ci runner');
    const stored = await env.DB.prepare('SELECT * FROM audit WHERE tenant_id = ?').bind(id).all();
    expect(JSON.stringify(stored.results)).not.toMatch(/[0-9a-f]{64}/u);
  });

  it('says who looked, in the words of the fact', () => {
    const data = { entity_id: 'acct_1', page: 'entity', principal: 'operator' };
    const fact = { id: 'fct_1', seq: 9, type: 'operator_access', recorded_at: 'now', data };
    expect(auditRowOf(fact, 'acme')).toMatchObject({
      action: 'operator_access',
      principal: 'operator',
      subject: 'acct_1',
      detail: 'page entity',
    });
  });
});

describe('a crash between a fact and its row', () => {
  it('loses nothing: the alarm of the fact writes it', async () => {
    const id = await activeTenant();
    await runInDurableObject(stubOf(id), async (instance, state) => {
      const ledger = instance as unknown as TenantLedger;
      await state.storage.deleteAlarm();
      expect((await ledger.append(tenantFacts.suspended(), operator(id))).ok).toBe(true);
    });
    expect(await actionsOf(id)).not.toContain('tenant.suspended');
    expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
    expect((await actionsOf(id))[0]).toBe('tenant.suspended');
  });

  it('that falls after the row, before the ledger knew, writes no second one', async () => {
    const id = await activeTenant();
    const before = await actionsOf(id);
    await runInDurableObject(stubOf(id), async (instance, state) => {
      state.storage.kv.delete('audited');
      const ledger = instance as unknown as TenantLedger;
      await ledger.append(tenantFacts.suspended(), operator(id));
    });
    await runDurableObjectAlarm(stubOf(id));
    expect(await actionsOf(id)).toEqual(['tenant.suspended', ...before]);
  });

  it('or an audit that cannot be written holds up neither the index nor the route', async () => {
    const id = await activeTenant();
    await env.DB.exec('ALTER TABLE audit RENAME TO audit_away');
    try {
      expect((await call('POST', `/v1/tenants/${id}/suspend`)).status).toBe(200);
      expect(await env.ROUTES.get(`route:${id}`, 'json')).toMatchObject({ status: 'suspended' });
      const row = env.DB.prepare('SELECT status FROM tenants WHERE id = ?').bind(id);
      expect(await row.first('status')).toBe('suspended');
    } finally {
      await env.DB.exec('ALTER TABLE audit_away RENAME TO audit');
    }
    expect(await actionsOf(id)).not.toContain('tenant.suspended');
    await runDurableObjectAlarm(stubOf(id));
    expect((await actionsOf(id))[0]).toBe('tenant.suspended');
  });
});

it('who looked at an entity is in the audit once the alarm of that fact rang', async () => {
  const id = await activeTenant();
  await runInDurableObject(stubOf(id), async (instance) => {
    const ledger = instance as unknown as TenantLedger;
    const access = { entity_id: 'acct_1', page: 'entity', principal: 'operator' };
    await ledger.append(tenantFacts.operatorAccess(access), operator(id));
  });
  await runDurableObjectAlarm(stubOf(id));
  const { data } = await audit(`tenant_id=${id}&action=operator_access`);
  expect(data).toMatchObject([{ principal: 'operator', subject: 'acct_1', detail: 'page entity' }]);
});

it('the audit can be dropped and is rebuilt from the ledgers, to the letter', async () => {
  const id = await activeTenant();
  await createKey(id, { label: 'ci' });
  const config = `cfg_${freshId()}`;
  const body = { type: freshId('notes'), settings: { text: 'a' } };
  await call('PUT', `/v1/configs/${config}`, {
    body,
    headers: { 'idempotency-key': freshId() },
  });
  const own = async () => [
    (await audit(`tenant_id=${id}&limit=100`)).data,
    (await audit('tenant_id=platform&limit=100')).data,
  ];
  const before = await own();
  expect(before[1]?.some(({ subject }) => subject === config)).toBe(true);
  await env.DB.exec('DELETE FROM audit');
  expect((await audit(`tenant_id=${id}`)).data).toEqual([]);
  // A call takes a hundred tenants, and other tests have theirs here.
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = cursor && `?cursor=${encodeURIComponent(cursor)}`;
    const rebuilt = await call('POST', `/v1/index/rebuild${query}`);
    cursor = (await jsonOf<{ next_cursor: string | null }>(rebuilt)).next_cursor;
  }
  expect(await own()).toEqual(before);
});

describe('the audit of the platform', () => {
  it('tells of a Config, its version and state, and of none of its settings', async () => {
    const config = `cfg_${freshId()}`;
    const type = freshId('notes');
    const settings = { note: 'a-webhook-secret' };
    const headers = { 'idempotency-key': freshId() };
    const put = await call('PUT', `/v1/configs/${config}`, {
      body: { type, settings },
      headers,
    });
    expect(put.status).toBe(201);
    const { data } = await audit('tenant_id=platform&action=config.versioned');
    expect(data[0]).toMatchObject({ subject: config, principal: 'operator' });
    expect(data[0]?.detail).toContain(`${type}, version 1, active`);
    const stored = await env.DB.prepare("SELECT * FROM audit WHERE tenant_id = 'platform'").all();
    expect(JSON.stringify(stored.results)).not.toContain('a-webhook-secret');
  });
});

describe('the list', () => {
  it('goes on where a page ended, and shows every entry once', async () => {
    const id = await activeTenant();
    const all = (await audit(`tenant_id=${id}&limit=100`)).data;
    const walked: AuditEntry[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: AuditList = await audit(`tenant_id=${id}&limit=3${from}`);
      walked.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(walked).toEqual(all);
  });

  it.each(['limit=0', 'cursor=abc', 'action=%27%20OR%201=1', 'tenant_id=A%00', 'unknown=1'])(
    'refuses %s',
    async (query) => {
      const { code } = await problemOf(await call('GET', `/v1/audit?${query}`));
      expect(code).toBe('invalid_request');
    },
  );

  it('is for the operator alone', async () => {
    const { code } = await problemOf(await call('GET', '/v1/audit', { token: null }));
    expect(code).toBe('token_missing');
  });
});
