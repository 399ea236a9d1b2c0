// Configs of the scopes above, and what a ledger does with those in force.
import { expect, test } from 'vitest';
import type { Config } from '../../sdk/src/config.ts';
import { configsOf } from '../../sdk/src/config-manager.ts';
import { Book, config, DAY, entity, factOf, noState, pricing, time } from './config-book.ts';

test('what is above holds: widening is refused with the field, tightening later is combined', async () => {
  let above = [config('platform', { fee: 5, constraints: { fee: 'at_most' } })];
  const book = new Book({ source: { readConfigs: async () => above }, refreshMs: 10 });
  expect(await book.refresh()).toBe(1);
  expect(book.put(pricing(6))).toMatchObject({
    error: { code: 'config_widened', errors: [{ pointer: '/settings/fee' }] },
  });
  expect(book.put(pricing(4))).toMatchObject({ ok: true });
  above = [config('platform', { fee: 3, constraints: { fee: 'at_most' } }, { version: 2 })];
  book.ms = 10;
  expect(await book.refresh()).toBe(1);
  expect(book.configs.inForce('pricing')).toMatchObject({
    id: 'cfg_pricing',
    scope: 'entity',
    settings: { fee: 3 },
    sources: [
      { id: 'cfg_platform', version: 2, scope: 'platform' },
      { id: 'cfg_pricing', version: 1, scope: 'entity' },
    ],
  });
  const before = book.configs.at('pricing', { seq: 2, ms: DAY + 9 });
  expect(before?.settings.fee).toBe(4);
});

test('the scope above is asked once at a time and seldom, and written down only when it changed', async () => {
  let calls = 0;
  const readConfigs = async (): Promise<Config[]> => {
    calls += 1;
    return [config('tenant', { fee: 1 }), config('platform', { fee: 2 })];
  };
  const book = new Book({ source: { readConfigs }, refreshMs: 10 });
  const first = book.configs.refresh();
  expect(book.configs.refresh()).toBeUndefined();
  book.append([(await first) ?? { type: 'config', data: {} }]);
  expect(book.configs.refresh()).toBeUndefined();
  book.ms = 10;
  expect(await book.refresh()).toBe(0);
  expect(calls).toBe(2);
});

test('another tenant is asked at once', async () => {
  let tenantId = 'acme';
  const readConfigs = async () => [config('tenant', { fee: 1 }, { tenant_id: tenantId })];
  const book = new Book({ source: { readConfigs } });
  await book.refresh();
  tenantId = 'globex';
  book.entity = { ...entity, tenant_id: tenantId };
  expect(await book.refresh()).toBe(1);
  expect(await book.refresh()).toBe(0);
});

test('a scheduled change above needs no second fact when its time comes', async () => {
  const old = config('tenant', { fee: 1 }, { superseded_at: time(50) });
  const next = config('tenant', { fee: 2 }, { version: 2, effective_at: time(50) });
  const source = { readConfigs: async () => (book.ms < 50 ? [old, next] : [next]) };
  const book = new Book({ source, refreshMs: 10 });
  await book.refresh();
  expect(book.configs.inForce('pricing')?.settings.fee).toBe(1);
  book.ms = 50;
  expect(book.configs.inForce('pricing')?.settings.fee).toBe(2);
  expect(await book.refresh()).toBe(0);
});

test.each<[string, () => Promise<unknown>]>([
  ['fails', () => Promise.reject(new Error('gone'))],
  ['says nothing', () => Promise.resolve(undefined)],
  ['answers no list', () => Promise.resolve({})],
  ['answers a draft', () => Promise.resolve([config('tenant', {}, { state: 'draft' })])],
  ['answers Configs of this scope', () => Promise.resolve([config('entity', {})])],
  [
    "answers another tenant's",
    () => Promise.resolve([config('tenant', {}, { tenant_id: 'evil' })]),
  ],
  [
    'answers bad rules',
    () => Promise.resolve([config('tenant', { rules: [{}] }, { type: 'invariants' })]),
  ],
])('a scope above that %s changes nothing, and is asked again', async (_, answer) => {
  let reply: () => Promise<unknown> = async () => [config('tenant', { fee: 1 })];
  // The source is code outside: it may answer anything.
  const source = { readConfigs: () => reply() as Promise<Config[]> };
  const book = new Book({ source, refreshMs: 1 });
  await book.refresh();
  book.ms = 1;
  reply = answer;
  expect(await book.refresh()).toBe(0);
  expect(book.configs.inForce('pricing')?.settings.fee).toBe(1);
  book.ms = 2;
  reply = async () => [];
  expect(await book.refresh()).toBe(1);
  expect(book.configs.inForce('pricing')).toBeUndefined();
});

test('a source that must not be missed stops the write', async () => {
  const source = { readConfigs: () => Promise.reject(new RangeError('away')) };
  const book = new Book({ source, bootstrapConfig: { fallback_on_failure: false } });
  await expect(book.configs.refresh()).rejects.toMatchObject({ code: 'not_ready' });
});

test('each scope passes on what it inherited and what is its own, in force or scheduled', async () => {
  const platform = new Book({ scope: 'platform' });
  platform.put(pricing(1, { id: 'cfg_platform' }));
  const stub = {
    inheritableConfigs: async () => ({ ok: true, value: platform.configs.inheritable() }) as const,
  };
  const tenant = new Book({ scope: 'tenant', source: configsOf(() => stub) });
  await tenant.refresh();
  tenant.put({ id: 'cfg_routing', type: 'routing', settings: {}, effective_at: time(50) });
  tenant.put({ id: 'cfg_draft', type: 'draft', settings: {}, state: 'draft' });
  const ids = tenant.configs.inheritable().map((one) => one.id);
  expect(ids).toEqual(['cfg_platform', 'cfg_routing']);
  expect(tenant.configs.types()).toEqual(['pricing']);
});

test('rules in force judge a fact and name their Config', () => {
  const book = new Book();
  const rules = [
    {
      name: 'capped',
      applies_to: { type: 'payment' },
      schema: { properties: { amount: { maximum: 5 } } },
    },
  ];
  book.put({ id: 'cfg_rules', type: 'invariants', settings: { rules } });
  const config = { id: 'cfg_rules', version: 1 };
  const payment = factOf({ type: 'payment', data: { amount: 6 } }, 2, 0);
  expect(book.configs.governing(payment)).toEqual(config);
  expect(book.configs.judge(payment, noState)).toMatchObject({
    config,
    refusal: { name: 'capped', pointer: '/data/amount' },
  });
  expect(book.configs.judge({ ...payment, type: 'note' }, noState)).toEqual({ warnings: [] });
});

test('a supposed Config holds at every position, and changes nothing', () => {
  const book = new Book();
  book.put(pricing(1));
  const view = book.configs.withSettings({ type: 'pricing', settings: { fee: 9 } });
  const found = view.ok && view.value.at('pricing', { seq: 1, ms: DAY });
  expect(found).toMatchObject({ id: 'cfg_pricing', version: 1, settings: { fee: 9 } });
  expect(book.configs.inForce('pricing')?.settings.fee).toBe(1);
  const none = { type: 'invariants', settings: { rules: [{ name: 'no', schema: false }] } };
  const strict = book.configs.withSettings(none);
  const note = factOf({ type: 'note', data: {} }, 1, 0);
  expect(strict.ok && strict.value.judge(note, noState).refusal?.name).toBe('no');
  expect(book.configs.withSettings({ type: 'invariants', settings: { rules: [{}] } }).ok).toBe(
    false,
  );
});
