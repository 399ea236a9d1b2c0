// What the accounts of a tenant did arrives at the platform, as figures and nothing else.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { holdClock } from '@z0-app/sdk/testing';
import { expect, test } from 'vitest';
import { account, charge, post } from './client.ts';

const MINUTE = 60_000;

test("an account's facts and refusals reach the platform with the tenant's next period", async () => {
  using clock = holdClock('2100-01-01T00:00:00Z');
  const id = await account();
  for (let i = 0; i < 3; i += 1) expect((await post('/v1/facts', charge(id, 1))).status).toBe(201);
  expect((await post('/v1/facts', charge(id, -1))).status).toBe(422);
  const { ACCOUNT_LEDGER, TENANT_SYSTEM_LEDGER, PLATFORM_CONFIGS } = env;
  clock.advanceMs(MINUTE);
  const ledger = ACCOUNT_LEDGER.get(ACCOUNT_LEDGER.idFromName(`account_${id}`));
  expect(await runDurableObjectAlarm(ledger)).toBe(true);
  clock.advanceMs(MINUTE);
  const system = TENANT_SYSTEM_LEDGER.get(TENANT_SYSTEM_LEDGER.idFromName('acme'));
  expect(await runDurableObjectAlarm(system)).toBe(true);
  const reports = await (await PLATFORM_CONFIGS.fetch('https://platform.test')).json();
  expect(reports).toMatchObject([
    {
      tenant_id: 'acme',
      period: 1,
      facts_count: 5,
      entities_count: 1,
      refusals_count: 1,
      errors_count: 0,
      totals: { facts: 5, entities: 1 },
    },
  ]);
  expect(JSON.stringify(reports)).not.toContain(id);
});
