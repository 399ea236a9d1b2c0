// What the benchmark loads: the bare runtime, and the same work with one more layer each time.
import type { LocalState } from '../../infra/cli/local-state.ts';
import { COMPATIBILITY_DATE, WorkerdProcess } from './workerd-process.ts';

/** The yardstick: one row per request into one Durable Object, nothing else. At `/ledger-rows` it
 * writes the three rows of a keyed append (fact, key, state) with none of the work around them. */
const BARE_WORKER = `
import { DurableObject } from 'cloudflare:workers';
export class Rows extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, data TEXT)');
    sql.exec('CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, answer TEXT) WITHOUT ROWID');
    sql.exec('CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, data TEXT) WITHOUT ROWID');
  }
  addLedgerRows(key, fact) {
    const { sql } = this.ctx.storage;
    sql.exec('SELECT answer FROM keys WHERE key = ?', key).toArray();
    const id = sql.exec('INSERT INTO rows (data) VALUES (?) RETURNING id', fact).one().id;
    sql.exec('INSERT INTO keys VALUES (?, ?)', key, String(id));
    sql.exec('INSERT OR REPLACE INTO state VALUES (?, ?)', 'BalanceState', JSON.stringify({ id }));
    return id;
  }
  add(data) {
    return this.ctx.storage.sql.exec('INSERT INTO rows (data) VALUES (?) RETURNING id', data).one().id;
  }
}
export default {
  async fetch(request, env) {
    const rows = env.ROWS.get(env.ROWS.idFromName('one'));
    const body = await request.text();
    const key = request.headers.get('idempotency-key') ?? '';
    const ledgerRows = new URL(request.url).pathname === '/ledger-rows';
    const id = await (ledgerRows ? rows.addLedgerRows(key, body.padEnd(600)) : rows.add(body));
    return Response.json({ id }, { status: 201 });
  },
};`;

/** A dispatcher that only dispatches; with a tenant, it adds the identity that ours would have verified. */
const PASS_THROUGH = `
export default {
  fetch(request, env) {
    const url = new URL(request.url);
    const tenant = url.searchParams.get('tenant');
    if (tenant === null) return env.BARE.get('bare').fetch(request);
    const headers = new Headers(request.headers);
    headers.set('x-z0-tenant-id', tenant);
    headers.set('x-z0-principal', 'bench');
    headers.set('x-z0-client-id', 'bench');
    headers.set('x-z0-scope', 'ledger:read ledger:write');
    headers.set('x-request-id', 'req_bench');
    url.search = '';
    return env.TENANTS.get('tenant-' + tenant).fetch(new Request(url, new Request(request, { headers })));
  },
};`;

export const PASS_THROUGH_SCRIPT = 'bench-pass-through';
const BARE_NAMESPACE = 'bench';

/** A bare workerd with the yardstick Worker on a loopback port. */
export function startBare(): Promise<WorkerdProcess> {
  return WorkerdProcess.start({ module: BARE_WORKER, classes: { ROWS: 'Rows' } });
}

/** Uploads the pass-through dispatcher and the yardstick as a user Worker, through the API. */
export async function uploadSubjects(state: LocalState): Promise<void> {
  const account = `${state.cloudflare_api_url}/accounts/${state.account_id}`;
  const namespaces = `${account}/workers/dispatch/namespaces`;
  await send(state, 'POST', namespaces, JSON.stringify({ name: BARE_NAMESPACE }));
  await send(
    state,
    'PUT',
    `${namespaces}/${BARE_NAMESPACE}/scripts/bare`,
    uploadForm(BARE_WORKER, {
      bindings: [{ type: 'durable_object_namespace', name: 'ROWS', class_name: 'Rows' }],
      migrations: { new_tag: 'v1', new_sqlite_classes: ['Rows'] },
    }),
  );
  await send(
    state,
    'PUT',
    `${account}/workers/scripts/${PASS_THROUGH_SCRIPT}`,
    uploadForm(PASS_THROUGH, {
      bindings: [
        { type: 'dispatch_namespace', name: 'BARE', namespace: BARE_NAMESPACE },
        { type: 'dispatch_namespace', name: 'TENANTS', namespace: state.dispatch_namespace },
      ],
    }),
  );
}

/** A script as the API takes it. */
export function uploadForm(code: string, metadata: Record<string, unknown>): FormData {
  const form = new FormData();
  const whole = { main_module: 'index.js', compatibility_date: COMPATIBILITY_DATE, ...metadata };
  form.set('metadata', JSON.stringify(whole));
  form.set('index.js', new File([code], 'index.js', { type: 'application/javascript+module' }));
  return form;
}

async function send(
  { api_token: token }: LocalState,
  method: string,
  url: string,
  body: string | FormData,
): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
}
