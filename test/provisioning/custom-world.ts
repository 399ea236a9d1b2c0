// Workers composed of a tenant's code and the template in an embedded Cloudflare of their own, deployed
// and asked as the platform and the dispatcher do.
import { expect } from 'vitest';
import {
  type CloudflareApi,
  composeArtefact,
  createCloudflareApi,
  type Description,
  deleteThrowaway,
  describeArtefact,
  parseDescription,
  readDeployedClasses,
  type TemplateParts,
  type TenantArtefact,
  throwawayNameOf,
  uploadThrowaway,
  uploadUserWorker,
  type WorkerManifest,
  type WorkerModule,
} from '../../provisioning/src/index.ts';
import { openProject, type Send, sender, type TestCloud, upload } from '../infra/test-cloud.ts';
import { MANIFEST, publishedTemplate } from './custom-samples.ts';

const ROUTER = `export default {
  fetch: (request, env) => env.WORKERS.get(request.headers.get('x-script')).fetch(request),
};`;
const GATEWAY = `import { WorkerEntrypoint } from 'cloudflare:workers';
  export class TenantGateway extends WorkerEntrypoint { readConfig() { return { ok: true, value: [] }; } reportStats() {} }
  export class TenantQueue extends WorkerEntrypoint { send() {} }
  export default { fetch: () => new Response('platform') };`;
export const SETTINGS = { plan: 'free', limits: { cpu_ms: 50, subrequests: 20 } };
export const HASH = '0123456789abcdef';

export let running: TestCloud;
export let api: CloudflareApi;
export let parts: TemplateParts;
export let template: TenantArtefact;
export let send: Send;

export async function openWorld(): Promise<void> {
  ({ parts, artefact: template } = await publishedTemplate());
  running = await openProject(async (project) => {
    const bindings = [{ type: 'dispatch_namespace', name: 'WORKERS', namespace: 'customers' }];
    await upload(project, '', 'router', { code: ROUTER, metadata: { bindings } });
    // Two account Workers reach the namespace, as the dispatcher and the platform do.
    await upload(project, '', 'z0-platform', { code: GATEWAY, metadata: { bindings } });
  });
  const { apiToken, apiUrl } = running.cloud;
  api = createCloudflareApi({ apiToken, baseURL: apiUrl });
  send = sender(running);
}

export const closeWorld = (): Promise<void> => running.close();

export const place = (): { accountId: string; namespace: string } => {
  return { accountId: running.cloud.accountId, namespace: 'customers' };
};

export async function describe(modules: WorkerModule[], manifest = MANIFEST): Promise<Description> {
  const target = { ...place(), script: throwawayNameOf('acme', HASH) };
  const uploaded = await uploadThrowaway(api, target, describeArtefact(parts, manifest, modules));
  expect(uploaded).toMatchObject({ ok: true });
  const answer = await (await send(target.script, '/')).text();
  expect(await deleteThrowaway(api, target)).toMatchObject({ ok: true });
  const described = parseDescription(answer);
  if (!described) throw new TypeError(`No description: ${answer}`);
  return described;
}

export async function deploy(
  tenantId: string,
  modules: WorkerModule[],
  manifest: WorkerManifest = MANIFEST,
): Promise<void> {
  const target = { ...place(), tenantId };
  const { classes } = await describe(modules, manifest);
  const deployed = await readDeployedClasses(api, target);
  if (!deployed.ok) throw new TypeError(deployed.detail);
  const artefact = composeArtefact(parts, manifest, modules, classes, deployed);
  expect(await uploadUserWorker(api, target, artefact, SETTINGS)).toMatchObject({ ok: true });
}

export async function ask(
  tenantId: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await send(`tenant-${tenantId}`, path, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      'x-z0-tenant-id': tenantId,
      'x-z0-principal': 'key_alice',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text || '{}') };
}

export async function entity(tenantId: string, type: string, parent_id?: string): Promise<string> {
  const asked = { type, ...(parent_id === undefined ? {} : { parent_id }) };
  const { status, body } = await ask(tenantId, '/v1/entities', asked);
  expect(status).toBe(201);
  return String(body.id);
}
