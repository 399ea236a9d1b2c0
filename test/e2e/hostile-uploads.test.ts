// The embedded Cloudflare's hostile code as a tenant would bring it: through the public API, beside the
// template. Each kind is refused by the checks or ends in its stated answer, and a neighbour's write in
// the same moment succeeds.
import { beforeAll, expect, inject, test } from 'vitest';
import { type Hostile, hostileWorkers } from '../infra/hostile-workers.ts';
import {
  type Answer,
  asTenant,
  call,
  charge,
  codeOf,
  newAccount,
  objectOf,
  onboard,
  sharedState,
  type TenantCall,
} from './client.ts';

const MODULE = 'application/javascript+module';
const LEDGER = `
import { EntityLedger } from '@z0-app/sdk';
export class WildLedger extends EntityLedger {}`;

/** What a caller of the dispatcher gets; anything else is what the code itself answers. */
const ENDED: [number, string] = [503, 'worker_over_limit'];
const ANSWERS: Record<string, [status: number, code: string]> = {
  'endless-loop': ENDED,
  'microtask-storm': ENDED,
  'allocation-bomb': ENDED,
  'buffer-bomb': ENDED,
  'log-flood': ENDED,
  recursion: [500, 'internal'],
  'throws-text': [502, 'worker_failed'],
  'throws-null': [502, 'worker_failed'],
  'many-headers': [502, 'worker_failed'],
  'process-exit': [502, 'worker_failed'],
};
/** What the code says that runs and gets nowhere. */
const SAYS: Record<string, RegExp> = {
  'fetch-loopback': /^(could not: |did: 403)/,
  'fetch-api': /^(could not: |did: 403)/,
  // A machine without a network ends it sooner than the plan does.
  'many-subrequests': /"error":"(Too many subrequests\.|internal error; reference)/,
  // The tenant's own id, which is no secret.
  'reads-environment': /^did: \{"TENANT_ID":"wild-\d"\}$/,
};

const KINDS = hostileWorkers(sharedState().cloudflare_api_url);
const refusedByText = (code: string): boolean => /from '(cloudflare|node|workerd)[^']*:/.test(code);
const all = Object.entries(KINDS);
const refused = all.filter(([, { at, code }]) => at === 'upload' || refusedByText(code));
const running = all.filter(([, { at, code }]) => at !== 'upload' && !refusedByText(code));
/** Ended three times in a minute a Worker is given a rest: no tenant runs more than two that end. */
const TENANTS = ['wild-0', 'wild-1', 'wild-2'];
const tenantOf = new Map(
  running
    .toSorted(([, a], [, b]) => Number(b.ends ?? false) - Number(a.ends ?? false))
    .map(([kind], index) => [kind, TENANTS[index % TENANTS.length] ?? '']),
);

const callers = new Map<string, TenantCall>();
let neighbour: TenantCall;
let account: string;

beforeAll(async () => {
  const state = sharedState();
  neighbour = await asTenant(state, 'acme');
  account = await newAccount(neighbour);
  const modules = running.map(([kind, { code }]): [string, string] => [`${kind}.js`, code]);
  const imports = running.map(([kind], index) => `import kind${index} from './${kind}.js';`);
  const entries = running.map(([kind], index) => `'/x/${kind}': kind${index}`);
  const main = `${imports.join('\n')}${LEDGER}
    const kinds = { ${entries.join(', ')} };
    export default { fetch(request, env, ctx) {
      const kind = kinds[new URL(request.url).pathname];
      return kind ? kind.fetch(request, env, ctx) : new Response('hello');
    } };`;
  for (const tenant of TENANTS) {
    callers.set(tenant, await asTenant(await onboard(inject('stateDir'), tenant), tenant));
    const uploaded = await upload(tenant, [['ledgers.js', main], ...modules]);
    expect([uploaded.status, uploaded.body]).toEqual([201, expect.anything()]);
    const path = `/v1/tenants/${tenant}/versions/${String(objectOf(uploaded.body).id)}/activate`;
    const live = await call(state.platform_url, state.operator_token, 'POST', path);
    expect([live.status, live.body]).toEqual([200, expect.anything()]);
  }
}, 120_000);

async function upload(tenant: string, modules: [string, string][]): Promise<Answer> {
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
  for (const [name, text] of modules) form.set(name, new File([text], name, { type: MODULE }));
  const { platform_url: url, operator_token: token } = sharedState();
  return call(url, token, 'PUT', `/v1/tenants/${tenant}/worker`, { body: form });
}

async function neighbourWrites(): Promise<void> {
  const answer = await neighbour('POST', '/v1/facts', { body: charge(account, 1) });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
}

test.each(refused)('%s is refused at the check', async (_kind, { code }: Hostile) => {
  const asked = upload('wild-0', [['ledgers.js', `${code}${LEDGER}`]]);
  const [answer] = await Promise.all([asked, neighbourWrites()]);
  expect([answer.status, codeOf(answer)]).toEqual([422, 'worker_refused']);
});

test.each(running)('%s ends in its stated answer', async (kind, { says }: Hostile) => {
  const tenant = callers.get(tenantOf.get(kind) ?? '');
  if (tenant === undefined) throw new TypeError(`no tenant runs ${kind}`);
  const [answer] = await Promise.all([tenant('GET', `/x/${kind}`), neighbourWrites()]);
  const stated = ANSWERS[kind];
  if (stated !== undefined) {
    expect([answer.status, codeOf(answer)]).toEqual(stated);
  } else {
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    expect(text).toMatch(SAYS[kind] ?? says);
  }
  expect((await tenant('GET', '/v1/health')).status).toBe(200);
});
