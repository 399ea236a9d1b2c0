// D1 and KV follow the tenant ledgers, whatever crashes in between. They are never the truth.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { tenantFacts } from '../../platform/src/tenants/tenant-facts.ts';
import type { TenantLedger } from '../../platform/src/tenants/tenant-ledger.ts';
import { activeTenant, call, createKey, freshId, jsonOf, type TenantBody } from './world.ts';

function stubOf(id: string): DurableObjectStub {
  return env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
}

async function indexed(id: string): Promise<string | undefined> {
  const row = await env.DB.prepare('SELECT status FROM tenants WHERE id = ?').bind(id).first();
  return row?.['status'] as string | undefined;
}

async function keyRows(): Promise<unknown[]> {
  const columns = 'key_id, tenant_id, created_at, revoked_at';
  const query = `SELECT ${columns} FROM tenant_keys ORDER BY key_id`;
  return (await env.DB.prepare(query).all()).results;
}

const operator = (tenantId: string) => ({ tenantId, principal: 'operator' });

describe('a crash between a fact and its projections', () => {
  it('leaves an alarm, set in the commit of the fact, that catches up', async () => {
    const id = await activeTenant();
    // The fact is committed, and nothing after it happens: that is what a crash leaves.
    await runInDurableObject(stubOf(id), async (instance, state) => {
      const ledger = instance as unknown as TenantLedger;
      await state.storage.deleteAlarm();
      const outcome = await ledger.append(tenantFacts.suspended(), operator(id));
      expect(outcome.ok).toBe(true);
      expect(await state.storage.getAlarm()).not.toBeNull();
    });
    expect(await indexed(id)).toBe('active');
    expect(await env.ROUTES.get(`route:${id}`, 'json')).toMatchObject({ status: 'active' });

    expect(await runDurableObjectAlarm(stubOf(id))).toBe(true);
    expect(await indexed(id)).toBe('suspended');
    expect(await env.ROUTES.get(`route:${id}`, 'json')).toMatchObject({ status: 'suspended' });
    await runInDurableObject(stubOf(id), async (_, state) => {
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });

  it('starts the Workflow that was never started, and lists the tenant', async () => {
    const id = freshId();
    await runInDurableObject(stubOf(id), async (instance) => {
      const ledger = instance as unknown as TenantLedger;
      await ledger.createEntity({ id, type: 'tenant' }, operator(id));
      await ledger.append(tenantFacts.requested({ name: 'A', plan: 'free' }), operator(id));
    });
    expect(await indexed(id)).toBeUndefined();
    await runDurableObjectAlarm(stubOf(id));
    expect(await indexed(id)).toBe('provisioning');
    const run = await env.PROVISION_TENANT.get(`provision_${id}_1`);
    expect(run.id).toBe(`provision_${id}_1`);
  });

  it('does no harm when a projection keeps failing: the alarm stays', async () => {
    const id = await activeTenant();
    await env.DB.exec('ALTER TABLE tenants RENAME TO tenants_away');
    const suspended = await call('POST', `/v1/tenants/${id}/suspend`);
    expect(suspended.status).toBe(200);
    await runDurableObjectAlarm(stubOf(id));
    await runInDurableObject(stubOf(id), async (_, state) => {
      expect(await state.storage.getAlarm()).not.toBeNull();
    });
    await env.DB.exec('ALTER TABLE tenants_away RENAME TO tenants');
    await runDurableObjectAlarm(stubOf(id));
    expect(await indexed(id)).toBe('suspended');
  });
});

describe('the alarm of a tenant that is settled', () => {
  it('is left to ring once, touches no projection, and asks for no other', async () => {
    const id = await activeTenant();
    expect((await call('POST', `/v1/tenants/${id}/suspend`)).status).toBe(200);
    await env.DB.prepare("UPDATE tenants SET status = 'active' WHERE id = ?").bind(id).run();
    await runDurableObjectAlarm(stubOf(id));
    expect(await indexed(id)).toBe('active');
    await runInDurableObject(stubOf(id), async (_, state) => {
      expect(await state.storage.getAlarm()).toBeNull();
    });
  });
});

describe('the index', () => {
  it('can be dropped and is rebuilt from the ledgers', async () => {
    const [one, two] = [await activeTenant(), await activeTenant()];
    await createKey(two);
    const list = async () => {
      const page = await jsonOf<{ data: TenantBody[] }>(
        await call('GET', '/v1/tenants?limit=100&order=desc'),
      );
      return page.data.filter(({ id }) => id === one || id === two);
    };
    const before = [await list(), await keyRows()];
    await env.DB.batch([
      env.DB.prepare('DELETE FROM tenants'),
      env.DB.prepare('DELETE FROM tenant_keys'),
    ]);
    expect(await list()).toEqual([]);
    let rebuilt = 0;
    let query = '';
    do {
      const step = await jsonOf<{ rebuilt: number; next_cursor: string | null }>(
        await call('POST', `/v1/index/rebuild${query}`),
      );
      rebuilt += step.rebuilt;
      query = step.next_cursor === null ? '' : `?cursor=${encodeURIComponent(step.next_cursor)}`;
    } while (query !== '');
    expect(rebuilt).toBeGreaterThanOrEqual(2);
    expect([await list(), await keyRows()]).toEqual(before);
  });

  it('never goes back to an older fact', async () => {
    const id = await activeTenant();
    await env.DB.prepare("UPDATE tenants SET seq = 9999, status = 'later' WHERE id = ?")
      .bind(id)
      .run();
    await call('POST', `/v1/tenants/${id}/suspend`);
    expect(await indexed(id)).toBe('later');
  });
});
