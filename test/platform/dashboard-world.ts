// A signed-in visitor of the dashboard, and tenants that have reported: the reports go through the
// real consumer into the real shards of the system ledger.
import { createExecutionContext, createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { TenantRequestCounts } from '../../dispatcher/src/request-counts.ts';
import { createApp } from '../../platform/src/app.ts';
import type { Env } from '../../platform/src/env.ts';
import { consumeMetrics } from '../../platform/src/metrics/metrics-consumer.ts';
import { deliver, requestsOf } from './stats-world.ts';
import { call, jsonOf } from './world.ts';

/** The path of a fresh sign-in link. */
export async function signInPath(): Promise<string> {
  const response = await call('POST', '/v1/dashboard-links');
  expect(response.status).toBe(201);
  const { url } = await jsonOf<{ url: string }>(response);
  return url.replace('https://platform.test', '');
}

export async function getPage(path: string, cookie?: string): Promise<Response> {
  return call('GET', path, { token: null, headers: cookie === undefined ? {} : { cookie } });
}

/** The cookie of a visitor who used a link. */
export async function signIn(): Promise<string> {
  const response = await getPage(await signInPath());
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** A page as its visitor gets it, after checking that there is one. */
export async function html(path: string, cookie: string): Promise<string> {
  const response = await getPage(path, cookie);
  expect(response.status).toBe(200);
  return response.text();
}

/** The same over the ledgers of `platform`, for tests that know all that was ever counted. */
export async function htmlOf(platform: Env, path: string, cookie: string): Promise<string> {
  const request = new Request(`https://platform.test${path}`, { headers: { cookie } });
  const response = await createApp().fetch(request, platform, createExecutionContext());
  expect(response.status).toBe(200);
  return response.text();
}

/** Has the dispatcher tell what it counted of a tenant, up to `end`. */
export async function count(
  tenantId: string,
  counts: TenantRequestCounts,
  end?: number,
  platform: Env = env,
): Promise<void> {
  await deliver(platform, [requestsOf({ [tenantId]: counts }, end)]);
}

/** The ids in the tenant table, from the top. */
export function idsIn(page: string): string[] {
  return [...page.matchAll(/<span class="id">([^<]*)<\/span>/gu)].map(([, id]) => id ?? '');
}

/** Puts a row into the index, as if a ledger had. */
export async function addRow(id: string, name: string, status = 'active'): Promise<void> {
  const at = new Date().toISOString();
  await env.DB.prepare(
    `INSERT INTO tenants (id, name, plan, status, created_at, updated_at, seq)
     VALUES (?1, ?2, 'standard', ?3, ?4, ?4, 1)`,
  )
    .bind(id, name, status, at)
    .run();
}

export interface Counts {
  facts?: number;
  entities?: number;
  errors?: number;
  refusals?: number;
  hits?: number;
  misses?: number;
  /** 1 unless given. */
  period?: number;
  /** When the period ended; now unless given. */
  end?: number;
}

/** Has a tenant report one period; its totals are those of this report. */
export async function report(tenantId: string, counts: Counts): Promise<void> {
  const end = counts.end ?? Date.now();
  const { facts = 0, entities = 1 } = counts;
  const body = {
    tenant_id: tenantId,
    period: counts.period ?? 1,
    period_start: end - 60_000,
    period_end: end,
    cache_hits: counts.hits ?? 0,
    cache_misses: counts.misses ?? 0,
    facts_count: facts,
    entities_count: entities,
    errors_count: counts.errors ?? 0,
    refusals_count: counts.refusals ?? 0,
    storage_bytes: 4_096,
    totals: { facts, entities },
  };
  const message = { id: `m-${tenantId}-${body.period}`, timestamp: new Date(), attempts: 1, body };
  await consumeMetrics(createMessageBatch('z0-platform-metrics', [message]), env);
}
