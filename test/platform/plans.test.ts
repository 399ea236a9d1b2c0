// Plans as Configs of the platform: what may be put, who is told and when, and what a tenant that has
// used up its plan is marked with. Each test has plans and tenants of its own.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import type { RouteRecord } from '../../dispatcher/src/route-record.ts';
import type { PartProgress } from '../../platform/src/tenants/plan-rollout.ts';
import { PLANS, planOf } from '../../platform/src/tenants/plans.ts';
import type { TenantLedger } from '../../platform/src/tenants/tenant-ledger.ts';
import { html, signIn } from './dashboard-world.ts';
import { openPortal } from './portal-world.ts';
import { deliver, platformApart, reportOf } from './stats-world.ts';
import { activeTenant, call, freshId, jsonOf, problemOf, type TenantBody } from './world.ts';

interface PlanBody {
  name: string;
  cpu_ms: number;
  entities: number;
  rate: { limit: number };
  tenants_count: number;
  config: { id: string; version: number } | null;
  rollout: string;
}

const WAIT = { timeout: 20_000, interval: 100 };

let count = 0;

/** A plan's name that no other test uses. */
function freshPlan(): string {
  count += 1;
  return `plan-${Date.now().toString(36).slice(-5)}${count}`;
}

async function put(name: string, settings: object, more: object = {}): Promise<Response> {
  const body = { type: `plan.${name}`, settings, ...more };
  return call('PUT', `/v1/configs/cfg_plan_${name}`, { body });
}

async function plans(): Promise<Map<string, PlanBody>> {
  const { data } = await jsonOf<{ data: PlanBody[] }>(await call('GET', '/v1/plans'));
  return new Map(data.map((plan) => [plan.name, plan]));
}

const change = (id: string, plan: string) => call('PATCH', `/v1/tenants/${id}`, { body: { plan } });

async function routeOf(id: string): Promise<RouteRecord | null> {
  return env.ROUTES.get<RouteRecord>(`route:${id}`, 'json');
}

async function onPlan(name: string): Promise<string> {
  const id = await activeTenant();
  expect((await change(id, name)).status).toBe(200);
  return id;
}

const idFromName = (name: string) => env.SYSTEM_LEDGER.idFromName(name);
const system = () => env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system'));

describe('a plan', () => {
  it('is what is built in until a Config says otherwise', async () => {
    const apart = platformApart();
    for (const name of ['free', 'standard', 'scale'] as const) {
      expect(await planOf(apart, { plan: name })).toEqual(PLANS[name]);
    }
    expect(await planOf(apart, { plan: 'retired' })).toEqual(PLANS.standard);
  });

  it('that is put by a new name allows what standard does where it says nothing', async () => {
    const name = freshPlan();
    expect((await put(name, { cpu_ms: 80, preview: { facts: 7 } })).status).toBe(201);
    expect((await plans()).get(name)).toMatchObject({
      cpu_ms: 80,
      subrequests: 200,
      rate: PLANS.standard.rate,
      preview: { entities: 100, facts: 7 },
      tenants_count: 0,
      config: { id: `cfg_plan_${name}`, version: 1 },
    });
    expect((await put(name, { cpu_ms: 90 })).status).toBe(201);
    expect((await plans()).get(name)).toMatchObject({ cpu_ms: 90, config: { version: 2 } });
  });

  it('is not in force before its time, nor as a draft', async () => {
    const [later, draft] = [freshPlan(), freshPlan()];
    const effective_at = new Date(Date.now() + 3_600_000).toISOString();
    expect((await put(later, { cpu_ms: 80 }, { effective_at })).status).toBe(201);
    expect((await put(draft, { cpu_ms: 80 }, { state: 'draft' })).status).toBe(201);
    const names = [...(await plans()).keys()];
    expect(names).not.toContain(later);
    expect(names).not.toContain(draft);
  });

  it.each<[what: string, settings: object, pointer: string]>([
    ['an unknown field', { cpu: 80 }, '/settings/cpu'],
    ['constraints', { constraints: { cpu_ms: 'at_most' } }, '/settings/constraints'],
    ['no CPU at all', { cpu_ms: 0 }, '/settings/cpu_ms'],
    ['more CPU than Cloudflare gives', { cpu_ms: 300_001 }, '/settings/cpu_ms'],
    ['a text for a number', { subrequests: '50' }, '/settings/subrequests'],
    ['half a request', { rate: { limit: 0.5 } }, '/settings/rate/limit'],
    ['a day for a period', { rate: { period_s: 86_400 } }, '/settings/rate/period_s'],
    ['an unknown field within', { preview: { bytes: 1 } }, '/settings/preview/bytes'],
    ['no entities', { entities: 0 }, '/settings/entities'],
    ['a negative number of schedules', { schedules: -1 }, '/settings/schedules'],
    ['hardly any storage', { storage_bytes: 999 }, '/settings/storage_bytes'],
    ['nothing for a number', { storage_bytes: null }, '/settings/storage_bytes'],
  ])('is refused with %s', async (_what, settings, pointer) => {
    const problem = await problemOf(await put(freshPlan(), settings));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', pointers: [pointer] });
  });

  it('is refused by a name that is none, and told all its faults at once', async () => {
    for (const type of ['plan', 'plan.', 'plan.a.b', 'plan.9']) {
      const body = { type, settings: {} };
      const refused = await call('PUT', '/v1/configs/cfg_plan_bad', { body });
      expect(await problemOf(refused)).toMatchObject({ status: 400, pointers: ['/type'] });
    }
    const two = await problemOf(await put(freshPlan(), { cpu_ms: 1, entities: 'many' }));
    expect(two.pointers).toEqual(['/settings/cpu_ms', '/settings/entities']);
  });

  it('is no business of tenants: their ledgers do not inherit it', async () => {
    const name = freshPlan();
    expect((await put(name, { cpu_ms: 80 })).status).toBe(201);
    const inherited = await env.ACME_DOOR.readConfig();
    expect(inherited.ok && inherited.value.filter(({ type }) => type.startsWith('plan'))).toEqual(
      [],
    );
  });
});

describe('a tenant', () => {
  it('that names an unknown plan is refused and told which there are', async () => {
    const name = freshPlan();
    expect((await put(name, {})).status).toBe(201);
    const id = await activeTenant();
    const body = { id: freshId(), name: 'A', plan: 'gold' };
    for (const refused of [await change(id, 'gold'), await call('POST', '/v1/tenants', { body })]) {
      const { detail } = await jsonOf<{ detail: string }>(refused.clone());
      expect(detail).toMatch(/there is no plan "gold"; there are free, standard, scale/u);
      expect(detail).toContain(name);
      expect(await problemOf(refused)).toMatchObject({ status: 400, pointers: ['/plan'] });
    }
  });

  it('gets another plan as a fact, and its route follows', async () => {
    const id = await activeTenant();
    expect(await routeOf(id)).toMatchObject({ plan: 'standard', limits: PLANS.standard.limits });
    const changed = await change(id, 'free');
    expect(await jsonOf<TenantBody>(changed)).toMatchObject({ plan: 'free', status: 'active' });
    const { limits, rate, entities, storage_bytes } = PLANS.free;
    const holds = { entities, storage_bytes };
    expect(await routeOf(id)).toMatchObject({ plan: 'free', limits, rate, holds });
    expect((await change(id, 'free')).status).toBe(200);
    const audit = await jsonOf<{ data: { action: string; detail: string }[] }>(
      await call('GET', `/v1/audit?tenant_id=${id}`),
    );
    const changes = audit.data.filter(({ action }) => action === 'tenant.plan_changed');
    expect(changes).toMatchObject([{ principal: 'operator', detail: 'plan free' }]);
  });

  it('keeps it while suspended, and none that is gone gets another', async () => {
    const id = await activeTenant();
    expect((await call('POST', `/v1/tenants/${id}/suspend`)).status).toBe(200);
    expect((await change(id, 'scale')).status).toBe(200);
    expect(await routeOf(id)).toMatchObject({ plan: 'scale', status: 'suspended' });
    expect((await call('DELETE', `/v1/tenants/${id}`)).status).toBe(202);
    expect(await problemOf(await change(id, 'free'))).toMatchObject({ code: 'conflict' });
    expect(await problemOf(await change(freshId(), 'free'))).toMatchObject({ code: 'not_found' });
  });
});

describe('while the plans cannot be read', () => {
  it('a tenant is suspended all the same, by the limits it had', async () => {
    const id = await onPlan('free');
    const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
    const away = { planConfigs: () => Promise.reject(new TypeError('away')) };
    await runInDurableObject(stub, async (instance) => {
      const ledger = instance as unknown as Pick<TenantLedger, 'suspend'> & { env: object };
      const real = ledger.env;
      ledger.env = { ...real, SYSTEM_LEDGER: { idFromName, get: () => away } };
      const suspended = await ledger.suspend({ tenantId: id, principal: 'operator' });
      expect(suspended).toMatchObject({ ok: true });
      expect(await routeOf(id)).toMatchObject({ status: 'suspended', limits: PLANS.free.limits });
      ledger.env = real;
    });
    await runDurableObjectAlarm(stub);
    await runInDurableObject(stub, (_, { storage }) => {
      expect(storage.kv.get('route_due')).toBeUndefined();
    });
  });
});

describe('a change of a plan', () => {
  it('reaches the routes of all tenants on it, and of no other', async () => {
    const name = freshPlan();
    expect((await put(name, { cpu_ms: 80 })).status).toBe(201);
    const [one, two, other] = [await onPlan(name), await onPlan(name), await activeTenant()];
    const before = await routeOf(other);
    expect((await put(name, { cpu_ms: 95, rate: { limit: 7 } })).status).toBe(201);
    await vi.waitFor(async () => {
      for (const id of [one, two]) {
        expect(await routeOf(id)).toMatchObject({ limits: { cpu_ms: 95 }, rate: { limit: 7 } });
      }
    }, WAIT);
    expect(await routeOf(other)).toEqual(before);
    await vi.waitFor(
      async () => expect((await plans()).get(name)?.rollout).not.toBe('routes'),
      WAIT,
    );
  });

  it('goes on where it was when the platform died, and tells those who could not be told', async () => {
    const name = freshPlan();
    expect((await put(name, { cpu_ms: 80 })).status).toBe(201);
    const ids = [await onPlan(name), await onPlan(name), await onPlan(name)].toSorted();
    await vi.waitFor(
      async () => expect((await plans()).get(name)?.rollout).not.toBe('routes'),
      WAIT,
    );
    const [first = '', second = '', third = ''] = ids;
    for (const id of ids) await env.ROUTES.delete(`route:${id}`);
    await runInDurableObject(system(), (_, state) => {
      const known = state.storage.kv.get<PartProgress>('plan_routes');
      const { [name]: target = '', ...told } = known?.told ?? {};
      const run = { plan: name, target, cursor: second, again: [first], tries: 0 };
      state.storage.kv.put<PartProgress>('plan_routes', { told, run, not_before: 0 });
    });
    // What was written is known to each tenant's ledger; here it forgets.
    for (const id of ids) {
      const stub = env.TENANT_LEDGER.get(env.TENANT_LEDGER.idFromName(`tenant_${id}`));
      await runInDurableObject(stub, (_, state) => {
        state.storage.kv.delete('route_record');
      });
    }
    await vi.waitFor(async () => {
      await runInDurableObject(system(), async (_, { storage }) => {
        // Those are asked again a while later; here at once.
        const known = storage.kv.get<PartProgress>('plan_routes') ?? { told: {} };
        storage.kv.put<PartProgress>('plan_routes', { ...known, not_before: 0 });
        await storage.setAlarm(Date.now() + 60_000);
      });
      await runDurableObjectAlarm(system());
      for (const id of [first, third]) {
        expect(await routeOf(id)).toMatchObject({ limits: { cpu_ms: 80 } });
      }
    }, WAIT);
    expect(await routeOf(second)).toBeNull();
  });

  it('that would take it away is refused while tenants are on it', async () => {
    const name = freshPlan();
    expect((await put(name, { cpu_ms: 80 })).status).toBe(201);
    const id = await onPlan(name);
    const archive = { type: `plan.${name}`, state: 'archived' };
    const path = `/v1/configs/cfg_plan_${name}`;
    const refused = await call('PUT', path, { body: archive });
    expect((await jsonOf<{ detail: string }>(refused.clone())).detail).toContain('1 tenant is on');
    expect(await problemOf(refused)).toMatchObject({ status: 409, code: 'conflict' });
    expect((await change(id, 'standard')).status).toBe(200);
    expect((await call('PUT', path, { body: archive })).status).toBe(200);
    expect((await plans()).has(name)).toBe(false);
  });
});

describe('the pages about limits', () => {
  it('show all of them beside what is used, in words too, to the tenant and to the operator', async () => {
    const name = freshPlan();
    const settings = { cpu_ms: 77, entities: 40, storage_bytes: 5_000_000, schedules: 6 };
    const more = { preview: { entities: 12, facts: 3_456 }, rate: { limit: 1_111 } };
    expect((await put(name, { ...settings, ...more })).status).toBe(201);
    const { tenant, cookie } = await openPortal();
    expect((await change(tenant, name)).status).toBe(200);
    const held = { storage_bytes: 4_500_000, totals: { facts: 9, entities: 10 } };
    await deliver(env, [reportOf(tenant, 1, held)]);
    const pages = [
      await html('/portal/limits', cookie),
      await html(`/dashboard/tenants/${tenant}`, await signIn()),
    ];
    for (const page of pages) {
      for (const text of ['77 ms', '1,111', '3,456', '5.0 MB', '4.5 MB', '90 %', '25 %', name]) {
        expect(page).toContain(text);
      }
      expect(page).toMatch(/<meter[^>]* aria-label="Entities"[^>]*>25 %<\/meter>/u);
      expect(page).toMatch(/<meter[^>]* aria-label="Storage"[^>]*>90 %<\/meter>/u);
      expect(page).toMatch(/<meter[^>]* aria-label="Schedules"[^>]*>0 %<\/meter>/u);
    }
  });
});

describe('a tenant that has used up its plan', () => {
  const full = { storage_bytes: 2_000_000, totals: { facts: 9, entities: 100 } };

  it('has that in its route, from its own report, until the plan allows more', async () => {
    const name = freshPlan();
    expect((await put(name, { entities: 100, storage_bytes: 1_500_000 })).status).toBe(201);
    const id = await onPlan(name);
    await deliver(env, [reportOf(id, 1)]);
    expect((await routeOf(id))?.reached).toBeUndefined();
    await deliver(env, [reportOf(id, 2, full)]);
    expect((await routeOf(id))?.reached).toEqual([
      { name: 'entities', value: 100, used: 100, by_far: false },
      { name: 'storage_bytes', value: 1_500_000, used: 2_000_000, by_far: true },
    ]);
    expect((await put(name, { entities: 101, storage_bytes: 3_000_000 })).status).toBe(201);
    await vi.waitFor(async () => {
      const route = await routeOf(id);
      expect(route?.holds).toEqual({ entities: 101, storage_bytes: 3_000_000 });
      expect(route?.reached).toBeUndefined();
    }, WAIT);
  });

  it('is let go when it holds less again, a while later', async () => {
    const name = freshPlan();
    expect((await put(name, { entities: 100 })).status).toBe(201);
    const id = await onPlan(name);
    await deliver(env, [reportOf(id, 1, full)]);
    await deliver(env, [reportOf(id, 15), reportOf(id, 16)]);
    expect((await routeOf(id))?.reached).toBeUndefined();
  });

  it('is not let go by an older report, nor one that says nothing of it', async () => {
    const name = freshPlan();
    expect((await put(name, { entities: 100 })).status).toBe(201);
    const id = await onPlan(name);
    await deliver(env, [reportOf(id, 5, full)]);
    const { totals: _, ...silent } = reportOf(id, 6);
    await deliver(env, [reportOf(id, 4), silent]);
    expect((await routeOf(id))?.reached).toMatchObject([{ name: 'entities' }]);
  });
});
