// A platform full of tenants without a Worker for each: their rows through D1's API, and their reports
// and requests into the queue that the platform consumes, by an account Worker. It records nothing.
import type { LocalState } from '../../infra/cli/local-state.ts';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import { until } from '../e2e/platform-process.ts';
import { uploadForm } from './subjects.ts';

const REPORTER = 'bench-reporter';

/** Requests of one tenant in one minute. */
export const REQUESTS = 40;
/** Tenants of one message of the dispatcher's, which so stays below what a queue takes. */
const TENANTS_PER_MESSAGE = 250;

/** One minute as the tenants' door would pass it on, and as the dispatcher would tell it. */
const CODE = `
export default {
  async fetch(request, env) {
    if (request.method !== 'POST') return new Response('ready');
    const { tenants, period, start } = await request.json();
    const reports = Array.from({ length: tenants }, (_, i) => ({ body: report(i, period, start) }));
    for (let at = 0; at < tenants; at += 100) await env.METRICS.sendBatch(reports.slice(at, at + 100));
    for (let at = 0; at < tenants; at += ${TENANTS_PER_MESSAGE}) {
      const end = Math.min(at + ${TENANTS_PER_MESSAGE}, tenants);
      await env.METRICS.send(requests(at, end, period, start));
    }
    return Response.json({ sent: tenants });
  },
};
function requests(from, to, period, start) {
  const counts = { requests: ${REQUESTS}, writes: 10, refusals: 1, errors: 0,
    latency: [4, 12, 14, 6, 2, 1, 1, 0, 0, 0, 0, 0],
    groups: [{ code: 'not_found', route: '/v1/entities/{id}', status: 404, count: 1 }] };
  const tenants = {};
  for (let index = from; index < to; index += 1) tenants['bench-' + index] = counts;
  const id = 'bench-' + String(period).padStart(4, '0') + '-' + from;
  return { object: 'request_counts', id, start, end: start + 59999, tenants };
}
function report(index, period, start) {
  const facts = 1 + ((index * 7919 + period * 131) % 200);
  const entities = 1 + (index % 100);
  return { tenant_id: 'bench-' + index, period, period_start: start, period_end: start + 59999,
    cache_hits: facts * 3, cache_misses: facts, facts_count: facts, entities_count: entities,
    errors_count: index % 97 === 0 ? 1 : 0, refusals_count: index % 11,
    storage_bytes: 65536 * entities, totals: { facts: facts * period, entities } };
}`;

export interface Reports {
  readonly tenants: number;
  readonly period: number;
  /** Milliseconds since 1970. */
  readonly start: number;
}

/** Rows as the tenants' ledgers would be projected: all active. One that is there stays. */
export async function writeTenants(state: LocalState, tenants: number): Promise<void> {
  const { body } = await api(state, 'GET', '/d1/database?name=z0-platform');
  const [database] = listOf(body);
  const columns = 'id, name, plan, status, created_at, updated_at, seq';
  const now = new Date().toISOString();
  for (let at = 0; at < tenants; at += 100) {
    const rows = Array.from({ length: Math.min(100, tenants - at) }, (_, index) => {
      const number = at + index;
      return `('bench-${number}', 'Bench ${number}', 'starter', 'active', '${now}', '${now}', 1)`;
    });
    const sql = `INSERT OR IGNORE INTO tenants (${columns}) VALUES ${rows.join(', ')}`;
    await api(state, 'POST', `/d1/database/${String(database?.uuid)}/query`, { sql });
  }
}

/** Uploads the Worker that sends, and waits until the runtime that restarts for it answers. */
export async function uploadReporter(state: LocalState): Promise<void> {
  const bindings = [{ type: 'queue', name: 'METRICS', queue_name: 'z0-platform-metrics' }];
  const { cloudflare_api_url: url, account_id: account, api_token: token } = state;
  const path = `${url}/accounts/${account}/workers/scripts/${REPORTER}`;
  const headers = { authorization: `Bearer ${token}` };
  const uploaded = await fetch(path, {
    method: 'PUT',
    headers,
    body: uploadForm(CODE, { bindings }),
  });
  if (!uploaded.ok) throw new Error(`the reporting Worker was refused: ${await uploaded.text()}`);
  const answers = async (): Promise<boolean> =>
    fetch(await reporterUrl(state)).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(answers, 30_000);
}

/** One report of every tenant into the queue. */
export async function sendReports(state: LocalState, reports: Reports): Promise<void> {
  const init = { method: 'POST', body: JSON.stringify(reports) };
  const response = await fetch(await reporterUrl(state), init);
  if (!response.ok) throw new Error(`the reports were not sent: ${await response.text()}`);
}

async function reporterUrl(state: LocalState): Promise<string> {
  const { body } = await api(state, 'GET', `/workers/workers/${REPORTER}`);
  return String(objectOf(objectOf(body).result).local_url);
}

async function api(
  state: LocalState,
  method: string,
  path: string,
  body?: object,
): Promise<{ body: unknown }> {
  const { cloudflare_api_url: url, account_id: account, api_token: token } = state;
  const whole = `${url}/accounts/${account}${path}`;
  const answer = await call(whole, token, method, '', { ...(body && { body }) });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer;
}

function listOf(body: unknown): Record<string, unknown>[] {
  const { result } = objectOf(body);
  return Array.isArray(result) ? result.map(objectOf) : [];
}
