// A plan that is put as a Config changes what a running tenant may do, with no deployment between, and a
// tenant that has used up its plan is told so by the dispatcher. Through the CLI and the front doors.
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, inject, test } from 'vitest';
import {
  type Answer,
  asTenant,
  charge,
  newAccount,
  objectOf,
  onboard,
  sharedState,
  type TenantCall,
} from './client.ts';
import { until, Z0 } from './platform-process.ts';

const TENANT = 'planned';
const PLAN = 'e2e-small';
/** A route is read again after five seconds; the rest is for a machine with other things to do. */
const WITHIN_MS = 30_000;

let tenant: TenantCall;

function z0(...args: string[]) {
  const env = { ...process.env, Z0_STATE: inject('stateDir'), NO_COLOR: '1' };
  return spawnSync(process.execPath, [Z0, ...args], { encoding: 'utf8', env });
}

function done(...args: string[]): unknown {
  const { status, stdout, stderr } = z0(...args, '--json');
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** Until the dispatcher holds the tenant to as many requests a minute. */
async function limitedTo(requests: number): Promise<void> {
  const wanted = `"tenant";q=${requests};w=60`;
  await until(async () => {
    const { headers } = await tenant('GET', '/v1/health');
    return headers.get('ratelimit-policy') === wanted;
  }, WITHIN_MS);
}

async function tagsOfWorker(): Promise<unknown> {
  const { cloudflare_api_url: url, account_id: account, ...state } = sharedState();
  const namespace = `/accounts/${account}/workers/dispatch/namespaces/${state.dispatch_namespace}`;
  const response = await fetch(`${url}${namespace}/scripts/tenant-${TENANT}/settings`, {
    headers: { authorization: `Bearer ${state.api_token}` },
  });
  return objectOf(objectOf(await response.json()).result).tags;
}

beforeAll(async () => {
  tenant = await asTenant(await onboard(inject('stateDir'), TENANT), TENANT);
  // Its ledgers tell what they hold at once, not after a minute.
  const body = { type: 'observability', settings: { interval_ms: 1_000 } };
  expect((await tenant('PUT', '/v1/configs/cfg_planned', { body })).status).toBeLessThan(300);
});

test('a plan is added, given to a tenant and changed while the tenant runs', async () => {
  await limitedTo(30_000);
  expect(done('plans', 'set', PLAN, '--cpu-ms', '150', '--rate', '5000')).toMatchObject({
    name: PLAN,
    cpu_ms: 150,
    subrequests: 200,
    rate: { limit: 5000, period_s: 60 },
  });
  expect(done('tenant', 'set-plan', TENANT, PLAN)).toMatchObject({ plan: PLAN });
  await limitedTo(5_000);
  await until(async () => {
    const tags = await tagsOfWorker();
    return Array.isArray(tags) && tags.includes(`plan:${PLAN}`);
  }, WITHIN_MS);
  expect(done('plans', 'set', PLAN, '--rate', '4321')).toMatchObject({ cpu_ms: 150 });
  await limitedTo(4_321);
  expect(done('plans', 'show', PLAN)).toMatchObject({ tenants_count: 1, config: { version: 2 } });
  const listed = z0('plans', 'list').stdout;
  expect(listed).toMatch(/^free .*\nstandard .*\nscale .*\ne2e-small +1 on it +150 ms CPU/u);
});

test('what the command line cannot do, it explains', () => {
  const unknown = z0('tenant', 'set-plan', TENANT, 'gold');
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain('there is no plan "gold"; there are free, standard, scale');
  const tooMuch = z0('plans', 'set', PLAN, '--cpu-ms', '999999', '--entities', '0');
  expect(tooMuch.stderr).toMatch(/\/settings\/cpu_ms: .*\n +\/settings\/entities: /u);
  expect(z0('plans', 'set', PLAN).stderr).toContain('nothing to set');
  expect(z0('plans', 'show', 'gold').stderr).toContain('there are free');
});

test('a tenant that has used up its plan adds nothing more, and reads on', async () => {
  const account = await newAccount(tenant);
  done('plans', 'set', PLAN, '--entities', '1');
  const create = (): Promise<Answer> =>
    tenant('POST', '/v1/entities', { body: { type: 'account' } });
  let refused: Answer | undefined;
  await until(async () => {
    const answer = await create();
    if (answer.status === 403) refused = answer;
    return refused !== undefined;
  }, WITHIN_MS);
  expect(refused?.body).toMatchObject({
    code: 'limit_exceeded',
    detail: expect.stringMatching(/^Plan `e2e-small` allows 1 entity, and this is \d+; ask/u),
    limit: { name: 'entities', value: 1 },
  });
  expect((await tenant('GET', `/v1/entities/${account}`)).status).toBe(200);
  expect((await tenant('POST', '/v1/facts', { body: charge(account, 1) })).status).toBe(201);
  done('plans', 'set', PLAN, '--entities', '1000');
  await until(async () => (await create()).status !== 403, WITHIN_MS);
});
