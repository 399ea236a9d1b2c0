// The seeds' code samples compile (seed-ledgers.ts) and behave as the text around them says.
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import {
  type CacheStatsData,
  EntityLedger,
  type Fact,
  type SdkObservabilityFact,
  type SdkObservabilitySubtype,
  SystemLedger,
  type TenantStatsPayload,
  type TenantSystemLedger,
} from '@z0-app/sdk';
import { expect, test } from 'vitest';
import type { AccountLedger, ProjectLedger, TenantAccountLedger, WiredLedger } from './ledgers.ts';
import { MyTenantSystemLedger } from './ledgers.ts';
import { add, append, context, createdLedger, valueOf } from './world.ts';

const STATS: CacheStatsData = {
  period_start: 1_700_000_000_000,
  period_end: 1_700_000_060_000,
  hits: 42,
  misses: 8,
};

/** Shapes the seeds give; that they are assignable is the test. */
const SUBTYPES: Record<SdkObservabilitySubtype, true> = {
  cache_stats: true,
  fact_appended: true,
  schema_init: true,
  hydration_done: true,
};
const REPORT: SdkObservabilityFact = {
  type: 'sdk',
  subtype: 'cache_stats',
  entity_id: 'account_123',
  entity_type: 'account',
  tenant_id: 'entity_tenant_id',
  data: STATS,
};
const ABOUT = { entity_id: 'acct_123', tenant_id: 'acme' };
const PERIOD: TenantStatsPayload = {
  tenant_id: 'acme',
  period_start: 1,
  period_end: 2,
  cache_hits: 3,
  cache_misses: 4,
  facts_count: 5,
  entities_count: 6,
};

test('the classes of the seeds extend each other as the seeds say', () => {
  expect(MyTenantSystemLedger.prototype).toBeInstanceOf(SystemLedger);
  expect(SystemLedger.prototype).toBeInstanceOf(EntityLedger);
  expect([SUBTYPES, REPORT, PERIOD]).toHaveLength(3);
});

test("a project rolls up its assets' facts through onChildFact and appendFact", async () => {
  const asset = await createdLedger();
  const data = { duration_ms: 250 };
  const processed: Fact[] = [
    valueOf(await append(asset, { type: 'asset', subtype: 'processed', data })),
    valueOf(await append(asset, add(1))),
  ];
  const stub = env.PROJECT.get(env.PROJECT.newUniqueId());
  const facts = await runInDurableObject(stub, async (ledger: ProjectLedger) => {
    valueOf(await ledger.createEntity({ id: 'proj_1', type: 'project' }, context));
    for (const fact of processed) await ledger['onChildFact']('asset_1', fact);
    return valueOf(await ledger.listFacts({ type: 'project' })).data;
  });
  expect(facts).toMatchObject([
    { subtype: 'asset_rollup', data: { asset_id: 'asset_1', processing_time_ms: 250 } },
  ]);
});

test('wiring an observability stub is all it takes to be observed', async () => {
  type Reporting = AccountLedger | WiredLedger | TenantAccountLedger;
  const report = async (ledger: Reporting): Promise<void> => {
    valueOf(await ledger.createEntity({ id: 'acct_123', type: 'account' }, context));
    await ledger['emitSdkObservability']('cache_stats', STATS);
  };
  await runInDurableObject(env.ACCOUNT.get(env.ACCOUNT.newUniqueId()), report);
  await runInDurableObject(env.WIRED.get(env.WIRED.newUniqueId()), report);
  await runInDurableObject(env.TENANT_ACCOUNT.get(env.TENANT_ACCOUNT.newUniqueId()), report);
  const received = async (ledger: SystemLedger | TenantSystemLedger): Promise<unknown[]> =>
    valueOf(await ledger.listFacts({ type: 'sdk' })).data.map((fact) => fact.data);
  const data = { entity_id: 'acct_123', entity_type: 'account', ...STATS };
  const stats = { tenant_count: 1, entity_count: 1, sdk_facts_count: 1 };
  const system = env.SYSTEM_LEDGER.get(env.SYSTEM_LEDGER.idFromName('system'));
  expect(await runInDurableObject(system, received)).toEqual([data, data]);
  await runInDurableObject(system, (systemLedger: SystemLedger) => {
    const facts = systemLedger.getSdkFacts('account_123');
    const cacheStats: CacheStatsData[] = systemLedger.getCacheStats('acct_123');
    expect(facts).toEqual([]);
    expect(systemLedger.getSdkFacts('acct_123')).toMatchObject([{ ...REPORT, ...ABOUT, data }, {}]);
    expect(cacheStats).toEqual([STATS, STATS]);
    expect(systemLedger.getStats()).toEqual({ ...stats, sdk_facts_count: 2 });
  });
  const tenant = env.TENANT_SYSTEM_LEDGER.get(env.TENANT_SYSTEM_LEDGER.idFromName('acme'));
  await runInDurableObject(tenant, (ledger: TenantSystemLedger) => {
    expect(ledger.getSdkFacts('acct_123')).toMatchObject([{ ...REPORT, ...ABOUT, data }]);
    expect(ledger.getCacheStats('acct_123')).toEqual([STATS]);
    expect(ledger.getStats()).toEqual(stats);
  });
  expect(await runInDurableObject(tenant, received)).toEqual([]);
});
