// Code that fails its requests once it is live goes back by itself on the really started platform: by what
// the dispatcher counted of real requests, and nobody asked for it.
import { beforeAll, expect, inject, test } from 'vitest';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import { type Answer, asOperator, asTenant, onboard, type TenantCall } from './client.ts';
import { until } from './platform-process.ts';

const TENANT = 'gated';
const MODULE = 'application/javascript+module';
const PATIENCE_MS = 60_000;
const OPERATOR_PATH = `/v1/tenants/${TENANT}`;

const code = (answer: string): string => `
import { EntityLedger } from '@z0-app/sdk';
export class PointsLedger extends EntityLedger { static idPrefix = 'pts'; }
export default { fetch: () => { ${answer} } };
`;

let operator: TenantCall;
let tenant: TenantCall;
let upload: (content: string) => Promise<string>;

beforeAll(async () => {
  const state = await onboard(inject('stateDir'), TENANT);
  operator = asOperator(state);
  tenant = await asTenant(state, TENANT);
  upload = async (content) => {
    const body = new FormData();
    body.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
    body.set('ledgers.js', new File([content], 'ledgers.js', { type: MODULE }));
    const { platform_url: url, operator_token: token } = state;
    const answer = await call(url, token, 'PUT', `${OPERATOR_PATH}/worker`, { body });
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return String(objectOf(answer.body).id);
  };
  // Looked at every second, and with few requests, so that nobody has to wait for minutes.
  const settings = { tenants: { [TENANT]: { check_seconds: 1, minimum_requests: 6 } } };
  const config = { type: 'health_gate', name: 'Health gate', settings };
  const put = await operator('PUT', '/v1/configs/cfg_health_gate', { body: config });
  expect([put.status, put.body]).toEqual([201, expect.anything()]);
});

async function makeLive(version: string): Promise<Answer> {
  const answer = await operator('POST', `${OPERATOR_PATH}/versions/${version}/activate`);
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return answer;
}

async function versions(): Promise<Record<string, unknown>[]> {
  const { data } = objectOf((await operator('GET', `${OPERATOR_PATH}/versions`)).body);
  return (data as unknown[]).map(objectOf);
}

async function live(): Promise<unknown> {
  return (await versions()).find(({ active }) => active)?.id ?? null;
}

test('a version that throws is rolled back by itself, and says why', async () => {
  const good = await upload(code(`return new Response('fine');`));
  await makeLive(good);
  for (let times = 0; times < 6; times += 1) {
    expect((await tenant('GET', '/x/any')).status).toBe(200);
  }
  const bad = await upload(code(`throw new Error('it is broken');`));
  const answer = await makeLive(bad);
  const { health } = objectOf(objectOf(answer.body).activation);
  expect(objectOf(health).status).toBe('watching');
  await until(
    async () => {
      // One that works between any two that fail, as the dispatcher leaves alone what only fails.
      await tenant('GET', '/x/any');
      await tenant('GET', '/v1/health');
      return (await live()) === good;
    },
    PATIENCE_MS,
    () => 'it is still live',
  );
  const shown = (await versions()).find(({ id }) => id === bad);
  expect(objectOf(shown?.['health'])).toMatchObject({
    status: 'rolled_back',
    text: expect.stringMatching(
      /^rolled back by the health gate: error share \d+ % of \d+ requests/,
    ),
  });
  expect((await tenant('GET', '/x/any')).status).toBe(200);
  const audit = await operator('GET', `/v1/audit?tenant_id=${TENANT}&limit=100`);
  const asked = (objectOf(audit.body).data as unknown[])
    .map(objectOf)
    .filter(({ principal }) => principal === 'health-gate');
  expect(asked.map(({ action }) => String(action)).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'version.activation_requested',
    'version.health_judged',
  ]);
}, 90_000);
