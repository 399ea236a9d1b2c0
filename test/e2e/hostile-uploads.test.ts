// The embedded Cloudflare's hostile code as a tenant would bring it: through the public API, beside the
// template. Each kind is refused by the checks or ends in its stated answer, and a neighbour's write in
// the same moment succeeds.
import { beforeAll, expect, inject, test } from 'vitest';
import {
  asTenant,
  call,
  charge,
  newAccount,
  objectOf,
  onboard,
  sharedState,
  type TenantCall,
} from './client.ts';
import {
  isAsStated,
  isRefused,
  uploadWild,
  type WildKind,
  wildKinds,
  wildModule,
  wildModules,
} from './wild-code.ts';

const { refused, running } = wildKinds(sharedState().cloudflare_api_url);
/** Ended three times in a minute a Worker is given a rest: no tenant runs more than two that end. */
const TENANTS = ['wild-0', 'wild-1', 'wild-2'];
const tenantOf = new Map(
  running
    .toSorted((a, b) => Number(b.ends ?? false) - Number(a.ends ?? false))
    .map(({ name }, index) => [name, TENANTS[index % TENANTS.length] ?? '']),
);

const callers = new Map<string, TenantCall>();
let neighbour: TenantCall;
let account: string;

beforeAll(async () => {
  const state = sharedState();
  neighbour = await asTenant(state, 'acme');
  account = await newAccount(neighbour);
  for (const tenant of TENANTS) {
    callers.set(tenant, await asTenant(await onboard(inject('stateDir'), tenant), tenant));
    const uploaded = await uploadWild(state, tenant, wildModules(running));
    expect([uploaded.status, uploaded.body]).toEqual([201, expect.anything()]);
    const path = `/v1/tenants/${tenant}/versions/${String(objectOf(uploaded.body).id)}/activate`;
    const live = await call(state.platform_url, state.operator_token, 'POST', path);
    expect([live.status, live.body]).toEqual([200, expect.anything()]);
  }
}, 120_000);

async function neighbourWrites(): Promise<void> {
  const answer = await neighbour('POST', '/v1/facts', { body: charge(account, 1) });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
}

const named = (kinds: readonly WildKind[]): [string, WildKind][] =>
  kinds.map((kind) => [kind.name, kind]);

test.each(named(refused))('%s is refused at the check', async (_, kind) => {
  const asked = uploadWild(sharedState(), 'wild-0', wildModule(kind));
  const [answer] = await Promise.all([asked, neighbourWrites()]);
  expect(isRefused(answer), JSON.stringify(answer)).toBe(true);
});

test.each(named(running))('%s ends in its stated answer', async (name, kind) => {
  const tenant = callers.get(tenantOf.get(name) ?? '');
  if (tenant === undefined) throw new TypeError(`no tenant runs ${name}`);
  const [answer] = await Promise.all([tenant('GET', `/x/${name}`), neighbourWrites()]);
  expect(isAsStated(kind, answer), JSON.stringify(answer)).toBe(true);
  expect((await tenant('GET', '/v1/health')).status).toBe(200);
});
