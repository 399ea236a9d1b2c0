// What the platform sets holds for the tenant, and what both set for an entity: nobody widens it.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { type Answer, account, charge, expectProblem, get, post, put } from './client.ts';

const CREDIT = {
  id: 'cfg_platform-credit',
  tenant_id: 'platform',
  scope: 'platform',
  type: 'credit',
  name: 'Credit',
  version: 3,
  settings: {
    max: 1000,
    currencies: ['USD', 'EUR'],
    constraints: { max: 'at_most', currencies: 'subset' },
  },
  state: 'active',
  effective_at: '2026-01-01T00:00:00.000Z',
};

test('a Config of the platform is inherited, and only narrowed: by the tenant, then by an entity', async () => {
  await env.PLATFORM_CONFIGS.fetch('https://platform.test', {
    method: 'PUT',
    body: JSON.stringify([CREDIT]),
  });
  const tenants = '/v1/configs/cfg_tenant-credit';
  const own = '/v1/configs/cfg_entity-credit';
  const entity_id = await account();
  const effective = `/v1/entities/${entity_id}/configs/credit`;
  expect((await get(effective)).body).toMatchObject({
    id: 'cfg_platform-credit',
    version: 3,
    scope: 'platform',
    settings: { max: 1000, currencies: ['USD', 'EUR'] },
  });
  expectProblem(await get('/v1/configs/cfg_platform-credit'), 404, 'not_found');
  const widened = (answer: Answer, pointer: string): void =>
    expectProblem(answer, 422, 'config_widened', pointer);
  const credit = (settings: object, more: object = {}): object => {
    return { type: 'credit', settings, ...more };
  };
  widened(await put(tenants, credit({ max: 2000 })), '/settings/max');
  widened(await put(tenants, credit({ currencies: ['USD', 'CHF'] })), '/settings/currencies');
  widened(
    await put(tenants, credit({ max: 1, constraints: { max: 'at_least' } })),
    '/settings/constraints/max',
  );
  expect((await get(tenants)).status).toBe(404);
  expect((await put(tenants, credit({ max: 500 }))).status).toBe(201);
  const later = await account();
  await post('/v1/facts', charge(later, 1));
  widened(await put(own, credit({ max: 600 }, { entity_id: later })), '/settings/max');
  expect((await put(own, credit({ max: 400 }, { entity_id: later }))).status).toBe(201);
  expect((await get(`/v1/entities/${later}/configs/credit`)).body).toMatchObject({
    id: 'cfg_entity-credit',
    scope: 'entity',
    settings: { max: 400, currencies: ['USD', 'EUR'] },
    sources: [{ scope: 'platform' }, { scope: 'tenant' }, { scope: 'entity' }],
  });
});
