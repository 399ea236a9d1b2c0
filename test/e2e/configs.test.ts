// One rule, three scopes: the platform's Config, narrowed by a tenant and by an entity, through the
// front doors and over the queue of Workers between them.
import { beforeAll, describe, expect, test } from 'vitest';
import {
  asOperator,
  asTenant,
  charge,
  codeOf,
  newAccount,
  objectOf,
  sharedState,
  type TenantCall,
} from './client.ts';

const TYPE = 'e2e_terms';

let tenant: TenantCall;
let operator: TenantCall;
beforeAll(async () => {
  tenant = await asTenant(sharedState(), 'initech');
  operator = asOperator(sharedState());
});

const configOf = (settings: object, more: object = {}) => ({
  body: { type: TYPE, settings, ...more },
});

test('widening is refused however lately the broader Config was put', async () => {
  for (const limit of [30, 20, 10]) {
    const settings = { limit, constraints: { limit: 'at_most' } };
    const body = { type: 'e2e_fresh', settings };
    const put = await operator('PUT', '/v1/configs/cfg_e2e_fresh', { body });
    expect(put.status).toBeLessThan(300);
    const wider = { type: 'e2e_fresh', settings: { limit: limit + 1 } };
    const refused = await tenant('PUT', '/v1/configs/cfg_e2e_fresh_tenant', { body: wider });
    expect([limit, refused.status, codeOf(refused)]).toEqual([limit, 422, 'config_widened']);
  }
});

describe('a Config of the platform', () => {
  let account: string;
  beforeAll(async () => {
    const settings = { limit: 100, fee: 1, constraints: { limit: 'at_most' } };
    const put = await operator('PUT', '/v1/configs/cfg_e2e_platform', configOf(settings));
    expect(put.status).toBeLessThan(300);
    account = await newAccount(tenant);
  });

  test('holds for the entities of a tenant', async () => {
    const { status, body } = await tenant('GET', `/v1/entities/${account}/configs/${TYPE}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'effective_config',
      id: 'cfg_e2e_platform',
      settings: { limit: 100 },
    });
  });

  test('may be narrowed by an entity and not widened', async () => {
    const own = (limit: number) =>
      tenant('PUT', '/v1/configs/cfg_e2e_own', configOf({ limit }, { entity_id: account }));
    const wider = await own(101);
    expect([wider.status, codeOf(wider)]).toEqual([422, 'config_widened']);
    expect(objectOf(wider.body).errors).toMatchObject([{ pointer: '/settings/limit' }]);
    expect((await own(40)).status).toBeLessThan(300);
    const { body } = await tenant('GET', `/v1/entities/${account}/configs/${TYPE}`);
    expect(body).toMatchObject({ id: 'cfg_e2e_own', settings: { limit: 40, fee: 1 } });
  });

  test('cannot be put by a tenant in the platform’s name', async () => {
    const wider = await tenant('PUT', '/v1/configs/cfg_e2e_platform', configOf({ limit: 1000 }));
    expect([wider.status, codeOf(wider)]).toEqual([422, 'config_widened']);
  });
});

test('rules in a Config refuse what they forbid, and the facts they let pass say so', async () => {
  const account = await newAccount(tenant);
  const expression = { left: { fact: '/data/amount' }, op: '<=', right: 10 };
  const rules = [{ name: 'small', applies_to: { type: 'charge' }, expression }];
  const put = await tenant('PUT', '/v1/configs/cfg_e2e_rules', {
    body: { type: 'invariants', settings: { rules }, entity_id: account },
  });
  expect(put.status).toBeLessThan(300);
  const refused = await tenant('POST', '/v1/facts', { body: charge(account, 11) });
  expect([refused.status, codeOf(refused)]).toEqual([422, 'invariant_violated']);
  const passed = await tenant('POST', '/v1/facts', { body: charge(account, 10) });
  expect(passed.body).toMatchObject({ config_id: 'cfg_e2e_rules', config_version: 1 });
});

test('an anonymized entity still verifies, and its facts are where they were', async () => {
  const account = await newAccount(tenant);
  await tenant('POST', '/v1/facts', { body: charge(account, 10) });
  for (const to of ['retiring', 'retired', 'anonymized']) {
    const moved = await tenant('POST', `/v1/entities/${account}/lifecycle`, { body: { to } });
    expect([to, moved.status]).toEqual([to, 200]);
  }
  const { body } = await tenant('GET', `/v1/entities/${account}/verify`);
  expect(body).toMatchObject({ ok: true, faults: [] });
  const state = await tenant('GET', `/v1/entities/${account}/state`);
  expect(state.body).toMatchObject({ state: { BalanceState: { balance: 10 } } });
});
