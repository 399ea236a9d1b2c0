// Versions of a tenant's own code as the platform's ledger keeps them: immutable, one live, one made
// live at a time. The steps that need the Cloudflare API are answered for here; test/e2e runs them.
import { introspectWorkflowInstance, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { storeVersion } from '../../platform/src/versions/version-store.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant, call, freshId, jsonOf, problemOf } from './world.ts';

const DONE = 'answered for the test';

interface VersionBody {
  id: string;
  active: boolean;
  classes: unknown[];
  cannot_undo?: string[];
  activation?: { id: string; from: string | null; to: string; status: string } | null;
}

interface ListBody {
  data: VersionBody[];
  has_more: boolean;
  next_cursor: string | null;
}

const pathOf = (tenant: string, version: string): string =>
  `/v1/tenants/${tenant}/versions/${version}`;

const activate = (tenant: string, version: string, body?: object, key?: string) =>
  call('POST', `${pathOf(tenant, version)}/activate`, {
    ...(body && { body }),
    ...(key && { headers: { 'idempotency-key': key } }),
  });

/** The tenant's nth activation, with the steps that need Cloudflare answered for. */
async function answered(tenant: string, count: number, smoke: 'works' | 'fails' = 'works') {
  const id = `activation_${tenant}_${count}_1`;
  const run = await introspectWorkflowInstance(env.ACTIVATE_VERSION, id);
  await run.modify(async (steps) => {
    await steps.disableRetryDelays();
    await steps.mockStepResult({ name: 'upload' }, DONE);
    await steps.mockStepResult({ name: 'undo upload' }, DONE);
    await steps.mockStepResult({ name: 'delete' }, DONE);
    if (smoke === 'works') await steps.mockStepResult({ name: 'smoke' }, DONE);
  });
  return run;
}

/** Makes the version live, the tenant's nth to become so. */
async function makeLive(tenant: string, version: string, count: number): Promise<VersionBody> {
  await using _ = await answered(tenant, count);
  const response = await activate(tenant, version);
  expect(response.status).toBe(200);
  return await jsonOf<VersionBody>(response);
}

async function versionFacts(tenant: string): Promise<[string, Record<string, unknown>][]> {
  const facts = await ledgerOf(env, tenant).listFacts({ limit: 100, order: 'asc' });
  const data = facts.ok ? facts.value.data : [];
  return data
    .filter(({ type }) => type === 'version')
    .map(({ subtype, data: said }) => [subtype ?? '', said]);
}

async function liveVersion(tenant: string): Promise<string | undefined> {
  const { data } = await jsonOf<ListBody>(await call('GET', `/v1/tenants/${tenant}/versions`));
  return data.find(({ active }) => active)?.id;
}

afterEach(() => vi.useRealTimers());

describe('a version', () => {
  it('is not live when it is recorded, and is listed newest first, page by page', async () => {
    const tenant = await activeTenant();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await addVersion(tenant)).id);
    const first = await jsonOf<ListBody>(
      await call('GET', `/v1/tenants/${tenant}/versions?limit=2`),
    );
    expect(first.data.map(({ id, active }) => [id, active])).toEqual([
      [ids[2], false],
      [ids[1], false],
    ]);
    const rest = await jsonOf<ListBody>(
      await call('GET', `/v1/tenants/${tenant}/versions?limit=2&cursor=${first.next_cursor}`),
    );
    expect([rest.data.map(({ id }) => id), rest.has_more]).toEqual([[ids[0]], false]);
  });

  it('is the same for the same content, and with the same key the same answer', async () => {
    const tenant = await activeTenant();
    const version = await addVersion(tenant, { content_hash: 'same', key: 'first-key' });
    expect(await addVersion(tenant, { content_hash: 'same' })).toEqual(version);
    expect(await addVersion(tenant, { content_hash: 'same', key: 'first-key' })).toEqual(version);
    expect((await versionFacts(tenant)).length).toBe(1);
    await expect(addVersion(tenant, { content_hash: 'other', key: 'first-key' })).rejects.toThrow(
      'uploaded other code',
    );
  });

  it('recorded at once by many is one fact', async () => {
    const tenant = await activeTenant();
    const all = await Promise.all(
      Array.from({ length: 5 }, () => addVersion(tenant, { content_hash: 'same' })),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect((await versionFacts(tenant)).length).toBe(1);
  });

  it('of another tenant looks like one that does not exist', async () => {
    const [mine, theirs] = [await activeTenant(), await activeTenant()];
    const { id } = await addVersion(theirs);
    const none = `ver_${'0'.repeat(26)}`;
    for (const [method, tail] of [
      ['GET', ''],
      ['GET', '/modules'],
      ['POST', '/activate'],
    ] as const) {
      const answers = await Promise.all(
        [id, none].map(async (one) => problemOf(await call(method, pathOf(mine, one) + tail))),
      );
      expect(answers[0]).toMatchObject({ status: 404, code: 'not_found' });
      expect(answers[0]).toEqual(answers[1]);
    }
  });

  it('gives its code back as it was uploaded', async () => {
    const tenant = await activeTenant();
    const version = await addVersion(tenant);
    const manifest = { main_module: 'a.js', vars: { COLOR: 'red' } };
    const modules = [{ name: 'a.js', content: 'export {};' }];
    await storeVersion(env.ARTEFACTS, tenant, version.content_hash, {
      manifest: { ...manifest, message: 'not part of the code' },
      modules,
    });
    const response = await call('GET', `${pathOf(tenant, version.id)}/modules`);
    expect(await jsonOf(response)).toMatchObject({ version_id: version.id, manifest, modules });
  });

  it('cannot be recorded for a tenant that is suspended', async () => {
    const tenant = await activeTenant();
    await call('POST', `/v1/tenants/${tenant}/suspend`);
    await expect(addVersion(tenant)).rejects.toThrow('Resume it first');
  });
});

describe('activation', () => {
  it('makes a version live, and going back is the same act', async () => {
    const tenant = await activeTenant();
    const [first, second] = [await addVersion(tenant), await addVersion(tenant)];
    expect(await makeLive(tenant, first.id, 1)).toMatchObject({
      active: true,
      cannot_undo: [],
      activation: { from: null, to: first.id, status: 'succeeded' },
    });
    await makeLive(tenant, second.id, 2);
    await makeLive(tenant, first.id, 3);
    expect(await liveVersion(tenant)).toBe(first.id);
    const moves = (await versionFacts(tenant)).filter(([kind]) => kind === 'activated');
    expect(moves.map(([, { from, to }]) => [from, to])).toEqual([
      [null, first.id],
      [first.id, second.id],
      [second.id, first.id],
    ]);
  });

  it('that fails says what is live: what was before', async () => {
    const tenant = await activeTenant();
    const [first, second] = [await addVersion(tenant), await addVersion(tenant)];
    await makeLive(tenant, first.id, 1);
    await using _ = await answered(tenant, 2, 'fails');
    const response = await activate(tenant, second.id);
    const problem = await jsonOf<{ code: string; detail: string }>(response);
    expect([response.status, problem.code]).toEqual([502, 'activation_failed']);
    expect(problem.detail).toContain(`${first.id} is live`);
    expect(await liveVersion(tenant)).toBe(first.id);
    expect((await versionFacts(tenant)).at(-1)).toMatchObject([
      'activation_failed',
      { from: first.id, to: second.id, restored: true },
    ]);
  });

  it('of two at once has one winner, whom the other is told', async () => {
    const tenant = await activeTenant();
    const [first, second] = [await addVersion(tenant), await addVersion(tenant)];
    await using _ = await answered(tenant, 1);
    const answers = await Promise.all([activate(tenant, first.id), activate(tenant, second.id)]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const winner = answers[0]?.status === 200 ? first.id : second.id;
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.text()).toContain(winner);
    expect(await liveVersion(tenant)).toBe(winner);
  });

  it('expects what the caller saw', async () => {
    const tenant = await activeTenant();
    const [first, second] = [await addVersion(tenant), await addVersion(tenant)];
    await makeLive(tenant, first.id, 1);
    for (const expected_active of [null, second.id]) {
      const refused = await activate(tenant, second.id, { expected_active });
      expect(refused.status).toBe(409);
      expect(await refused.text()).toContain(first.id);
    }
    await using _ = await answered(tenant, 2);
    const taken = await activate(tenant, second.id, { expected_active: first.id });
    expect(taken.status).toBe(200);
  });

  it('of the live version, or repeated with its key, changes nothing', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    const run = await answered(tenant, 1);
    const first = await activate(tenant, id, undefined, 'the-key');
    await run.dispose();
    const facts = await versionFacts(tenant);
    for (const key of ['the-key', undefined]) {
      const again = await activate(tenant, id, undefined, key);
      expect([again.status, await again.clone().json()]).toEqual([200, await first.clone().json()]);
    }
    expect(await versionFacts(tenant)).toEqual(facts);
  });

  it('says which data is gone for good', async () => {
    const tenant = await activeTenant();
    const first = await addVersion(tenant);
    const second = await addVersion(tenant, { deletes: 'PointsLedger' });
    await makeLive(tenant, first.id, 1);
    const { cannot_undo: deleting } = await makeLive(tenant, second.id, 2);
    expect(deleting).toEqual([expect.stringContaining('PointsLedger is deleted')]);
    const again = await jsonOf<VersionBody>(await activate(tenant, second.id));
    expect(again.cannot_undo).toEqual(deleting);
    const { cannot_undo: back } = await makeLive(tenant, first.id, 3);
    expect(back).toEqual([expect.stringContaining(second.id)]);
    // What it deletes it deletes once: coming back to it takes nothing away.
    expect((await makeLive(tenant, second.id, 4)).cannot_undo).toEqual([]);
  });

  it('of the template alone takes the tenant’s code away, and says what that leaves behind', async () => {
    const tenant = await activeTenant();
    const first = await addVersion(tenant);
    await makeLive(tenant, first.id, 1);
    await using run = await answered(tenant, 2);
    const response = await activate(tenant, 'template', { expected_active: first.id });
    expect(response.status).toBe(200);
    expect(await jsonOf(response)).toMatchObject({
      object: 'worker_template',
      active: true,
      cannot_undo: [],
      kept_classes: ['PointsLedger'],
      activation: { from: first.id, to: null, status: 'succeeded' },
    });
    await run.waitForStatus('complete');
    expect(await liveVersion(tenant)).toBeUndefined();
    expect((await versionFacts(tenant)).at(-1)).toMatchObject([
      'activated',
      { from: first.id, to: null, template_version: 'template1' },
    ]);
    // Again it changes nothing, and the version can come back.
    expect((await activate(tenant, 'template')).status).toBe(200);
    expect(await makeLive(tenant, first.id, 3)).toMatchObject({ activation: { from: null } });
  });

  it('of the template alone names data that was deleted for good', async () => {
    const tenant = await activeTenant();
    const first = await addVersion(tenant);
    const second = await addVersion(tenant, { deletes: 'PointsLedger' });
    await makeLive(tenant, first.id, 1);
    await makeLive(tenant, second.id, 2);
    await using _ = await answered(tenant, 3);
    const body = await jsonOf<{ cannot_undo: string[]; kept_classes: string[] }>(
      await activate(tenant, 'template'),
    );
    expect(body.cannot_undo).toEqual([expect.stringContaining(second.id)]);
    expect(body.kept_classes).toEqual([]);
  });

  it('of the template alone is refused for who expected other code, or while another runs', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    await makeLive(tenant, id, 1);
    expect((await activate(tenant, 'template', { expected_active: null })).status).toBe(409);
    expect((await activate(freshId('none'), 'template')).status).toBe(404);
  });

  it('takes no body but its own', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    const bodies = ['{"expected":1}', '{"expected_active":"x"}', '[', `"${'x'.repeat(5_000)}"`];
    const codes: string[] = [];
    for (const text of bodies) {
      const answer = await call('POST', `${pathOf(tenant, id)}/activate`, { text });
      codes.push((await problemOf(answer)).code);
    }
    expect(codes).toEqual([
      'invalid_request',
      'invalid_request',
      'invalid_json',
      'payload_too_large',
    ]);
  });

  it('is refused while the tenant is suspended, and keeps a tenant from being deleted', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    await call('POST', `/v1/tenants/${tenant}/suspend`);
    expect((await activate(tenant, id)).status).toBe(409);
    await call('POST', `/v1/tenants/${tenant}/resume`);
    await using run = await answered(tenant, 1);
    const context = { tenantId: tenant, principal: 'operator', route: 'test' };
    expect((await ledgerOf(env, tenant).activate({ version_id: id }, context)).ok).toBe(true);
    const refused = await call('DELETE', `/v1/tenants/${tenant}`);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain(id);
    await run.waitForStatus('complete');
  });

  it('whose Workflow was ended from outside goes on under a new run', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    const context = { tenantId: tenant, principal: 'operator', route: 'test' };
    await ledgerOf(env, tenant).activate({ version_id: id }, context);
    const name = `activation_${tenant}_1`;
    await (await env.ACTIVATE_VERSION.get(`${name}_1`)).terminate();
    await using next = await introspectWorkflowInstance(env.ACTIVATE_VERSION, `${name}_2`);
    await next.modify(async (steps) => {
      await steps.mockStepResult({ name: 'upload' }, DONE);
      await steps.mockStepResult({ name: 'smoke' }, DONE);
      await steps.mockStepResult({ name: 'delete' }, DONE);
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${tenant}`));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await next.waitForStatus('complete');
    expect(await liveVersion(tenant)).toBe(id);
    // What the run that was replaced still has to say is not heard.
    const late = await ledgerOf(env, tenant).tellActivation(`${name}_1`, 'smoke', 'failed', 'late');
    expect(late).toMatchObject({ ok: false, error: { code: 'conflict' } });
  });
});

describe('a run that keeps dying', () => {
  it('ends, says that what was live is not known to be, and keeps out nobody any more', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    const context = { tenantId: tenant, principal: 'operator', route: 'test' };
    await ledgerOf(env, tenant).activate({ version_id: id }, context);
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${tenant}`));
    let now = Date.now();
    for (const attempt of [1, 2, 3, 4]) {
      expect((await activate(tenant, id)).status).toBe(409);
      const run = await env.ACTIVATE_VERSION.get(`activation_${tenant}_1_${attempt}`);
      await run.terminate();
      now += 200_000;
      vi.useFakeTimers({ toFake: ['Date'], now });
      expect(await runDurableObjectAlarm(stub)).toBe(true);
    }
    expect((await versionFacts(tenant)).at(-1)).toMatchObject([
      'activation_failed',
      { to: id, restored: false },
    ]);
    expect(await makeLive(tenant, id, 2)).toMatchObject({ active: true });
  });
});

it('the API’s description has the form of an upload and the body of an activation', async () => {
  const text = await (await call('GET', '/openapi.json')).text();
  const { paths, components } = JSON.parse(text) as {
    paths: Record<string, Record<string, { requestBody?: { content: object } }>>;
    components: { schemas: object };
  };
  const body = paths['/v1/tenants/{id}/worker']?.['put']?.requestBody;
  expect(Object.keys(body?.content ?? {})).toEqual(['multipart/form-data']);
  for (const name of ['ActivateWorkerVersion', 'WorkerVersion', 'ActivatedWorkerVersion']) {
    expect(Object.keys(components.schemas)).toContain(name);
    expect(text).toContain(`#/components/schemas/${name}`);
  }
});

describe('the audit', () => {
  it('has who uploaded what and what became live', async () => {
    const tenant = await activeTenant(freshId('audited'));
    const { id } = await addVersion(tenant);
    await makeLive(tenant, id, 1);
    const { data } = await jsonOf<{
      data: { action: string; principal: string; subject: string | null }[];
    }>(await call('GET', `/v1/audit?tenant_id=${tenant}&limit=100`));
    const said = data
      .filter(({ action }) => action.startsWith('version.'))
      .map(({ action, principal, subject }) => [action, principal, subject]);
    expect(new Set(said.map(String))).toEqual(
      new Set([
        `version.uploaded,operator,${id}`,
        `version.activation_requested,operator,${id}`,
        `version.activated,workflow,${id}`,
      ]),
    );
  });
});
