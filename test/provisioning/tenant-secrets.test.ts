// Secrets of a tenant's Worker, against the running API of the embedded Cloudflare: what the Worker
// sees of them, what outlives an upload, and that no upload at the same moment loses one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CloudflareApi,
  createCloudflareApi,
  deleteSecret,
  deleteThrowaway,
  deleteUserWorker,
  NAME_TAKEN,
  putSecret,
  readSecretNames,
  scriptNameOf,
  setUserWorkerLimits,
  type TenantArtefact,
  throwawayNameOf,
  type UserWorkerTarget,
  uploadThrowaway,
  uploadUserWorker,
} from '../../provisioning/src/index.ts';
import {
  openProject,
  type Send,
  scriptsPath,
  sender,
  type TestCloud,
  upload,
} from '../infra/test-cloud.ts';
import { dispatcher } from '../infra/workers.ts';

/** Answers the texts in its `env`. */
const CODE = `export default { fetch: (_, env) => Response.json(
  Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === 'string'))) };`;

const artefact = (version: string, vars: Record<string, string> = {}): TenantArtefact => ({
  version,
  main_module: 'index.js',
  modules: [{ name: 'index.js', type: 'application/javascript+module', content: CODE }],
  compatibility_date: '2026-10-01',
  compatibility_flags: ['nodejs_compat'],
  durable_objects: [],
  migrations: [],
  vars,
});
const SETTINGS = { plan: 'free', limits: { cpu_ms: 50, subrequests: 20 } };

let running: TestCloud;
let api: CloudflareApi;
let send: Send;

beforeAll(async () => {
  const gateway = `import { WorkerEntrypoint } from 'cloudflare:workers';
    export class TenantGateway extends WorkerEntrypoint {}
    export default { fetch: () => new Response('platform') };`;
  running = await openProject(async (project) => {
    await upload(project, '', 'router', dispatcher());
    await upload(project, '', 'z0-platform', { code: gateway });
  });
  const { apiToken, apiUrl } = running.cloud;
  api = createCloudflareApi({ apiToken, baseURL: apiUrl });
  send = sender(running);
});

afterAll(() => running.close());

const target = (tenantId: string): UserWorkerTarget => ({
  accountId: running.cloud.accountId,
  namespace: 'customers',
  tenantId,
});

async function deploy(tenantId: string, version = 'one', vars = {}): Promise<UserWorkerTarget> {
  const place = target(tenantId);
  const uploaded = await uploadUserWorker(api, place, artefact(version, vars), SETTINGS);
  expect(uploaded).toMatchObject({ ok: true });
  return place;
}

const seenBy = async (tenantId: string): Promise<unknown> =>
  (await send(scriptNameOf(tenantId), '/')).json();

test('a secret is in env with the next request, its newest value, until it is deleted', async () => {
  const place = await deploy('acme');
  expect(await seenBy('acme')).toEqual({ TENANT_ID: 'acme' });
  for (const value of ['first', 'second', 'ünï\n"quoted"', 'x'.repeat(5 * 1024)]) {
    expect(await putSecret(api, place, 'API_KEY', value)).toEqual({ ok: true });
    expect(await seenBy('acme')).toEqual({ TENANT_ID: 'acme', API_KEY: value });
  }
  expect(await readSecretNames(api, place)).toEqual({ ok: true, names: ['API_KEY'] });
  expect(await deleteSecret(api, place, 'API_KEY')).toEqual({ ok: true });
  expect(await deleteSecret(api, place, 'API_KEY')).toEqual({ ok: true });
  expect(await seenBy('acme')).toEqual({ TENANT_ID: 'acme' });
});

test('an upload keeps the secrets, and of everything else only what it brings', async () => {
  const place = await deploy('kept', 'one', { OLD: 'var', CHANGED: 'before' });
  await putSecret(api, place, 'API_KEY', 'hush');
  await deploy('kept', 'two', { CHANGED: 'after' });
  expect(await seenBy('kept')).toEqual({
    TENANT_ID: 'kept',
    CHANGED: 'after',
    API_KEY: 'hush',
  });
  const path = `${scriptsPath(running, 'customers')}/${scriptNameOf('kept')}/settings`;
  const { result } = await running.client.get<{ result: { bindings: { name: string }[] } }>(path);
  expect(result.bindings.map(({ name }) => name).toSorted()).toEqual([
    'API_KEY',
    'CHANGED',
    'PLATFORM',
    'TENANT_ID',
  ]);
});

test('a Worker of the same tenant that only checks code has none of its secrets', async () => {
  const place = await deploy('checked');
  await putSecret(api, place, 'API_KEY', 'hush');
  const script = throwawayNameOf('checked', '0123456789abcdef');
  const throwaway = { ...place, script };
  expect(await uploadThrowaway(api, throwaway, artefact('three'))).toMatchObject({ ok: true });
  expect(await (await send(script, '/')).json()).toEqual({});
  await deleteThrowaway(api, throwaway);
});

test('no put is lost by an upload at the same moment, and no upload by a put', async () => {
  const place = await deploy('busy', 'v0', { VERSION: 'v0' });
  for (let round = 1; round <= 6; round += 1) {
    const value = `value ${round}`;
    const [uploaded, ...put] = await Promise.all([
      uploadUserWorker(api, place, artefact(`v${round}`, { VERSION: `v${round}` }), SETTINGS),
      putSecret(api, place, 'API_KEY', value),
      putSecret(api, place, `KEY_${round}`, value),
    ]);
    expect([uploaded?.ok, ...put.map(({ ok }) => ok)]).toEqual([true, true, true]);
    expect(await seenBy('busy')).toMatchObject({
      VERSION: `v${round}`,
      API_KEY: value,
      [`KEY_${round}`]: value,
    });
  }
  expect(await readSecretNames(api, place)).toMatchObject({ names: { length: 7 } });
});

test('no put is lost by new limits at the same moment', async () => {
  const place = await deploy('limited');
  for (let round = 1; round <= 6; round += 1) {
    const plan = { plan: 'free', limits: { cpu_ms: 50 + round, subrequests: 20 } };
    const limited = setUserWorkerLimits(api, place, plan);
    const names = Array.from({ length: 8 }, (_, index) => `KEY_${round}_${index}`);
    for (const name of names) expect(await putSecret(api, place, name, name)).toEqual({ ok: true });
    expect(await limited).toEqual({ ok: true });
    const all = Object.fromEntries(names.map((name) => [name, name]));
    expect(await seenBy('limited')).toMatchObject(all);
  }
});

test('a name that another binding has is refused with its own number, and stays what it was', async () => {
  const place = await deploy('bound', 'one', { CURRENCY: 'USD' });
  for (const name of ['CURRENCY', 'TENANT_ID', 'PLATFORM']) {
    const refused = { ok: false, kind: 'refused', code: NAME_TAKEN };
    expect(await putSecret(api, place, name, 'hush')).toMatchObject(refused);
  }
  expect(await seenBy('bound')).toEqual({ TENANT_ID: 'bound', CURRENCY: 'USD' });
});

test('without a Worker there are no secrets, and none can be set', async () => {
  const place = target('nobody');
  expect(await readSecretNames(api, place)).toEqual({ ok: true, names: [] });
  const refused = { ok: false, kind: 'refused', code: 10_092 };
  expect(await putSecret(api, place, 'API_KEY', 'hush')).toMatchObject(refused);
});

test('secrets go with the Worker, and a new one under its name has none', async () => {
  const place = await deploy('leaving');
  await putSecret(api, place, 'API_KEY', 'hush');
  await deleteUserWorker(api, place);
  await deploy('leaving');
  expect(await readSecretNames(api, place)).toEqual({ ok: true, names: [] });
});

test('what goes wrong is said without the value', async () => {
  const nowhere = { ...target('acme'), namespace: 'absent' };
  const absent = createCloudflareApi({ apiToken: 'x', baseURL: 'http://127.0.0.1:9/client/v4' });
  const failures = [
    await putSecret(api, nowhere, 'API_KEY', 'hush-hush'),
    await putSecret(absent, target('acme'), 'API_KEY', 'hush-hush'),
  ];
  expect(failures).toMatchObject([
    { ok: false, kind: 'refused', detail: 'Cloudflare says 100119' },
    { ok: false, kind: 'ambiguous', detail: 'Cloudflare did not answer' },
  ]);
  expect(JSON.stringify(failures)).not.toContain('hush');
});
