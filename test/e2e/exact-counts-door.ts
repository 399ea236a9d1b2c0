// A door to the platform that fails half of the time: an account Worker of its own, uploaded through the
// API, between tenants' Workers and the real `TenantGateway`. It changes no report and invents no answer.
import type { LocalState } from '../../infra/cli/local-state.ts';
import { objectOf } from './client.ts';

const DOOR = 'e2e-flaky-door';
const DATE = '2026-10-01';

/**
 * In turn for each tenant: lost on the way there, taken, taken but the answer lost, taken. Every other
 * tenant begins in the middle, so that both happen however few reports there are.
 */
const CODE = `
import { WorkerEntrypoint } from 'cloudflare:workers';
const WAYS = ['before', 'passed', 'after', 'passed'];
const seen = { before: 0, after: 0, passed: 0 };
const turns = {};
const taken = {};
let inFlight = 0;
let shut = false;
export class FlakyDoor extends WorkerEntrypoint {
  get gateway() { return this.env['GATEWAY_' + this.ctx.props.tenant_id]; }
  readConfig() { return this.gateway.readConfig(); }
  async reportStats(report) {
    const { tenant_id: tenant } = this.ctx.props;
    turns[tenant] ??= Object.keys(turns).length * 2;
    const turn = turns[tenant]++;
    const way = shut ? 'before' : WAYS[turn % WAYS.length];
    seen[way] += 1;
    if (way === 'before') throw new Error('lost before it was taken');
    inFlight += 1;
    try {
      const outcome = await this.gateway.reportStats(report);
      if (outcome.ok) (taken[tenant] ??= []).push(report.period);
      if (way === 'after') throw new Error('lost after it was taken');
      return outcome;
    } finally {
      inFlight -= 1;
    }
  }
}
export default {
  fetch(request) {
    if (request.method === 'POST') shut = true;
    return Response.json({ ...seen, taken, inFlight });
  },
};`;

/** What the door did since its process started. */
export interface DoorReport {
  /** Reports by what became of them. */
  readonly before: number;
  readonly after: number;
  readonly passed: number;
  /** Periods that the platform acknowledged, repeats included, by tenant. */
  readonly taken: Readonly<Record<string, readonly number[]>>;
  readonly inFlight: number;
}

/** Uploads the door, and binds each tenant's `PLATFORM` to it with the tenant's own props. */
export async function putDoorBefore(state: LocalState, tenants: readonly string[]): Promise<void> {
  const bindings = tenants.map((tenant_id) => ({
    type: 'service',
    name: `GATEWAY_${tenant_id}`,
    service: 'z0-platform',
    entrypoint: 'TenantGateway',
    props: { tenant_id },
  }));
  const form = new FormData();
  const metadata = { main_module: 'index.js', compatibility_date: DATE, bindings };
  form.set('metadata', JSON.stringify(metadata));
  form.set('index.js', new File([CODE], 'index.js', { type: 'application/javascript+module' }));
  await api(state, 'PUT', `/workers/scripts/${DOOR}`, form);
  for (const tenant of tenants) await rebind(state, tenant);
}

/** What the door did; with `shut`, from now on it refuses every report before taking it. */
export async function askDoor(state: LocalState, shut = false): Promise<DoorReport> {
  const { result } = objectOf(await (await api(state, 'GET', `/workers/workers/${DOOR}`)).json());
  const { local_url } = objectOf(result);
  const answer = await fetch(String(local_url), { method: shut ? 'POST' : 'GET' });
  // Answered by the code above.
  return (await answer.json()) as DoorReport;
}

/** The tenant's Worker once more, as it is deployed, but for where `PLATFORM` leads. */
async function rebind(state: LocalState, tenant: string): Promise<void> {
  const namespace = `/workers/dispatch/namespaces/${state.dispatch_namespace}`;
  const path = `${namespace}/scripts/tenant-${tenant}`;
  const content = await api(state, 'GET', `${path}/content`);
  const settings = objectOf(await (await api(state, 'GET', `${path}/settings`)).json()).result;
  const { bindings, compatibility_date, compatibility_flags, tags } = objectOf(settings);
  const own = (Array.isArray(bindings) ? bindings : []).map(objectOf);
  const form = await content.formData();
  const metadata = {
    main_module: content.headers.get('cf-entrypoint'),
    compatibility_date,
    compatibility_flags,
    tags,
    keep_bindings: ['secret_text'],
    bindings: own
      .filter(({ type }) => type !== 'secret_text')
      .map((binding) => (binding.name === 'PLATFORM' ? throughDoor(binding) : binding)),
  };
  form.set('metadata', JSON.stringify(metadata));
  await api(state, 'PUT', path, form);
}

/** The same props: they name the tenant at the door as they do at the gateway. */
function throughDoor(binding: Record<string, unknown>): Record<string, unknown> {
  return { ...binding, service: DOOR, entrypoint: 'FlakyDoor' };
}

async function api(
  { cloudflare_api_url: url, account_id: account, api_token: token }: LocalState,
  method: string,
  path: string,
  body?: FormData,
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  const init = { method, headers, ...(body && { body }) };
  const response = await fetch(`${url}/accounts/${account}${path}`, init);
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return response;
}
