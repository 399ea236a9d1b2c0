// Other limits for a Worker that runs, against the running API of the embedded Cloudflare: nothing else of
// it changes, and a Worker that is not there is told from an API that does not answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CloudflareApi,
  createCloudflareApi,
  setUserWorkerLimits,
  type TenantArtefact,
  type UserWorkerTarget,
  uploadUserWorker,
} from '../../provisioning/src/index.ts';
import { openProject, scriptsPath, type TestCloud, upload } from '../infra/test-cloud.ts';

const ARTEFACT: TenantArtefact = {
  version: 'abc123',
  main_module: 'index.js',
  modules: [
    {
      name: 'index.js',
      type: 'application/javascript+module',
      content: `import { DurableObject } from 'cloudflare:workers';
export class AccountLedger extends DurableObject {}
export default { fetch: () => new Response('tenant') };`,
    },
  ],
  compatibility_date: '2026-10-01',
  compatibility_flags: [],
  durable_objects: [{ name: 'ACCOUNT_LEDGER', class_name: 'AccountLedger' }],
  migrations: [{ tag: 'v1', new_sqlite_classes: ['AccountLedger'] }],
};
const FREE = { plan: 'free', limits: { cpu_ms: 50, subrequests: 20 } };
const GOLD = { plan: 'gold', limits: { cpu_ms: 90, subrequests: 40 } };

let running: TestCloud;
let api: CloudflareApi;

beforeAll(async () => {
  const gateway = `import { WorkerEntrypoint } from 'cloudflare:workers';
    export class TenantGateway extends WorkerEntrypoint {}
    export default { fetch: () => new Response('platform') };`;
  running = await openProject((project) => upload(project, '', 'z0-platform', { code: gateway }));
  const { apiToken, apiUrl } = running.cloud;
  api = createCloudflareApi({ apiToken, baseURL: apiUrl });
});

afterAll(() => running.close());

const target = (tenantId: string): UserWorkerTarget => ({
  accountId: running.cloud.accountId,
  namespace: 'customers',
  tenantId,
});

async function shown(): Promise<{ tags: string[]; bindings: { name: string }[] }> {
  const path = `${scriptsPath(running, 'customers')}/tenant-acme/settings`;
  type Answer = { result: { tags: string[]; bindings: { name: string }[] } };
  return (await running.client.get<Answer>(path)).result;
}

test('the plan in its tags changes with the limits, and nothing else, however often', async () => {
  expect(await uploadUserWorker(api, target('acme'), ARTEFACT, FREE)).toMatchObject({ ok: true });
  const before = await shown();
  for (let time = 0; time < 2; time += 1) {
    expect(await setUserWorkerLimits(api, target('acme'), GOLD)).toEqual({ ok: true });
  }
  const after = await shown();
  expect(after.tags.toSorted()).toEqual(['plan:gold', 'template:abc123', 'tenant:acme']);
  expect({ ...after, tags: [] }).toEqual({ ...before, tags: [] });
});

test('a Worker that is not there is refused for good', async () => {
  const refused = await setUserWorkerLimits(api, target('nobody'), GOLD);
  expect(refused).toMatchObject({ ok: false, kind: 'refused' });
});

test('an API that does not answer is asked again later', async () => {
  const nowhere = createCloudflareApi({ apiToken: 'x', baseURL: 'http://127.0.0.1:9/client/v4' });
  const unknown = await setUserWorkerLimits(nowhere, target('acme'), GOLD);
  expect(unknown).toMatchObject({ ok: false, kind: 'ambiguous' });
});
