// What runs by itself, as the operator and the tenant see it on their pages and the operator by API.
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { runsOf } from '../../platform/src/schedules/runs-of.ts';
import { html, signIn } from './dashboard-world.ts';
import { openPortal } from './portal-world.ts';
import { minutely, WAIT } from './schedules-world.ts';
import { activeTenant, call, jsonOf, problemOf } from './world.ts';

const RARELY = { name: 'yearly', cron: '0 12 1 1 *', time_zone: 'Europe/Berlin' };

async function inForce(tenant: string, data: string): Promise<void> {
  const source = { tenant_id: tenant, version_id: 'ver_1', plan: 'standard', queue: null };
  const schedules = [minutely({ ...RARELY, data })];
  await runsOf(env, tenant).sync({ ...source, status: 'active', schedules }, 1);
}

async function listOf(tenant: string, what: string): Promise<Record<string, unknown>[]> {
  const response = await call('GET', `/v1/tenants/${tenant}/${what}`);
  expect(response.status).toBe(200);
  return (await jsonOf<{ data: Record<string, unknown>[] }>(response)).data;
}

it('the operator and the tenant see schedules, their last runs and what failed for good', async () => {
  const { tenant, cookie } = await openPortal();
  await inForce(tenant, 'final');
  expect((await call('POST', `/v1/tenants/${tenant}/schedules/yearly/run`)).status).toBe(202);
  await expect.poll(() => listOf(tenant, 'dead-letters'), WAIT).toHaveLength(1);
  const [letter] = await listOf(tenant, 'dead-letters');
  const pages = [
    await html('/portal/versions', cookie),
    await html(`/dashboard/tenants/${tenant}`, await signIn()),
  ];
  for (const page of pages) {
    expect(page).toContain('Schedules and runs');
    expect(page).toContain('0 12 1 1 * Europe/Berlin');
    expect(page).toContain('01-01 11:00:00');
    expect(page).toContain('Error: on purpose');
    expect(page).toContain(String(letter?.['id']));
  }
});

it('a tenant without code of its own is told nothing of schedules', async () => {
  const tenant = await activeTenant();
  expect(await html(`/dashboard/tenants/${tenant}`, await signIn())).not.toContain('Schedules and');
  for (const what of ['schedules', 'runs', 'dead-letters']) {
    expect(await listOf(tenant, what)).toEqual([]);
  }
});

it('a run is asked for once by a key, and shown with its outcome', async () => {
  const tenant = await activeTenant();
  await inForce(tenant, 'ok');
  const path = `/v1/tenants/${tenant}/schedules/yearly/run`;
  const headers = { 'idempotency-key': 'once' };
  const first = await jsonOf<{ id: string }>(await call('POST', path, { headers }));
  const again = await call('POST', path, { headers });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect((await jsonOf<{ id: string }>(again)).id).toBe(first.id);
  await expect
    .poll(() => listOf(tenant, 'runs?schedule=yearly'), WAIT)
    .toMatchObject([{ id: first.id, status: 'succeeded', trigger: 'manual', error: null }]);
  expect(await listOf(tenant, 'runs?schedule=other')).toEqual([]);
});

it('a dead run is redriven by its id', async () => {
  const tenant = await activeTenant();
  await inForce(tenant, 'final');
  await call('POST', `/v1/tenants/${tenant}/schedules/yearly/run`);
  await expect.poll(() => listOf(tenant, 'dead-letters'), WAIT).toHaveLength(1);
  const id = String((await listOf(tenant, 'dead-letters'))[0]?.['id']);
  const path = `/v1/tenants/${tenant}/dead-letters/${id}/redrive`;
  expect((await call('POST', path)).status).toBe(202);
  await expect.poll(() => listOf(tenant, 'dead-letters'), WAIT).toMatchObject([{ id }]);
  expect(await listOf(tenant, 'runs')).toMatchObject([{ id }, { id }]);
});

it.each([
  ['GET', 'nobody-at-all/runs'],
  ['GET', 'nobody-at-all/schedules'],
  ['POST', 'nobody-at-all/schedules/yearly/run'],
  ['POST', 'nobody-at-all/dead-letters/run_1/redrive'],
])('%s %s is not found', async (method, path) => {
  expect(await problemOf(await call(method, `/v1/tenants/${path}`))).toMatchObject({
    code: 'not_found',
  });
});

it.each(['schedules/none/run', 'dead-letters/run_none/redrive'])(
  '%s of a tenant that has others is not found',
  async (path) => {
    const tenant = await activeTenant();
    await inForce(tenant, 'ok');
    const response = await call('POST', `/v1/tenants/${tenant}/${path}`);
    expect(await problemOf(response)).toMatchObject({ code: 'not_found' });
  },
);

it('without the operator’s token nothing is told', async () => {
  const response = await call('GET', '/v1/tenants/acme/runs', { token: null });
  expect(await problemOf(response)).toMatchObject({ code: 'token_missing' });
});
