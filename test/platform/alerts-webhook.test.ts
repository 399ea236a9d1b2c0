// Delivery of alerts to a webhook: a real HTTP server receives it, and checks it with the library that
// its owner would use. What fails is tried again, and a crash loses nothing.
import { createExecutionContext, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import { transitionFact } from '../../platform/src/alerts/alert-facts.ts';
import { MAX_ATTEMPTS, retryMs } from '../../platform/src/alerts/deliver-alerts.ts';
import { webhookSecrets } from '../../platform/src/alerts/webhook-secret.ts';
import { createApp } from '../../platform/src/app.ts';
import { PLATFORM } from '../../platform/src/configs/platform-ledger.ts';
import type { Env } from '../../platform/src/env.ts';
import type { SystemLedger } from '../../platform/src/metrics/system-ledger.ts';
import {
  alertFacts,
  alertsAfter,
  anyRequestRule,
  type Delivered,
  inbox,
  MINUTE_MS,
  putSettings,
  received,
  refusedWith,
  requestsOf,
  ring,
} from './alerts-world.ts';
import { evictShard, platformApart, shardStub } from './stats-world.ts';
import { jsonOf, problemOf } from './world.ts';

const TENANT = 'acme';

let boxes = 0;

interface World {
  readonly platform: Env;
  readonly box: string;
  readonly url: string;
}

/** A platform whose webhook points to the receiver, which answers in that manner. */
async function worldWith(manner: string, more: object = {}): Promise<World> {
  boxes += 1;
  const box = `box-${boxes}`;
  const url = `${env.ALERT_RECEIVER}/${manner}/${box}`;
  const platform = platformApart();
  await putSettings(platform, { rules: [anyRequestRule('first')], webhook: { url, ...more } });
  return { platform, box, url };
}

/** Makes one alert fire; the id of its fact. */
async function fire(platform: Env, tenant = TENANT): Promise<string> {
  const limited = requestsOf(tenant, Date.now(), refusedWith('rate_limited', 429, 9, 9));
  const [alert] = await alertsAfter(platform, tenant, limited);
  return alert?.id ?? expect.unreachable('nothing fired');
}

/** What the webhook's owner was shown. */
async function secretOf(platform: Env): Promise<string> {
  const response = await post(platform);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return (await jsonOf<{ secret: string }>(response)).secret;
}

function post(platform: Env): Promise<Response> | Response {
  const headers = { authorization: `Bearer ${env.TEST_OPERATOR_TOKEN}` };
  const url = 'https://platform.test/v1/alerts/webhook-secret';
  const request = new Request(url, { method: 'POST', headers });
  return createApp().fetch(request, platform, createExecutionContext());
}

function verified(secret: string, { headers, body }: Delivered): unknown {
  return new Webhook(secret).verify(body, headers);
}

async function factsOf(platform: Env, count: number) {
  return vi.waitFor(
    async () => {
      const facts = await alertFacts(platform, TENANT);
      expect(facts).toHaveLength(count);
      return facts;
    },
    { timeout: 15_000, interval: 50 },
  );
}

/** Lets the next attempt be due, however long the wait was. */
async function hurry(platform: Env): Promise<void> {
  await runInDurableObject(shardStub(platform, TENANT), (_, { storage }) => {
    storage.sql.exec('UPDATE alert_delivery SET due_at = 0');
  });
  await ring(platform, TENANT);
}

async function attempts(platform: Env): Promise<{ attempts: number; due_at: number }> {
  return runInDurableObject(shardStub(platform, TENANT), (_, { storage }) =>
    storage.sql
      .exec<{ attempts: number; due_at: number }>('SELECT attempts, due_at FROM alert_delivery')
      .one(),
  );
}

async function triedOnce(platform: Env): Promise<void> {
  await vi.waitFor(async () => expect(await attempts(platform)).toMatchObject({ attempts: 1 }), {
    timeout: 15_000,
    interval: 50,
  });
}

describe('the webhook', () => {
  it('hears once of what fired and once of what was resolved, each signed', async () => {
    const { platform, box } = await worldWith('ok');
    const id = await fire(platform);
    const [fired] = await received(box, 1);
    const secret = await secretOf(platform);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/u);
    expect(fired?.headers['webhook-id']).toBe(id);
    expect(fired?.headers['content-type']).toBe('application/json');
    expect(verified(secret, fired as Delivered)).toMatchObject({
      type: 'alert.fired',
      data: { id, rule: 'first', tenant_id: TENANT, state: 'firing', resolved_at: null },
    });
    await putSettings(platform, { webhook: { url: `${env.ALERT_RECEIVER}/ok/${box}` } });
    await alertsAfter(platform, TENANT, requestsOf(TENANT, Date.now(), { requests: 1 }));
    const [, resolved] = await received(box, 2);
    const facts = await alertFacts(platform, TENANT);
    expect(resolved?.headers['webhook-id']).toBe(facts.at(-1)?.id);
    expect(verified(secret, resolved as Delivered)).toMatchObject({
      type: 'alert.resolved',
      data: { id, state: 'resolved', resolved_at: facts.at(-1)?.timestamp },
    });
    await ring(platform, TENANT);
    expect(await inbox(box)).toHaveLength(2);
  });

  it('can tell what was tampered with', async () => {
    const { platform, box } = await worldWith('ok');
    await fire(platform);
    const [{ headers, body } = expect.unreachable('nothing came')] = await received(box, 1);
    const secret = await secretOf(platform);
    const forged = { headers, body: body.replace('firing', 'resolved') };
    expect(() => verified(secret, forged)).toThrow('No matching signature');
    const moved = { headers: { ...headers, 'webhook-id': 'fct_other' }, body };
    expect(() => verified(secret, moved)).toThrow('No matching signature');
  });

  it('is signed with the secret before as well after it was changed', async () => {
    const { platform, url } = await worldWith('ok');
    const before = await secretOf(platform);
    const rules = [anyRequestRule('first')];
    await putSettings(platform, { rules, webhook: { url, secret_version: 2 } });
    const after = await secretOf(platform);
    expect(after).not.toBe(before);
    await fire(platform);
    const [delivery = expect.unreachable('nothing came')] = await received(`box-${boxes}`, 1);
    for (const secret of [before, after]) {
      expect(verified(secret, delivery)).toMatchObject({ type: 'alert.fired' });
    }
  });

  it('gets what failed again, with the same id and body, until it takes it', async () => {
    const { platform, box } = await worldWith('failing-once');
    const id = await fire(platform);
    await received(box, 1);
    await triedOnce(platform);
    expect((await attempts(platform)).due_at).toBeGreaterThan(Date.now());
    await ring(platform, TENANT);
    expect(await inbox(box)).toHaveLength(1);
    await hurry(platform);
    const [first, second] = await received(box, 2);
    expect(second?.headers['webhook-id']).toBe(id);
    expect(second?.body).toBe(first?.body);
    await ring(platform, TENANT);
    expect(await inbox(box)).toHaveLength(2);
    expect(await alertFacts(platform, TENANT)).toHaveLength(1);
  });

  it('gets it again after a crash between the fact and the delivery', async () => {
    const { platform, box, url } = await worldWith('failing');
    const id = await fire(platform);
    await received(box, 1);
    await evictShard(platform, TENANT);
    const rules = [anyRequestRule('first')];
    const good = url.replace('/failing/', '/ok/');
    await putSettings(platform, { rules, webhook: { url: good } });
    await alertsAfter(platform, TENANT, requestsOf(TENANT, Date.now(), { requests: 1 }));
    await hurry(platform);
    const [, delivered] = await received(box, 2);
    expect(delivered?.headers['webhook-id']).toBe(id);
  });

  it('hears of a fact after which everything else crashed, and it fires no second time', async () => {
    const { platform, box } = await worldWith('ok');
    await alertsAfter(platform, TENANT, requestsOf(TENANT, Date.now(), { requests: 1 }));
    const rule = anyRequestRule('first');
    const fired = { kind: 'fired', rule, value: 1, text: 'is at its limit.' } as const;
    await runInDurableObject(shardStub(platform, TENANT), async (instance) => {
      // The shard is one; the runner only knows it for some object.
      const shard = instance as unknown as SystemLedger;
      await shard.appendFact(transitionFact(fired, TENANT, Date.now()), { tenantId: PLATFORM });
    });
    await evictShard(platform, TENANT);
    await ring(platform, TENANT);
    const [delivery] = await received(box, 1);
    await fire(platform);
    const facts = await alertFacts(platform, TENANT);
    expect(facts.map(({ id }) => id)).toEqual([delivery?.headers['webhook-id']]);
  });

  it('answers 410 once: it is disabled by a fact, until the Config is put anew', async () => {
    const { platform, box, url } = await worldWith('gone');
    await fire(platform);
    await received(box, 1);
    const [, disabled] = await factsOf(platform, 2);
    expect(disabled).toMatchObject({
      subtype: 'webhook_disabled',
      data: { config: 'cfg_alerts 1', status: 410 },
    });
    const rules = [anyRequestRule('first')];
    const again = requestsOf(TENANT, Date.now(), refusedWith('circuit_open', 503, 9, 1));
    expect(await alertsAfter(platform, TENANT, again)).toHaveLength(2);
    await ring(platform, TENANT);
    expect(await inbox(box)).toHaveLength(1);
    const good = url.replace('/gone/', '/ok/');
    await putSettings(platform, {
      rules: [...rules, anyRequestRule('third')],
      webhook: { url: good },
    });
    await alertsAfter(platform, TENANT, requestsOf(TENANT, Date.now(), { requests: 1 }));
    const [, third] = await received(box, 2);
    expect(JSON.parse(third?.body ?? '')).toMatchObject({ data: { rule: 'third' } });
  });

  it('is given up on with a fact after the last attempt, and hears of the next event', async () => {
    const { platform, box } = await worldWith('failing');
    const id = await fire(platform);
    await received(box, 1);
    await triedOnce(platform);
    await runInDurableObject(shardStub(platform, TENANT), (_, { storage }) => {
      storage.sql.exec('UPDATE alert_delivery SET attempts = ?', MAX_ATTEMPTS - 1);
    });
    await hurry(platform);
    const [, given] = await factsOf(platform, 2);
    expect(given).toMatchObject({
      subtype: 'undelivered',
      causation_id: id,
      data: { fact: id, attempts: MAX_ATTEMPTS, reason: 'It answered 500.' },
    });
    expect(await attempts(platform)).toMatchObject({ attempts: 0 });
  });

  it('is not followed elsewhere when it redirects', async () => {
    const { platform, box } = await worldWith('redirect');
    await fire(platform);
    await received(box, 1);
    await triedOnce(platform);
    expect(await inbox('redirected')).toEqual([]);
  });

  it('may answer without end: its status is enough', async () => {
    const { platform, box } = await worldWith('flood');
    await fire(platform);
    await received(box, 1);
    await hurry(platform);
    expect(await inbox(box)).toHaveLength(1);
    expect(await attempts(platform)).toMatchObject({ attempts: 0 });
  });

  it('that never answers is left after ten seconds, and holds up no judgement', async () => {
    const { platform, box } = await worldWith('silent');
    await fire(platform);
    await received(box, 1);
    const other = requestsOf(TENANT, Date.now(), refusedWith('circuit_open', 503, 9, 1));
    expect(await alertsAfter(platform, TENANT, other)).toHaveLength(2);
    expect(await attempts(platform)).toMatchObject({ attempts: 0 });
    await triedOnce(platform);
  }, 30_000);

  it('hears nothing of what fired before there was one', async () => {
    const platform = platformApart();
    await putSettings(platform, { rules: [anyRequestRule('first')] });
    await fire(platform);
    await ring(platform, TENANT);
    const url = `${env.ALERT_RECEIVER}/ok/before`;
    const rules = [anyRequestRule('first'), anyRequestRule('second')];
    await putSettings(platform, { rules, webhook: { url } });
    await alertsAfter(platform, TENANT, requestsOf(TENANT, Date.now(), { requests: 1 }));
    const [only] = await received('before', 1);
    expect(JSON.parse(only?.body ?? '')).toMatchObject({ data: { rule: 'second' } });
  });
});

describe('the secret of the webhook', () => {
  it('stands in no fact and in no row of the shard', async () => {
    const { platform, box } = await worldWith('ok');
    await fire(platform);
    await received(box, 1);
    const secret = await secretOf(platform);
    const rows = await runInDurableObject(shardStub(platform, TENANT), (_, { storage }) => {
      const names = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .filter(({ name }) => !name.startsWith('_cf_'));
      return names.map(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    });
    const text = JSON.stringify(rows);
    expect(text).toContain('first');
    expect(text).not.toContain(secret.slice('whsec_'.length));
  });

  it('is another for another URL, and for another platform', async () => {
    const url = 'https://example.com/hook';
    const of = async (platformSecret: string, more: object) =>
      (await webhookSecrets(platformSecret, { url, secret_version: 1, ...more }))[0];
    const secrets = await Promise.all([
      of('one', {}),
      of('two', {}),
      of('one', { url: `${url}/2` }),
      of('one', { secret_version: 2 }),
    ]);
    expect(new Set(secrets).size).toBe(4);
    expect(await of('one', {})).toBe(secrets[0]);
  });

  it('is not there without a webhook', async () => {
    expect(await problemOf(await post(platformApart()))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
  });
});

it('attempts are spread over half a day, five seconds to an hour apart', () => {
  const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => retryMs(index + 1));
  expect(waits.slice(0, 3)).toEqual([5000, 10_000, 20_000]);
  expect(waits.at(-1)).toBe(60 * MINUTE_MS);
  const hours = waits.reduce((sum, ms) => sum + ms, 0) / (60 * MINUTE_MS);
  expect(hours).toBeGreaterThan(9);
  expect(hours).toBeLessThan(13);
});
