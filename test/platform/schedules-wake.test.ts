// What is in force follows what is live, and nothing else: an upload changes nothing, an activation and a
// roll-back do, and so does the tenant's own life.
import { introspectWorkflowInstance } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it, test } from 'vitest';
import type { RunSettings } from '../../platform/src/schedules/run-settings.ts';
import type { RunSource } from '../../platform/src/schedules/run-state.ts';
import { runsOf } from '../../platform/src/schedules/runs-of.ts';
import { runSourceOf } from '../../platform/src/schedules/wake-runs.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { minutely, WAIT } from './schedules-world.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant, call } from './world.ts';

const YEARLY = minutely({ name: 'yearly', cron: '0 12 1 1 *' });
const QUEUE = { max_retries: 3, retry_delay_s: 5, max_batch_size: 10 };

async function makeLive(tenant: string, version: string, count: number, works = true) {
  const id = `activation_${tenant}_${count}_1`;
  await using run = await introspectWorkflowInstance(env.ACTIVATE_VERSION, id);
  await run.modify(async (steps) => {
    await steps.disableRetryDelays();
    for (const name of ['preview', 'upload', 'undo upload', 'delete']) {
      await steps.mockStepResult({ name }, 'answered for the test');
    }
    if (works) await steps.mockStepResult({ name: 'smoke' }, 'answered for the test');
  });
  await call('POST', `/v1/tenants/${tenant}/versions/${version}/activate`);
}

async function inForce(tenant: string): Promise<RunSource | null> {
  const read = await runsOf(env, tenant).readRuns();
  return read.ok ? read.value.source : null;
}

it('an upload puts nothing in force, an activation does, and one that failed does not', async () => {
  const tenant = await activeTenant();
  const plain = await addVersion(tenant);
  const timed = await addVersion(tenant, { schedules: [YEARLY], queue: QUEUE });
  expect(await inForce(tenant)).toBeNull();
  await makeLive(tenant, plain.id, 1);
  expect(await inForce(tenant)).toBeNull();
  await makeLive(tenant, timed.id, 2, false);
  expect(await inForce(tenant)).toBeNull();
  await makeLive(tenant, timed.id, 3);
  await expect
    .poll(() => inForce(tenant), WAIT)
    .toMatchObject({ version_id: timed.id, schedules: [YEARLY], queue: QUEUE, status: 'active' });
  await makeLive(tenant, plain.id, 4);
  await expect
    .poll(() => inForce(tenant), WAIT)
    .toMatchObject({ version_id: plain.id, schedules: [], queue: null });
});

it('a suspended tenant’s schedules are paused until it is resumed', async () => {
  const tenant = await activeTenant();
  const timed = await addVersion(tenant, { schedules: [YEARLY] });
  await makeLive(tenant, timed.id, 1);
  await call('POST', `/v1/tenants/${tenant}/suspend`);
  await expect.poll(() => inForce(tenant), WAIT).toMatchObject({ status: 'paused' });
  await call('POST', `/v1/tenants/${tenant}/resume`);
  await expect
    .poll(() => inForce(tenant), WAIT)
    .toMatchObject({ status: 'active', schedules: [YEARLY] });
});

test('with a tenant that is deleted go its schedules and its queue', async () => {
  const tenant = await activeTenant();
  const read = await ledgerOf(env, tenant).read();
  if (!read.ok) throw new TypeError(read.error.detail);
  const version = await addVersion(tenant, { schedules: [YEARLY], queue: QUEUE });
  const versions = await ledgerOf(env, tenant).readVersions();
  if (!versions.ok) throw new TypeError(versions.error.detail);
  const live = { ...versions.value, active: version.id };
  const settings: RunSettings = { schedules: [YEARLY], queue: QUEUE };
  expect(runSourceOf(read.value, live)).toMatchObject({ status: 'active', ...settings });
  for (const status of ['deleting', 'deleted'] as const) {
    const gone = { status: 'gone', schedules: [], queue: null };
    expect(runSourceOf({ ...read.value, status }, live)).toMatchObject(gone);
  }
});
