// Configs inside a running ledger: what is inherited, recorded on facts, judged, and supposed.
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ConfigInput, Fact, JsonObject, TenantSystemLedger } from '@z0-app/sdk';
import { expect, test } from 'vitest';
import type { TermsLedger } from './ledgers.ts';
import { codeOf, valueOf } from './world.ts';

type Stub = DurableObjectStub<TermsLedger>;

const TERMS = { limit: 100, rate: 1, constraints: { limit: 'at_most' } };

let tenants = 0;

function newTenant(): string {
  tenants += 1;
  return `tenant-${tenants}`;
}

function contextOf(tenantId: string) {
  return { tenantId, principal: 'alice', route: 'test' };
}

function tenantLedger<R>(
  tenantId: string,
  use: (ledger: TenantSystemLedger) => Promise<R>,
): Promise<R> {
  const namespace = env.TENANT_SYSTEM_LEDGER;
  return runInDurableObject(
    namespace.get(namespace.idFromName(tenantId)),
    (one: TenantSystemLedger) => use(one),
  );
}

async function created(tenantId: string): Promise<Stub> {
  const stub = env.TERMS.get(env.TERMS.idFromName(`${tenantId}:${crypto.randomUUID()}`));
  await inside(stub, async (ledger) =>
    valueOf(await ledger.createEntity({ id: 'terms_1', type: 'terms' }, contextOf(tenantId))),
  );
  return stub;
}

function inside<R>(stub: Stub, use: (ledger: TermsLedger) => R | Promise<R>): Promise<R> {
  return runInDurableObject(stub, (ledger: TermsLedger) => use(ledger));
}

function terms(settings: JsonObject, more: Partial<ConfigInput> = {}): ConfigInput {
  return { id: 'cfg_terms', type: 'terms', settings, ...more };
}

function spend(stub: Stub, tenantId: string, by: number) {
  return inside(stub, (ledger) =>
    ledger.append({ type: 'spend', data: { by } }, contextOf(tenantId)),
  );
}

test('a fact records the Config it was calculated with, and keeps it when the Config changes', async () => {
  const tenant = newTenant();
  const stub = await created(tenant);
  const put = (settings: JsonObject) =>
    inside(stub, async (ledger) =>
      valueOf(await ledger.putConfig(terms(settings), contextOf(tenant))),
    );
  const before = valueOf(await spend(stub, tenant, 5));
  expect([before.config_id, before.config_version]).toEqual([undefined, undefined]);
  expect((await put(TERMS)).version).toBe(1);
  const first = valueOf(await spend(stub, tenant, 10));
  expect((await put({ ...TERMS, rate: 2 })).version).toBe(2);
  const second = valueOf(await spend(stub, tenant, 10));
  expect([first, second].map((fact) => [fact.config_id, fact.config_version])).toEqual([
    ['cfg_terms', 1],
    ['cfg_terms', 2],
  ]);
  await evictDurableObject(stub);
  const view = valueOf(await inside(stub, (ledger) => ledger.getState()));
  expect(view.state.Spent).toEqual({ total: 35 });
  expect(valueOf(await inside(stub, (ledger) => ledger.reconstructState())).state).toEqual(
    view.state,
  );
  expect(valueOf(await inside(stub, (ledger) => ledger.verify())).faults).toEqual([]);
  const refused = await spend(stub, tenant, 40);
  expect(refused).toMatchObject({
    ok: false,
    error: { code: 'invariant_violated', errors: [{ pointer: '/data/by', code: 'within_limit' }] },
  });
});

test('an entity inherits from its tenant, may narrow, and may not widen', async () => {
  const tenant = newTenant();
  await tenantLedger(tenant, async (ledger) =>
    valueOf(await ledger.putConfig(terms(TERMS), contextOf(tenant))),
  );
  const stub = await created(tenant);
  const effective = async () =>
    valueOf(await inside(stub, (ledger) => ledger.effectiveConfig('terms')));
  expect(await effective()).toMatchObject({ id: 'cfg_terms', scope: 'tenant', settings: TERMS });
  const own = { id: 'cfg_own', type: 'terms' };
  const put = (settings: JsonObject) =>
    inside(stub, (ledger) => ledger.putConfig({ ...own, settings }, contextOf(tenant)));
  expect(await put({ limit: 101 })).toMatchObject({
    ok: false,
    error: { code: 'config_widened', errors: [{ pointer: '/settings/limit' }] },
  });
  valueOf(await put({ limit: 50 }));
  expect(await effective()).toMatchObject({ id: 'cfg_own', settings: { limit: 50, rate: 1 } });
  // The tenant tightens: the entity's own 50 is no longer enough.
  await tenantLedger(tenant, async (ledger) =>
    valueOf(await ledger.putConfig(terms({ ...TERMS, limit: 20 }), contextOf(tenant))),
  );
  expect(codeOf(await spend(stub, tenant, 30))).toBe('invariant_violated');
  const fact = valueOf(await spend(stub, tenant, 20));
  expect([fact.config_id, fact.config_version]).toEqual(['cfg_own', 1]);
  expect((await effective()).sources.map(({ id, version }) => [id, version])).toEqual([
    ['cfg_terms', 2],
    ['cfg_own', 1],
  ]);
});

test('rules in a Config refuse a fact, or let it pass with a warning that is a fact', async () => {
  const tenant = newTenant();
  const stub = await created(tenant);
  const expression = { left: { fact: '/data/by' }, op: '<=', right: 10 };
  const rules = [
    { name: 'small', applies_to: { type: 'spend' }, expression },
    {
      name: 'noted',
      severity: 'warning',
      applies_to: { type: 'spend' },
      schema: { type: 'object', required: ['note'] },
    },
  ];
  await inside(stub, async (ledger) =>
    valueOf(
      await ledger.putConfig(
        { id: 'cfg_rules', type: 'invariants', settings: { rules } },
        contextOf(tenant),
      ),
    ),
  );
  expect(await spend(stub, tenant, 11)).toMatchObject({
    ok: false,
    error: { code: 'invariant_violated', errors: [{ code: 'small' }] },
  });
  const fact = valueOf(await spend(stub, tenant, 10));
  expect([fact.config_id, fact.config_version]).toEqual(['cfg_rules', 1]);
  const { data } = valueOf(
    await inside(stub, (ledger) =>
      ledger.listFacts({ type: 'system', subtype: 'invariant_warning' }),
    ),
  );
  expect(data.map((one) => [one.causation_id, one.data.rule])).toEqual([[fact.id, 'noted']]);
});

test('a caller may name only a Config that is in force', async () => {
  const tenant = newTenant();
  const stub = await created(tenant);
  await inside(stub, async (ledger) =>
    valueOf(await ledger.putConfig(terms(TERMS), contextOf(tenant))),
  );
  const name = (config_id: string, config_version?: number) =>
    inside(stub, (ledger) => {
      const version = config_version === undefined ? {} : { config_version };
      return ledger.append({ type: 'cost', data: {}, config_id, ...version }, contextOf(tenant));
    });
  expect(valueOf(await name('cfg_terms'))).toMatchObject({ config_version: 1 });
  expect(valueOf(await name('cfg_terms', 1))).toMatchObject({ config_version: 1 });
  for (const [outcome, pointer] of [
    [await name('cfg_terms', 2), '/config_version'],
    [await name('cfg_other'), '/config_id'],
  ] as const) {
    expect(outcome).toMatchObject({ ok: false, error: { errors: [{ pointer }] } });
  }
});

test('what-if tells which facts other settings would have refused, and what would be different', async () => {
  const tenant = newTenant();
  const stub = await created(tenant);
  await inside(stub, async (ledger) =>
    valueOf(await ledger.putConfig(terms(TERMS), contextOf(tenant))),
  );
  const facts: Fact[] = [];
  for (const by of [10, 20, 30]) facts.push(valueOf(await spend(stub, tenant, by)));
  const head = valueOf(await inside(stub, (ledger) => ledger.getEntity())).version;
  const view = valueOf(
    await inside(stub, (ledger) =>
      ledger.whatIf({ type: 'terms', settings: { limit: 65, rate: 2 } }),
    ),
  );
  expect(view).toMatchObject({
    now: { Spent: { total: 60 } },
    supposed: { Spent: { total: 60 } },
    differs: [],
    refused: [{ seq: facts[2]?.seq, rule: 'within_limit' }],
    refused_count: 1,
  });
  const dearer = { type: 'terms', settings: { rate: 3 } };
  expect(valueOf(await inside(stub, (ledger) => ledger.whatIf(dearer)))).toMatchObject({
    supposed: { Spent: { total: 180 } },
    differs: ['Spent'],
    refused_count: 0,
  });
  expect(valueOf(await inside(stub, (ledger) => ledger.getEntity())).version).toBe(head);
  expect(valueOf(await inside(stub, (ledger) => ledger.getState())).state.Spent).toEqual({
    total: 60,
  });
});

test('a Config put twice is one version, and its key never applies it again', async () => {
  const tenant = newTenant();
  const stub = await created(tenant);
  const keyed = { ...contextOf(tenant), idempotencyKey: 'k1' };
  const put = (settings: JsonObject, context = contextOf(tenant)) =>
    inside(
      stub,
      async (ledger) => valueOf(await ledger.putConfig(terms(settings), context)).version,
    );
  expect([await put(TERMS, keyed), await put(TERMS, keyed), await put(TERMS)]).toEqual([1, 1, 1]);
  expect(await put({ ...TERMS, rate: 4 })).toBe(2);
  expect(
    valueOf(await inside(stub, (ledger) => ledger.listConfigVersions('cfg_terms'))),
  ).toHaveLength(2);
});
