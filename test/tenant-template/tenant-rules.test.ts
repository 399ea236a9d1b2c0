// Rules that a tenant gives all its entities hold in each of them: one refuses, one only warns.
import { expect, test } from 'vitest';
import { account, charge, expectProblem, get, headOf, post, put } from './client.ts';

const amount = { fact: '/data/amount' };
const rules = [
  {
    name: 'no_large_charge',
    applies_to: { type: 'charge' },
    expression: { left: amount, op: '<=', right: 5000 },
    detail: 'Charges above 50.00 are not made here.',
  },
  {
    name: 'unusual_charge',
    severity: 'warning',
    applies_to: { type: 'charge' },
    expression: { left: amount, op: '<=', right: 1000 },
  },
];

test('a rule of the tenant refuses a charge of any account, and a warning is written down', async () => {
  const config = { type: 'invariants', settings: { rules } };
  expect((await put('/v1/configs/cfg_rules', config)).status).toBe(201);
  const id = await account();
  expect((await post('/v1/facts', charge(id, 1000))).body).toMatchObject({
    config_id: 'cfg_rules',
    config_version: 1,
  });
  const head = await headOf(id);
  const refused = await post('/v1/facts', charge(id, 5001));
  expectProblem(refused, 422, 'invariant_violated', '/data/amount');
  expect(refused.body).toMatchObject({ errors: [{ code: 'no_large_charge' }] });
  expect(await headOf(id)).toBe(head);
  const warned = await post('/v1/facts', charge(id, 1001));
  expect(warned.status).toBe(201);
  const warnings = await get(`/v1/entities/${id}/facts?type=system&subtype=invariant_warning`);
  expect(warnings.body).toMatchObject({
    data: [{ data: { rule: 'unusual_charge', fact_id: warned.body.id } }],
  });
  const own = { type: 'invariants', settings: { rules: [{ ...rules[0], severity: 'warning' }] } };
  expectProblem(
    await put('/v1/configs/cfg_own', { ...own, entity_id: id }),
    422,
    'config_widened',
    '/settings/rules',
  );
});
