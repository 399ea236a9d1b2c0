// What alerts are made from, and what becomes of them: counts as the dispatcher sends them, the alarm
// of a shard, its facts, and what the webhook's receiver got.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { RequestCountsMessage } from '@z0-app/dispatcher/request-counts';
import type { Fact } from '@z0-app/sdk';
import { expect, vi } from 'vitest';
import { ALERTS_CONFIG, type AlertSettings } from '../../platform/src/alerts/alert-settings.ts';
import type { Alert } from '../../platform/src/alerts/alert-view.ts';
import { readAlerts } from '../../platform/src/alerts/read-alerts.ts';
import { PLATFORM, platformLedger } from '../../platform/src/configs/platform-ledger.ts';
import type { Env } from '../../platform/src/env.ts';
import { deliver, shardStub } from './stats-world.ts';

export const MINUTE_MS = 60_000;

type Counts = RequestCountsMessage['tenants'][string];

let messages = 0;

/** One flush of the dispatcher about one tenant, `''` for none; the window ended at `end`. */
export function requestsOf(
  tenantId: string,
  end: number,
  counts: Partial<Counts>,
): RequestCountsMessage {
  messages += 1;
  const all = { requests: 0, writes: 0, refusals: 0, errors: 0, groups: [], ...counts };
  const latency = [all.requests, ...Array.from({ length: 11 }, () => 0)];
  return {
    object: 'request_counts',
    id: `message-${messages}-${crypto.randomUUID()}`,
    start: end - 5000,
    end,
    tenants: { [tenantId]: { latency, ...all } },
  };
}

/** Requests of which some were refused with one code. */
export function refusedWith(code: string, status: number, requests: number, count: number) {
  const groups = [{ code, route: 'other', status, count }];
  return status < 500 ? { requests, refusals: count, groups } : { requests, errors: count, groups };
}

export async function alertsOf(platform: Env, tenantId?: string): Promise<readonly Alert[]> {
  const { data, unavailable_shards } = await readAlerts(platform, {
    state: 'all',
    tenantId,
    limit: 100,
  });
  expect(unavailable_shards).toEqual([]);
  return data;
}

/** Delivers what is counted and gives the alerts of the tenant after it, newest first. */
export async function alertsAfter(
  platform: Env,
  tenantId: string,
  ...bodies: unknown[]
): Promise<readonly Alert[]> {
  const { explicitAcks } = await deliver(platform, bodies);
  expect(explicitAcks).toHaveLength(bodies.length);
  return alertsOf(platform, tenantId);
}

/** Lets the shard's alarm go off now, once whatever is due at once is done. */
export async function ring(platform: Env, tenantId: string): Promise<void> {
  await runDurableObjectAlarm(shardStub(platform, tenantId));
}

/** The facts about alerts in the shard of a tenant, oldest first. */
export async function alertFacts(platform: Env, tenantId: string): Promise<Fact[]> {
  return runInDurableObject(shardStub(platform, tenantId), (_, { storage }) => {
    const query = "SELECT hash, body FROM facts WHERE type = 'alert' ORDER BY seq";
    return storage.sql
      .exec<{ hash: string; body: string }>(query)
      .toArray()
      .map(({ body, hash }) => ({ ...(JSON.parse(body) as Fact), hash }));
  });
}

let configs = 0;

/** Puts a Config of alerts past the API, which would refuse a broken one. */
export async function putSettings(platform: Env, settings: object): Promise<void> {
  configs += 1;
  const config = { id: 'cfg_alerts', type: ALERTS_CONFIG, settings: { ...settings } };
  const outcome = await platformLedger(platform).putConfig(config, {
    tenantId: PLATFORM,
    principal: 'operator',
    idempotencyKey: `alerts-${configs}`,
  });
  if (!outcome.ok) expect.unreachable(outcome.error.detail);
}

/** A rule that fires when there is any request, and has no other tenant's to look at. */
export function anyRequestRule(name: string, more: object = {}): AlertSettings['rules'][number] {
  return {
    name,
    metric: 'rate_limited_share',
    window_minutes: 5,
    threshold: 0.1,
    severity: 'warn',
    minimum: 1,
    ...more,
  };
}

export interface Delivered {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What the receiver got in an inbox. */
export async function inbox(name: string): Promise<Delivered[]> {
  const response = await fetch(`${env.ALERT_RECEIVER}/inbox/${name}`);
  return (await response.json()) as Delivered[];
}

/** Waits until the receiver got that many. */
export async function received(name: string, count: number): Promise<Delivered[]> {
  return vi.waitFor(
    async () => {
      const all = await inbox(name);
      expect(all).toHaveLength(count);
      return all;
    },
    { timeout: 15_000, interval: 50 },
  );
}
