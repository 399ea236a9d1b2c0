// The Config of alerts: what may be put, what is left out when something is broken all the same, and
// who gets to see it.
import { createExecutionContext, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_RULES } from '../../platform/src/alerts/alert-rule.ts';
import { readAlertSettings } from '../../platform/src/alerts/alert-settings.ts';
import { webhookUrlFault } from '../../platform/src/alerts/webhook-url.ts';
import { createApp } from '../../platform/src/app.ts';
import type { Env } from '../../platform/src/env.ts';
import {
  alertsAfter,
  alertsOf,
  anyRequestRule,
  putSettings,
  refusedWith,
  requestsOf,
  ring,
} from './alerts-world.ts';
import { platformApart, shardStub } from './stats-world.ts';
import { call, freshId, problemOf } from './world.ts';

const rule = {
  name: 'mine',
  metric: 'error_share',
  window_minutes: 10,
  threshold: 0.5,
  severity: 'bad',
};

function put(platform: Env, settings: object): Promise<Response> | Response {
  const headers = {
    authorization: `Bearer ${env.TEST_OPERATOR_TOKEN}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ type: 'alerts', settings });
  const url = 'https://platform.test/v1/configs/cfg_alerts';
  const request = new Request(url, { method: 'PUT', headers, body });
  return createApp().fetch(request, platform, createExecutionContext());
}

function namesOf(settings: { rules: readonly { name: string }[] } | undefined): string[] {
  return (settings?.rules ?? []).map(({ name }) => name);
}

const defaults = namesOf({ rules: DEFAULT_RULES });

it('without a Config the default rules are in force, and no webhook', async () => {
  const settings = await readAlertSettings(platformApart());
  expect(settings).toEqual({ rules: DEFAULT_RULES, source: '' });
});

describe('a Config', () => {
  it('adds rules, replaces default ones by name and switches them off', async () => {
    const platform = platformApart();
    const url = 'https://hooks.example.com/z0';
    const errors = { ...rule, name: 'errors', tenants: ['acme'], minimum: 3 };
    const settings = { rules: [rule, errors], off: ['gap'], webhook: { url } };
    expect((await put(platform, settings)).status).toBe(201);
    const read = await readAlertSettings(platform);
    expect(namesOf(read)).toEqual([
      ...defaults.filter((name) => name !== 'gap' && name !== 'errors'),
      'mine',
      'errors',
    ]);
    expect(read?.rules.at(-2)).toEqual({ ...rule, minimum: 20 });
    expect(read?.rules.at(-1)).toEqual(errors);
    expect(read?.webhook).toEqual({ url, secret_version: 1 });
    expect(read?.source).toBe('cfg_alerts 1');
  });

  it.each<[what: string, settings: object, pointer: string]>([
    ['an unknown field', { rule: [] }, '/settings/rule'],
    ['rules that are no list', { rules: {} }, '/settings/rules'],
    ['a rule that is none', { rules: [7] }, '/settings/rules/0'],
    [
      'a rule without a threshold',
      { rules: [rule, { ...rule, name: 'b', threshold: undefined }] },
      '/settings/rules/1/threshold',
    ],
    [
      'a threshold of nothing',
      { rules: [{ ...rule, threshold: 0 }] },
      '/settings/rules/0/threshold',
    ],
    ['a share above 1', { rules: [{ ...rule, threshold: 5 }] }, '/settings/rules/0/threshold'],
    ['an unknown metric', { rules: [{ ...rule, metric: 'cpu' }] }, '/settings/rules/0/metric'],
    ['an unknown severity', { rules: [{ ...rule, severity: 'ok' }] }, '/settings/rules/0/severity'],
    [
      'a window that is too long',
      { rules: [{ ...rule, window_minutes: 361 }] },
      '/settings/rules/0/window_minutes',
    ],
    ['a name with a space', { rules: [{ ...rule, name: 'my rule' }] }, '/settings/rules/0/name'],
    ['a name twice', { rules: [rule, rule] }, '/settings/rules/1/name'],
    ['an unknown field of a rule', { rules: [{ ...rule, limit: 1 }] }, '/settings/rules/0/limit'],
    [
      'a tenant that is none',
      { rules: [{ ...rule, tenants: ['A'] }] },
      '/settings/rules/0/tenants/0',
    ],
    [
      'tenants where they mean nothing',
      { rules: [{ ...rule, metric: 'dead_letters', threshold: 1, tenants: ['acme'] }] },
      '/settings/rules/0/tenants',
    ],
    ['an unknown default rule', { off: ['everything'] }, '/settings/off/0'],
    ['a webhook without a URL', { webhook: {} }, '/settings/webhook/url'],
    [
      'a webhook with a secret',
      { webhook: { url: 'https://a.example', secret: 's' } },
      '/settings/webhook/secret',
    ],
    ['a webhook over http', { webhook: { url: 'http://a.example' } }, '/settings/webhook/url'],
    [
      'a webhook in a private network',
      { webhook: { url: 'https://10.0.0.1/' } },
      '/settings/webhook/url',
    ],
  ])('with %s is refused with a pointer, and nothing is kept', async (_, settings, pointer) => {
    const platform = platformApart();
    const refused = await problemOf(await put(platform, settings));
    expect(refused).toEqual({ status: 400, code: 'invalid_request', pointers: [pointer] });
    expect((await readAlertSettings(platform))?.source).toBe('');
  });

  it('that is broken all the same loses what is broken, loudly, and the rest holds', async () => {
    const platform = platformApart();
    const settings = {
      rules: [{ ...rule, threshold: 'high' }, anyRequestRule('any')],
      off: ['gap'],
      webhook: { url: 'https://192.168.0.1/' },
    };
    await putSettings(platform, settings);
    using error = vi.spyOn(console, 'error').mockReturnValue();
    const read = await readAlertSettings(platform);
    expect(namesOf(read)).toEqual([...defaults.filter((name) => name !== 'gap'), 'any']);
    expect(read?.webhook).toBeUndefined();
    const logged = error.mock.calls.map(([line]) => JSON.parse(String(line)) as object);
    expect(logged).toMatchObject([
      { event: 'alert_settings_broken', pointer: '/settings/rules/0/threshold' },
      { event: 'alert_settings_broken', pointer: '/settings/webhook/url' },
    ]);
    const limited = requestsOf('acme', Date.now(), refusedWith('rate_limited', 429, 9, 9));
    expect(await alertsAfter(platform, 'acme', limited)).toMatchObject([{ rule: 'any' }]);
  });

  it('only names some tenants: no other is judged by that rule', async () => {
    const platform = platformApart();
    await putSettings(platform, { rules: [anyRequestRule('any', { tenants: ['acme'] })] });
    const limited = (id: string) =>
      requestsOf(id, Date.now(), refusedWith('rate_limited', 429, 9, 9));
    expect(await alertsAfter(platform, 'globex', limited('globex'))).toEqual([]);
    expect(await alertsAfter(platform, 'acme', limited('acme'))).toHaveLength(1);
  });

  it('reaches a shard that nothing reaches, by its clock', async () => {
    const tenant = freshId('quiet');
    const limited = requestsOf(tenant, Date.now(), refusedWith('rate_limited', 429, 100, 50));
    expect(await alertsAfter(env, tenant, limited)).toMatchObject([{ rule: 'near_limit' }]);
    const body = (settings: object) => ({ body: { type: 'alerts', settings } });
    await call('PUT', '/v1/configs/cfg_alerts', body({ off: ['near_limit'] }));
    await runInDurableObject(shardStub(env, tenant), (_, { storage }) => {
      // As if the counts had come some time ago.
      storage.sql.exec('UPDATE alert_settings SET read_at = read_at - 300001');
    });
    await ring(env, tenant);
    expect(await alertsOf(env, tenant)).toMatchObject([{ state: 'resolved' }]);
    await call('PUT', '/v1/configs/cfg_alerts', body({}));
  });

  it('is told to no tenant, as it names others', async () => {
    const body = { type: 'alerts', settings: {} };
    expect((await call('PUT', '/v1/configs/cfg_alerts', { body })).ok).toBe(true);
    expect((await call('GET', '/v1/configs/cfg_alerts')).status).toBe(200);
    const told = await env.ACME_DOOR.readConfig();
    if (!told.ok) expect.unreachable(told.error.detail);
    expect(told.value.filter(({ type }) => type === 'alerts')).toEqual([]);
  });
});

describe('the URL of a webhook', () => {
  it.each([
    'https://example.com/hook?key=1',
    'https://example.com:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://172.32.0.1/',
    'https://xn--bcher-kva.example/',
  ])('may be %s', (url) => {
    expect(webhookUrlFault(url, { loopback: false })).toBeUndefined();
  });

  it.each([
    ['hook', 'URL'],
    ['http://example.com/', 'https'],
    ['ftp://example.com/', 'https'],
    ['https://user:pass@example.com/', 'password'],
    ['https://example.com/#part', 'fragment'],
    ['https://localhost/', 'private'],
    ['https://localhost./', 'private'],
    ['https://a.localhost/', 'private'],
    ['https://intranet/', 'private'],
    ['https://printer.local/', 'private'],
    ['https://db.internal/', 'private'],
    ['https://127.0.0.1/', 'private'],
    ['https://127.1/', 'private'],
    ['https://127.0.0.1./', 'private'],
    ['https://１２７.0.0.1/', 'private'],
    ['https://2130706433/', 'private'],
    ['https://0x7f.0.0.1/', 'private'],
    ['https://0177.0.0.1/', 'private'],
    ['https://0.0.0.0/', 'private'],
    ['https://10.255.255.255/', 'private'],
    ['https://172.16.0.1/', 'private'],
    ['https://172.31.255.255/', 'private'],
    ['https://192.168.1.1/', 'private'],
    ['https://169.254.169.254/', 'private'],
    ['https://100.64.0.1/', 'private'],
    ['https://224.0.0.1/', 'private'],
    ['https://255.255.255.255/', 'private'],
    ['https://[::1]/', 'private'],
    ['https://[::]/', 'private'],
    ['https://[::ffff:127.0.0.1]/', 'private'],
    ['https://[::ffff:8.8.8.8]/', 'private'],
    ['https://[64:ff9b::a00:1]/', 'private'],
    ['https://[2002:a00:1::]/', 'private'],
    ['https://[2001::1]/', 'private'],
    ['https://[fc00::1]/', 'private'],
    ['https://[fd12:3456::1]/', 'private'],
    ['https://[fe80::1]/', 'private'],
    ['https://[ff02::1]/', 'private'],
  ])('may not be %s', (url, why) => {
    expect(webhookUrlFault(url, { loopback: false })).toContain(why);
  });

  it('may be this very machine over http only where the platform itself is on it', async () => {
    const url = 'http://127.0.0.1:8080/hook';
    expect(webhookUrlFault(url, { loopback: true })).toBeUndefined();
    expect(webhookUrlFault('http://10.0.0.1/', { loopback: true })).toContain('https');
    const hosted = { ...platformApart(), CLOUDFLARE_API_BASE_URL: 'https://api.cloudflare.com' };
    const refused = await problemOf(await put(hosted, { webhook: { url } }));
    expect(refused.pointers).toEqual(['/settings/webhook/url']);
    expect((await put(platformApart(), { webhook: { url } })).status).toBe(201);
  });
});
