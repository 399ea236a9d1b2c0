// Secrets whose change was cut off, and secrets that a version waits for: what the ledger says of them
// until it is certain, and what is not made live before.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { secretRefusal } from '../../platform/src/tenant-secrets/secret-facts.ts';
import { NO_SECRETS } from '../../platform/src/tenant-secrets/secret-state.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import type { TenantStatus } from '../../platform/src/tenants/tenant-state.ts';
import { uploadedVersion } from '../../platform/src/versions/version-state.ts';
import {
  activate,
  begun,
  contextOf,
  DONE,
  listed,
  made,
  makeLive,
  secretFacts,
  settle,
  start,
  stateOf,
} from './tenant-secrets-world.ts';
import { addVersion, refusalOf } from './versions-world.ts';
import { activeTenant, problemOf } from './world.ts';

afterEach(() => vi.useRealTimers());

describe('a change that was interrupted', () => {
  it('is not said to be made, and is settled by what Cloudflare has', async () => {
    const tenant = await activeTenant();
    await begun(tenant, 'A_KEY');
    expect(await listed(tenant)).toEqual([]);
    await settle(tenant, []);
    expect(await listed(tenant)).toEqual([]);
    await begun(tenant, 'A_KEY');
    await settle(tenant, ['A_KEY'], 200_000);
    expect(await listed(tenant)).toMatchObject([{ name: 'A_KEY', version: 1, status: 'set' }]);
    expect(await secretFacts(tenant)).toEqual(['put_started', 'put_failed', 'put_started', 'put']);
  });

  it('over an older value leaves it uncertain until the next put', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'A_KEY');
    await begun(tenant, 'A_KEY');
    expect(await listed(tenant)).toMatchObject([{ version: 1, status: 'uncertain' }]);
    await settle(tenant, ['A_KEY']);
    expect(await listed(tenant)).toMatchObject([{ version: 2, status: 'uncertain' }]);
    await made(tenant, 'A_KEY');
    expect(await listed(tenant)).toMatchObject([{ version: 3, status: 'set' }]);
  });

  it('and was a deletion was made when the name is gone', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'A_KEY');
    await begun(tenant, 'A_KEY', 'delete');
    await settle(tenant, ['A_KEY']);
    expect(await listed(tenant)).toMatchObject([{ name: 'A_KEY', version: 1, status: 'set' }]);
    await begun(tenant, 'A_KEY', 'delete');
    await settle(tenant, [], 200_000);
    expect(await listed(tenant)).toEqual([]);
  });

  it('is left alone while it may be on its way', async () => {
    const tenant = await activeTenant();
    const change = await begun(tenant, 'A_KEY');
    await settle(tenant, ['A_KEY'], 5_000);
    expect((await stateOf(tenant)).change).toEqual(change);
  });

  it('cannot end after it was settled', async () => {
    const tenant = await activeTenant();
    const { id } = await begun(tenant, 'A_KEY');
    await settle(tenant, []);
    const late = await ledgerOf(env, tenant).endSecretChange(id, 'made');
    expect(late).toMatchObject({ ok: false, error: { code: 'conflict' } });
    expect(await listed(tenant)).toEqual([]);
  });

  it('is not judged by names that are older than what the ledger knows', async () => {
    const tenant = await activeTenant();
    const { revision } = await stateOf(tenant);
    await made(tenant, 'A_KEY');
    await ledgerOf(env, tenant).settleSecrets([], revision);
    expect(await listed(tenant)).toMatchObject([{ name: 'A_KEY', status: 'set' }]);
  });

  it('leaves the ledger able to say what somebody else changed', async () => {
    const tenant = await activeTenant();
    await made(tenant, 'A_KEY');
    await settle(tenant, ['B_KEY']);
    expect(await listed(tenant)).toMatchObject([
      { name: 'B_KEY', version: 1, status: 'uncertain', changed_by: 'unknown' },
    ]);
  });
});

describe('activation', () => {
  it('waits for the secrets that the version declares, and names what sets them', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant, { secrets: ['A_KEY', 'B_KEY', 'C_KEY'] });
    await made(tenant, 'B_KEY');
    const refused = await refusalOf(await activate(tenant, id));
    expect(refused).toMatchObject({ status: 409, code: 'secrets_missing' });
    expect(refused.detail).toContain('A_KEY, C_KEY');
    expect(refused.detail).toContain(`z0 secret put A_KEY --tenant ${tenant}`);
    expect(refused.errors.map(({ pointer }) => pointer)).toEqual([
      '/secrets/A_KEY',
      '/secrets/C_KEY',
    ]);
    // One that only began to be set is not set.
    await made(tenant, 'A_KEY');
    const { id: change } = await begun(tenant, 'C_KEY');
    expect((await activate(tenant, id)).status).toBe(409);
    await ledgerOf(env, tenant).endSecretChange(change, 'made');
    expect((await makeLive(tenant, id, 1)).status).toBe(200);
  });

  it('of an older version waits for its secrets too; of the live one it asks nothing', async () => {
    const tenant = await activeTenant();
    const older = await addVersion(tenant, { secrets: ['A_KEY'] });
    const newer = await addVersion(tenant);
    await made(tenant, 'A_KEY');
    await makeLive(tenant, older.id, 1);
    await made(tenant, 'A_KEY', 'delete');
    expect((await activate(tenant, older.id)).status).toBe(200);
    await makeLive(tenant, newer.id, 2);
    expect(await problemOf(await activate(tenant, older.id))).toMatchObject({
      code: 'secrets_missing',
    });
  });

  it('holds back changes of secrets until it is settled', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant);
    await using run = await introspectWorkflowInstance(
      env.ACTIVATE_VERSION,
      `activation_${tenant}_1_1`,
    );
    await run.modify(async (steps) => {
      for (const name of ['upload', 'smoke', 'delete']) await steps.mockStepResult({ name }, DONE);
    });
    const started = await ledgerOf(env, tenant).activate({ version_id: id }, contextOf(tenant));
    expect(started.ok).toBe(true);
    expect(await start(tenant, 'A_KEY')).toEqual({ busy: expect.stringContaining(id) });
    await run.waitForStatus('complete');
    expect(await start(tenant, 'A_KEY')).toHaveProperty('change');
  });

  it('is refused where a var and a secret have one name, and so is the put of one that is live', async () => {
    const tenant = await activeTenant();
    const { id } = await addVersion(tenant, { vars: ['CURRENCY'] });
    await made(tenant, 'CURRENCY');
    const refused = await refusalOf(await activate(tenant, id));
    expect(refused).toMatchObject({ status: 409, code: 'conflict' });
    expect(refused.detail).toContain('CURRENCY is a var');
    await made(tenant, 'CURRENCY', 'delete');
    await makeLive(tenant, id, 1);
    await expect(start(tenant, 'CURRENCY')).rejects.toThrow('conflict: CURRENCY is a var');
  });
});

it('a tenant that is not there yet, or not any more, takes no change', async () => {
  const id = await activeTenant();
  const ledger = ledgerOf(env, id);
  const [read, known] = [await ledger.read(), await ledger.readVersions()];
  if (!read.ok || !known.ok) throw new TypeError('There is no tenant.');
  const data = { secret: 'API_KEY' };
  const refusal = (status: TenantStatus, subtype: string) =>
    secretRefusal({ ...read.value, status }, known.value, NO_SECRETS, {
      type: 'secret',
      subtype,
      data,
    });
  for (const subtype of ['put_started', 'delete_started']) {
    for (const status of ['active', 'suspended'] as const) {
      expect(refusal(status, subtype)).toBeUndefined();
    }
    for (const status of ['provisioning', 'failed', 'deleting', 'deleted'] as const) {
      expect(refusal(status, subtype)).toContain(`The tenant is ${status}`);
    }
  }
});

it('a version that was recorded before there were secrets declares none', async () => {
  const tenant = await activeTenant();
  const { id, ...recorded } = await addVersion(tenant);
  const before = { version_id: id, ...recorded, secrets: undefined, vars: undefined };
  const parsed = uploadedVersion.parse(before);
  expect([parsed.secrets, parsed.vars]).toEqual([[], []]);
});
