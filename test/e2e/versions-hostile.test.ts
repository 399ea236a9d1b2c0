// Uploads that mean harm, on the really started platform: they are refused in a bounded time, what is
// live answers meanwhile, and what they say of themselves gives them nothing.
import { beforeAll, expect, inject, test } from 'vitest';
import { call, objectOf } from '../../infra/cli/platform-client.ts';
import { type Answer, asOperator, asTenant, codeOf, onboard, type TenantCall } from './client.ts';

const TENANT = 'hostile-code';

let state: Awaited<ReturnType<typeof onboard>>;
let tenant: TenantCall;

beforeAll(async () => {
  state = await onboard(inject('stateDir'), TENANT);
  tenant = await asTenant(state, TENANT);
});

async function upload(content: string): Promise<Answer> {
  const form = new FormData();
  form.set('manifest', JSON.stringify({ main_module: 'ledgers.js' }));
  const type = 'application/javascript+module';
  form.set('ledgers.js', new File([content], 'ledgers.js', { type }));
  const { platform_url: url, operator_token: token } = state;
  return call(url, token, 'PUT', `/v1/tenants/${TENANT}/worker`, { body: form });
}

const LEDGER = `
import { EntityLedger } from '@z0-app/sdk';
export class PointsLedger extends EntityLedger {}
`;

const health = async (): Promise<number> => (await tenant('GET', '/v1/health')).status;

test.each([
  ['never ends while it starts', `${LEDGER}\nfor (;;);`],
  [
    'takes all memory while it starts',
    `${LEDGER}\nconst a = []; for (;;) a.push(new Array(1e6).fill(1));`,
  ],
  [
    'never ends when it is asked what it is',
    `${LEDGER}\nObject.defineProperty(PointsLedger, 'idPrefix', { get() { for (;;); } });`,
  ],
  ['fetches while it starts', `${LEDGER}\nawait fetch('https://example.com/');`],
])('code that %s is refused, and the tenant is served meanwhile', async (_, content) => {
  const asked = upload(content);
  expect(await health()).toBe(200);
  const answer = await asked;
  expect([answer.status, codeOf(answer)]).toEqual([422, 'worker_refused']);
  const [first] = (objectOf(answer.body).errors as unknown[]).map(objectOf);
  expect(first).toMatchObject({ code: 'does_not_start', pointer: '/modules/ledgers.js' });
  expect(await health()).toBe(200);
});

test.each([
  ['a list that is none', `{ classes: 'all', has_fetch: false }`],
  [
    'a name that is code',
    `{ classes: [{ name: 'A } from "x"; export { B', kind: 'entity', type: 'a', prefix: 'a', from: 'custom' }], has_fetch: false }`,
  ],
  [
    'classes it does not have',
    `{ classes: [{ name: 'GhostLedger', kind: 'entity', type: 'ghost', prefix: 'gh', from: 'custom' }], has_fetch: true }`,
  ],
])('code that answers for itself with %s never becomes live', async (_, said) => {
  const forged = `${LEDGER}\nResponse.json = () => new Response(JSON.stringify(${said}));`;
  const answer = await upload(forged);
  expect([answer.status, codeOf(answer)]).toEqual([422, 'worker_refused']);
  expect(await health()).toBe(200);
  const list = await asOperator(state)('GET', `/v1/tenants/${TENANT}/versions`);
  expect((objectOf(list.body).data as unknown[]).map(objectOf)).not.toContainEqual(
    expect.objectContaining({ active: true }),
  );
});

test('what was started to be looked at is gone afterwards', async () => {
  const { account_id: account, dispatch_namespace: namespace, cloudflare_api_url: url } = state;
  const { pathname } = new URL(url);
  const path = `${pathname}/accounts/${account}/workers/dispatch/namespaces/${namespace}/scripts`;
  const answer = await call(url, state.api_token, 'GET', path);
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).toContain(`tenant-${TENANT}`);
  expect(JSON.stringify(answer.body)).not.toContain('check-');
});
