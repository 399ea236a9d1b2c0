// Provisioning and deletion, told step by step on the tenant's ledger. The steps that need the
// Cloudflare API are answered for here; test/e2e runs them.
import { introspectWorkflowInstance, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import {
  activeTenant,
  call,
  createKey,
  freshId,
  jsonOf,
  problemOf,
  showTenant,
  type TenantBody,
} from './world.ts';

const DONE = 'answered for the test';

async function request(id: string): Promise<void> {
  const response = await call('POST', '/v1/tenants', { body: { id, name: 'A tenant' } });
  expect(response.status).toBe(202);
}

async function factKinds(id: string): Promise<string[]> {
  const facts = await ledgerOf(env, id).listFacts({ limit: 100, order: 'asc' });
  return facts.ok ? facts.value.data.map(({ type, subtype }) => `${type}/${subtype ?? ''}`) : [];
}

afterEach(() => vi.useRealTimers());

describe('provisioning', () => {
  it('is told step by step on the tenant ledger, which verifies', async () => {
    const id = await activeTenant();
    const { provisioning } = await showTenant(id);
    expect(provisioning.status).toBe('succeeded');
    const told = provisioning.steps.filter(({ name }) => name !== 'upload' && name !== 'smoke');
    expect(told.map(({ status }) => status)).toEqual(Array(4).fill('succeeded'));
    expect((await factKinds(id)).at(-1)).toBe('tenant/activated');
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
    const { verify } = stub as unknown as { verify: () => Promise<{ value: { ok: boolean } }> };
    expect((await verify()).value.ok).toBe(true);
  });

  it('publishes the route and the keys that the dispatcher reads', async () => {
    const id = await activeTenant();
    expect(await env.ROUTES.get(`route:${id}`, 'json')).toMatchObject({
      tenant_id: id,
      script: `tenant-${id}`,
      status: 'active',
      plan: 'standard',
    });
    const issuer = await env.ROUTES.get('issuer:https://platform.test');
    expect(issuer).not.toContain('"d"');
    expect(JSON.parse(issuer ?? '')).toMatchObject({ tenant_id: null, jwks: { keys: [{}, {}] } });
  });

  it('a moment told twice is one fact; a run that is over can tell nothing', async () => {
    const id = await activeTenant();
    const before = await factKinds(id);
    const [run, ledger] = [`provision_${id}_1`, ledgerOf(env, id)];
    expect((await ledger.recordStep(run, 'route', 'started')).ok).toBe(true);
    expect((await ledger.completeRun(run, 'active')).ok).toBe(true);
    expect(await ledger.recordStep(run, 'route', 'failed', 'late')).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    });
    expect(await ledger.setRoute(run, 'absent')).toMatchObject({ error: { code: 'conflict' } });
    expect(await ledger.recordStep(`provision_${id}_2`, 'upload', 'started')).toMatchObject({
      error: { code: 'conflict' },
    });
    expect(await factKinds(id)).toEqual(before);
  });

  it('that is refused for good undoes itself, and can be requested again', async () => {
    const id = freshId();
    // A real permanent refusal: the template that is stored is no artefact.
    await env.ARTEFACTS.put('tenant-template/current.json', '{}');
    {
      await using run = await introspectWorkflowInstance(env.PROVISION_TENANT, `provision_${id}_1`);
      await run.modify(async (steps) => steps.mockStepResult({ name: 'undo upload' }, DONE));
      await request(id);
      await run.waitForStatus('complete');
    }
    const failed = await showTenant(id);
    expect(failed).toMatchObject({ status: 'failed', provisioning: { status: 'failed' } });
    expect(failed.provisioning.error).toMatch(
      /^upload: tenant-template.current.json names no version/u,
    );
    expect(failed.provisioning.steps[2]).toMatchObject({ name: 'upload', status: 'failed' });
    expect(await env.ROUTES.get(`route:${id}`)).toBeNull();
    await env.ARTEFACTS.delete('tenant-template/current.json');

    await using second = await introspectWorkflowInstance(
      env.PROVISION_TENANT,
      `provision_${id}_2`,
    );
    await second.modify(async (steps) => {
      await steps.mockStepResult({ name: 'upload' }, DONE);
      await steps.mockStepResult({ name: 'smoke' }, DONE);
    });
    await request(id);
    await second.waitForStatus('complete');
    expect((await showTenant(id)).status).toBe('active');
  });

  it('whose last step cannot be reached takes its route away again', async () => {
    const id = freshId();
    await using run = await introspectWorkflowInstance(env.PROVISION_TENANT, `provision_${id}_1`);
    await run.modify(async (steps) => {
      await steps.disableRetryDelays();
      await steps.mockStepResult({ name: 'upload' }, DONE);
      await steps.mockStepResult({ name: 'undo upload' }, DONE);
    });
    await request(id);
    await run.waitForStatus('complete');
    const { status, provisioning } = await showTenant(id);
    expect(status).toBe('failed');
    expect(provisioning.error).toContain(
      'smoke: worker_failed: The smoke request was answered 503',
    );
    expect(provisioning.steps[3]).toMatchObject({ name: 'route', status: 'undone' });
    expect(await env.ROUTES.get(`route:${id}`)).toBeNull();
  });

  it('whose Workflow was ended from outside goes on under a new run', async () => {
    const id = freshId();
    await request(id);
    await (await env.PROVISION_TENANT.get(`provision_${id}_1`)).terminate();
    await using next = await introspectWorkflowInstance(env.PROVISION_TENANT, `provision_${id}_2`);
    await next.modify(async (steps) => {
      await steps.mockStepResult({ name: 'upload' }, DONE);
      await steps.mockStepResult({ name: 'smoke' }, DONE);
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await next.waitForStatus('complete');
    expect((await showTenant(id)).status).toBe('active');
    expect(await factKinds(id)).toContain('tenant/run_restarted');
  });
});

describe('deletion', () => {
  it('closes the route, ends the keys, keeps the history and never gives the id away', async () => {
    const id = await activeTenant();
    await createKey(id);
    await using run = await introspectWorkflowInstance(
      env.DEPROVISION_TENANT,
      `deprovision_${id}_2`,
    );
    await run.modify(async (steps) => steps.mockStepResult({ name: 'script' }, DONE));
    const response = await call('DELETE', `/v1/tenants/${id}`);
    expect(response.status).toBe(202);
    expect((await jsonOf<TenantBody>(response)).status).toBe('deleting');
    await run.waitForStatus('complete');

    const deleted = await showTenant(id);
    expect(deleted).toMatchObject({ status: 'deleted', deprovisioning: { status: 'succeeded' } });
    expect(await env.ROUTES.get(`route:${id}`, 'json')).toMatchObject({ status: 'deleted' });
    const keys = await jsonOf<{ data: { status: string }[] }>(
      await call('GET', `/v1/tenants/${id}/keys`),
    );
    expect(keys.data.map(({ status }) => status)).toEqual(['revoked']);
    const again = await call('POST', '/v1/tenants', { body: { id, name: 'A tenant' } });
    expect(await problemOf(again)).toMatchObject({ status: 409, code: 'already_exists' });
    const before = await factKinds(id);
    const repeat = await call('DELETE', `/v1/tenants/${id}`);
    expect([repeat.status, (await jsonOf<TenantBody>(repeat)).status]).toEqual([202, 'deleted']);
    expect(await factKinds(id)).toEqual(before);
  });
});
