// Uploading and deleting a tenant's Worker, against the running API of the embedded Cloudflare: what
// arrives there, that both can be repeated, and how each failure is sorted.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CloudflareApi,
  createCloudflareApi,
  deleteUserWorker,
  scriptNameOf,
  type TenantArtefact,
  type UserWorkerTarget,
  uploadUserWorker,
} from '../../provisioning/src/index.ts';
import { openProject, scriptsPath, type TestCloud, upload } from '../infra/test-cloud.ts';

const CODE = `import { DurableObject } from 'cloudflare:workers';
export class AccountLedger extends DurableObject {}
export class ProjectLedger extends DurableObject {}
export default { fetch: () => new Response('tenant') };`;

const ARTEFACT: TenantArtefact = {
  version: 'abc123',
  main_module: 'index.js',
  modules: [
    { name: 'index.js', type: 'application/javascript+module', content: CODE },
    { name: 'lib/note.txt', type: 'text/plain', content: 'a note' },
  ],
  compatibility_date: '2026-10-01',
  compatibility_flags: ['nodejs_compat'],
  durable_objects: [{ name: 'ACCOUNT_LEDGER', class_name: 'AccountLedger' }],
  migrations: [{ tag: 'v1', new_sqlite_classes: ['AccountLedger'] }],
};
const NEXT: TenantArtefact = {
  ...ARTEFACT,
  version: 'def456',
  durable_objects: [
    ...ARTEFACT.durable_objects,
    { name: 'PROJECT_LEDGER', class_name: 'ProjectLedger' },
  ],
  migrations: [...ARTEFACT.migrations, { tag: 'v2', new_sqlite_classes: ['ProjectLedger'] }],
};
const SETTINGS = { plan: 'free', limits: { cpu_ms: 50, subrequests: 20 } };

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

const shown = async (tenantId: string, part = ''): Promise<unknown> => {
  const path = `${scriptsPath(running, 'customers')}/${scriptNameOf(tenantId)}${part}`;
  return (await running.client.get<{ result: unknown }>(path)).result;
};

test("no tenant's script can have an account Worker's name", () => {
  expect(scriptNameOf('acme')).toBe('tenant-acme');
  expect(scriptNameOf('z0-platform')).not.toBe('z0-platform');
});

test('bindings, tags, migration and flags arrive as the artefact and the plan say', async () => {
  const uploaded = await uploadUserWorker(api, target('acme'), ARTEFACT, SETTINGS);
  expect(uploaded).toEqual({ ok: true, etag: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await shown('acme', '/settings')).toMatchObject({
    compatibility_date: '2026-10-01',
    compatibility_flags: ['nodejs_compat'],
    tags: ['tenant:acme', 'plan:free', 'template:abc123'],
    migration_tag: 'v1',
    bindings: [
      { type: 'plain_text', name: 'TENANT_ID', text: 'acme' },
      { type: 'durable_object_namespace', name: 'ACCOUNT_LEDGER', class_name: 'AccountLedger' },
      {
        type: 'service',
        name: 'PLATFORM',
        service: 'z0-platform',
        entrypoint: 'TenantGateway',
        props: { tenant_id: 'acme' },
      },
    ],
  });
});

test("each tenant's door carries its own id", async () => {
  await uploadUserWorker(api, target('globex'), ARTEFACT, SETTINGS);
  expect(JSON.stringify(await shown('globex', '/settings'))).not.toContain('acme');
});

test('the same upload again is fine and gives the same etag', async () => {
  const first = await uploadUserWorker(api, target('twice'), ARTEFACT, SETTINGS);
  expect(await uploadUserWorker(api, target('twice'), ARTEFACT, SETTINGS)).toEqual(first);
});

test('a newer artefact is migrated from what is deployed, and a new tenant from nothing', async () => {
  await uploadUserWorker(api, target('upgraded'), ARTEFACT, SETTINGS);
  for (const tenant of ['upgraded', 'fresh']) {
    expect(await uploadUserWorker(api, target(tenant), NEXT, SETTINGS)).toMatchObject({ ok: true });
    expect(await shown(tenant)).toMatchObject({
      script: { migration_tag: 'v2', tags: [`tenant:${tenant}`, 'plan:free', 'template:def456'] },
    });
  }
});

test("a tenant's secrets outlive an upload", async () => {
  await uploadUserWorker(api, target('secretive'), ARTEFACT, SETTINGS);
  const path = `${scriptsPath(running, 'customers')}/tenant-secretive/secrets`;
  await running.client.put(path, { body: { name: 'KEY', text: 'hush', type: 'secret_text' } });
  await uploadUserWorker(api, target('secretive'), NEXT, SETTINGS);
  expect(await shown('secretive', '/secrets')).toEqual([{ name: 'KEY', type: 'secret_text' }]);
});

test('deleting is done once or more often, with the same answer', async () => {
  await uploadUserWorker(api, target('leaving'), ARTEFACT, SETTINGS);
  expect(await deleteUserWorker(api, target('leaving'))).toMatchObject({ ok: true });
  expect(await deleteUserWorker(api, target('leaving'))).toMatchObject({ ok: true });
  expect(await deleteUserWorker(api, target('never-there'))).toMatchObject({ ok: true });
  await expect(shown('leaving')).rejects.toMatchObject({ status: 404 });
});

test('code that does not start is refused, with its own words', async () => {
  const modules = [
    {
      name: 'index.js',
      type: 'application/javascript+module',
      content: 'throw new Error("no ledger here")',
    },
  ];
  expect(await uploadUserWorker(api, target('broken'), { ...ARTEFACT, modules }, SETTINGS)).toEqual(
    {
      ok: false,
      kind: 'refused',
      code: 10021,
      detail: expect.stringContaining('no ledger here'),
    },
  );
});

test('an artefact older than what is deployed is refused and changes nothing', async () => {
  await uploadUserWorker(api, target('newer'), NEXT, SETTINGS);
  const before = await shown('newer');
  expect(await uploadUserWorker(api, target('newer'), ARTEFACT, SETTINGS)).toMatchObject({
    ok: false,
    kind: 'refused',
  });
  expect(await shown('newer')).toEqual(before);
});

test('a namespace that is not there is a refusal, for a deletion too', async () => {
  const nowhere = { ...target('acme'), namespace: 'absent' };
  const refused = { ok: false, kind: 'refused', code: 100119 };
  expect(await uploadUserWorker(api, nowhere, ARTEFACT, SETTINGS)).toMatchObject(refused);
  expect(await deleteUserWorker(api, nowhere)).toMatchObject(refused);
});

test('a wrong token is a refusal, and is not in the detail', async () => {
  const stranger = createCloudflareApi({ apiToken: 'stolen-token', baseURL: running.cloud.apiUrl });
  const result = await uploadUserWorker(stranger, target('acme'), ARTEFACT, SETTINGS);
  expect(result).toMatchObject({ ok: false, kind: 'refused', code: 10000 });
  expect(JSON.stringify(result)).not.toContain('stolen-token');
});

test('an API that does not answer is ambiguous: it may have happened', async () => {
  const absent = createCloudflareApi({ apiToken: 'x', baseURL: 'http://127.0.0.1:9/client/v4' });
  const ambiguous = { ok: false, kind: 'ambiguous', code: 0 };
  expect(await uploadUserWorker(absent, target('acme'), ARTEFACT, SETTINGS)).toMatchObject(
    ambiguous,
  );
  expect(await deleteUserWorker(absent, target('acme'))).toMatchObject(ambiguous);
});

/** In front of the real API: answers every GET with `status`, lets the rest through. */
async function troubled(status: number): Promise<{ through: CloudflareApi; server: Server }> {
  const { apiToken, apiUrl } = running.cloud;
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1' });
      response.end('{"success":false,"errors":[{"code":10013,"message":"trouble"}]}');
      return;
    }
    const target = new URL(request.url ?? '', apiUrl);
    const headers = {
      authorization: `Bearer ${apiToken}`,
      'content-type': request.headers['content-type'] ?? '',
    };
    const init = { method: request.method ?? '', headers, body: request, duplex: 'half' };
    void fetch(target, init as unknown as RequestInit).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseURL = `http://127.0.0.1:${port}/client/v4`;
  return { through: createCloudflareApi({ apiToken, baseURL }), server };
}

test.each([
  [429, 'retryable'],
  [503, 'ambiguous'],
])(
  'when what is deployed cannot be seen (%i), the upload is %s, never refused for good',
  async (status, kind) => {
    await uploadUserWorker(api, target('hidden'), ARTEFACT, SETTINGS);
    const { through, server } = await troubled(status);
    const result = await uploadUserWorker(through, target('hidden'), NEXT, SETTINGS);
    server.close();
    expect(result).toMatchObject({ ok: false, kind });
    expect(await shown('hidden')).toMatchObject({ script: { migration_tag: 'v1' } });
  },
);
