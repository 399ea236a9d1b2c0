// New code that does worse than its tenant's budget is taken back by the platform itself, once, and never
// over what a person did in between. Judged by the dispatcher's counts, which are delivered here.
import {
  evictDurableObject,
  introspectWorkflowInstance,
  runDurableObjectAlarm,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  LATENCY_BOUNDS_MS,
  type RequestCountsMessage,
} from '../../dispatcher/src/request-counts.ts';
import { systemShard, systemShardOf } from '../../platform/src/metrics/system-shard.ts';
import { ledgerOf } from '../../platform/src/tenants/ledger-of.ts';
import { html, signIn } from './dashboard-world.ts';
import { addVersion } from './versions-world.ts';
import { activeTenant, call, freshId, jsonOf } from './world.ts';

const DONE = 'answered for the test';
const PATIENT = { timeout: 20_000 };

interface Health {
  status: string;
  until: string;
  text: string;
}

interface VersionBody {
  id: string;
  active: boolean;
  health: Health | null;
}

afterEach(() => vi.useRealTimers());

/** The tenant's nth activation, with the steps that need Cloudflare answered for. */
async function answered(tenant: string, count: number, works = true) {
  const name = `activation_${tenant}_${count}_1`;
  const run = await introspectWorkflowInstance(env.ACTIVATE_VERSION, name);
  await run.modify(async (steps) => {
    await steps.disableRetryDelays();
    for (const step of ['upload', 'undo upload', 'delete']) {
      await steps.mockStepResult({ name: step }, DONE);
    }
    if (works) await steps.mockStepResult({ name: 'smoke' }, DONE);
  });
  return run;
}

async function makeLive(tenant: string, version: string, count: number) {
  await using _ = await answered(tenant, count);
  const answer = await call('POST', `/v1/tenants/${tenant}/versions/${version}/activate`);
  expect(answer.status).toBe(200);
  return await jsonOf<VersionBody & { activation: { by: string; health: Health | null } }>(answer);
}

/** What the dispatcher counted in the five seconds that begin at `start`. */
async function count(tenant: string, start: number, answeredOk: number, failed: number) {
  const requests = answeredOk + failed;
  const message: RequestCountsMessage = {
    object: 'request_counts',
    id: freshId('cnt-message'),
    start,
    end: start + 5_000,
    tenants: {
      [tenant]: {
        requests,
        writes: 0,
        refusals: 0,
        errors: failed,
        latency: [...LATENCY_BOUNDS_MS, 0].map((_, bucket) => (bucket === 0 ? requests : 0)),
        groups: [],
        worker: { answered: answeredOk, failed },
      },
    },
  };
  const outcomes = await systemShard(env, systemShardOf(tenant)).recordRequests([message]);
  expect(outcomes).toMatchObject([{ ok: true }]);
}

/** A tenant on its second version, which did well before. */
async function onSecond() {
  const tenant = await activeTenant(freshId('gated'));
  const [first, second] = [(await addVersion(tenant)).id, (await addVersion(tenant)).id];
  await makeLive(tenant, first, 1);
  await count(tenant, Date.now() - 1_800_000, 1_000, 4);
  const live = await makeLive(tenant, second, 2);
  return { tenant, first, second, live };
}

/** The ledger's alarm rings, so many seconds from now. */
async function ring(tenant: string, seconds = 30): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1_000 });
  const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${tenant}`));
  await runDurableObjectAlarm(stub);
}

async function versionsOf(tenant: string): Promise<VersionBody[]> {
  return (
    await jsonOf<{ data: VersionBody[] }>(await call('GET', `/v1/tenants/${tenant}/versions`))
  ).data;
}

async function liveVersion(tenant: string): Promise<string | undefined> {
  return (await versionsOf(tenant)).find(({ active }) => active)?.id;
}

async function gateFacts(tenant: string): Promise<[string, Record<string, unknown>][]> {
  const facts = await ledgerOf(env, tenant).listFacts({ limit: 100, order: 'asc' });
  return (facts.ok ? facts.value.data : [])
    .filter(({ data }) => data['principal'] === 'health-gate')
    .map(({ subtype, data }) => [subtype ?? '', data]);
}

describe('what became live', () => {
  it('is watched, and says until when', async () => {
    const { tenant, second, live } = await onSecond();
    expect(live.activation.by).toBe('operator');
    expect(live.health?.status).toBe('watching');
    const seconds = (Date.parse(live.health?.until ?? '') - Date.now()) / 1_000;
    expect(Math.abs(seconds - 600)).toBeLessThan(60);
    const [shown] = await versionsOf(tenant);
    expect(shown).toMatchObject({ id: second, active: true, health: live.health });
  });

  it('beyond the budget is taken back, by whom and why, and is what was live before', async () => {
    const { tenant, first, second } = await onSecond();
    await using run = await answered(tenant, 3);
    await count(tenant, Date.now() + 1_000, 179, 81);
    await ring(tenant);
    await run.waitForStatus('complete');
    expect(await liveVersion(tenant)).toBe(first);
    const text = 'error share 31 % of 260 requests, before 0.4 %';
    expect(await gateFacts(tenant)).toEqual([
      ['health_judged', expect.objectContaining({ verdict: 'rolling_back', text })],
      [
        'activation_requested',
        { version_id: first, expected_active: second, principal: 'health-gate', cause: text },
      ],
    ]);
    const shown = (await versionsOf(tenant)).find(({ id }) => id === second);
    expect(shown?.health).toMatchObject({
      status: 'rolled_back',
      text: `rolled back by the health gate: ${text}`,
    });
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${tenant}`));
    for (let times = 0; times < 3; times += 1) await runDurableObjectAlarm(stub);
    const alerts = await jsonOf<{ data: { rule: string; text: string; state: string }[] }>(
      await call('GET', `/v1/alerts?tenant_id=${tenant}&state=all`),
    );
    expect(alerts.data.filter(({ rule }) => rule === 'health_gate')).toMatchObject([
      { state: 'firing', text: `had ${second} rolled back by the health gate: ${text}.` },
    ]);
    vi.useRealTimers();
    const page = await html(`/dashboard/tenants/${tenant}`, await signIn());
    expect(page).toContain(`rolled back by the health gate: ${text}`);
  });

  it('taken back is not watched, so that it goes to and fro no more', async () => {
    const { tenant, first } = await onSecond();
    await using run = await answered(tenant, 3);
    await count(tenant, Date.now() + 1_000, 0, 50);
    await ring(tenant);
    await run.waitForStatus('complete');
    await count(tenant, Date.now() + 60_000, 0, 500);
    await ring(tenant, 90);
    expect(await liveVersion(tenant)).toBe(first);
    expect((await versionsOf(tenant)).find(({ active }) => active)?.health?.status).toBe(
      'superseded',
    );
    expect(await gateFacts(tenant)).toHaveLength(2);
  });

  it('within the budget until the end has passed, and is judged no more', async () => {
    const { tenant, second } = await onSecond();
    await count(tenant, Date.now() + 1_000, 500, 2);
    await ring(tenant);
    expect((await versionsOf(tenant))[0]?.health?.status).toBe('watching');
    await ring(tenant, 700);
    expect((await versionsOf(tenant))[0]?.health?.status).toBe('passed');
    await count(tenant, Date.now() - 300_000, 0, 5_000);
    await ring(tenant, 60);
    expect(await liveVersion(tenant)).toBe(second);
    expect((await gateFacts(tenant)).map(([kind]) => kind)).toEqual(['health_judged']);
  });

  it('is not judged by what was counted before it was live, nor by what the platform refused', async () => {
    const { tenant, second } = await onSecond();
    await count(tenant, Date.now() - 20_000, 0, 300);
    await ring(tenant);
    expect(await liveVersion(tenant)).toBe(second);
    expect(await gateFacts(tenant)).toEqual([]);
  });

  it('first of all goes back to the template alone', async () => {
    const tenant = await activeTenant(freshId('gated'));
    const { id } = await addVersion(tenant);
    await makeLive(tenant, id, 1);
    await using run = await answered(tenant, 2);
    await count(tenant, Date.now() + 1_000, 0, 20);
    await ring(tenant);
    await run.waitForStatus('complete');
    expect(await liveVersion(tenant)).toBeUndefined();
    expect((await versionsOf(tenant))[0]?.health?.status).toBe('rolled_back');
  });

  it('by going back stays, and says that it is beyond its budget', async () => {
    const { tenant, first } = await onSecond();
    await makeLive(tenant, first, 3);
    await count(tenant, Date.now() + 1_000, 0, 100);
    await ring(tenant);
    expect(await liveVersion(tenant)).toBe(first);
    const shown = (await versionsOf(tenant)).find(({ active }) => active);
    expect(shown?.health?.status).toBe('failing');
    expect(shown?.health?.text).toContain('going back is not undone');
  });
});

describe('a person who was quicker', () => {
  it('wins: what they made live is not taken back for what was before', async () => {
    const { tenant, second } = await onSecond();
    const third = (await addVersion(tenant)).id;
    await count(tenant, Date.now(), 0, 100);
    await makeLive(tenant, third, 3);
    await ring(tenant);
    expect(await liveVersion(tenant)).toBe(third);
    expect((await versionsOf(tenant)).find(({ id }) => id === second)?.health?.status).toBe(
      'superseded',
    );
    expect(await gateFacts(tenant)).toEqual([]);
  });

  it('and failed leaves what was live watched, by what is counted since', async () => {
    const { tenant, second } = await onSecond();
    const third = (await addVersion(tenant)).id;
    {
      await using _ = await answered(tenant, 3, false);
      const answer = await call('POST', `/v1/tenants/${tenant}/versions/${third}/activate`);
      expect(answer.status).toBe(502);
    }
    const shown = (await versionsOf(tenant)).find(({ id }) => id === second);
    expect(shown).toMatchObject({ active: true, health: { status: 'watching' } });
    await using run = await answered(tenant, 4);
    await count(tenant, Date.now() + 1_000, 0, 100);
    await ring(tenant);
    await run.waitForStatus('complete');
    expect(await liveVersion(tenant)).not.toBe(second);
  });
});

it('rung at once by many alarms and restarts rolls back exactly once', async () => {
  const { tenant, first } = await onSecond();
  await using run = await answered(tenant, 3);
  await count(tenant, Date.now() + 1_000, 0, 100);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
  const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${tenant}`));
  for (let times = 0; times < 4; times += 1) {
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub);
  }
  await run.waitForStatus('complete');
  await expect.poll(() => liveVersion(tenant), PATIENT).toBe(first);
  expect((await gateFacts(tenant)).map(([kind]) => kind)).toEqual([
    'health_judged',
    'activation_requested',
  ]);
});

it('a going back that fails leaves the new code live and says so', async () => {
  const { tenant, second } = await onSecond();
  await using run = await answered(tenant, 3, false);
  await count(tenant, Date.now() + 1_000, 0, 100);
  await ring(tenant);
  await run.waitForStatus('complete');
  const shown = (await versionsOf(tenant)).find(({ id }) => id === second);
  expect(shown).toMatchObject({ active: true, health: { status: 'rollback_failed' } });
  expect(shown?.health?.text).toContain('smoke');
});

describe('the Config of the gate', () => {
  const put = (settings: object) =>
    call('PUT', '/v1/configs/cfg_health', {
      body: { type: 'health_gate', name: 'Health', settings },
      headers: { 'idempotency-key': freshId('key') },
    });

  it('switches it off for a tenant, and is refused with every fault named', async () => {
    const tenant = await activeTenant(freshId('gated'));
    expect((await put({ tenants: { [tenant]: { enabled: false } } })).status).toBe(201);
    const { id } = await addVersion(tenant);
    const live = await makeLive(tenant, id, 1);
    expect(live.health).toBeNull();
    const refused = await put({
      error_share: 3,
      colour: 'red',
      tenants: { [tenant]: { p95_ms: 0 } },
    });
    expect(refused.status).toBe(400);
    const text = await refused.text();
    for (const part of ['/settings/error_share', 'colour', '/p95_ms']) expect(text).toContain(part);
  });
});
