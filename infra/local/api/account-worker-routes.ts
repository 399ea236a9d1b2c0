// Account Workers: upload, look-ups that `wrangler deploy` makes, secrets, subdomain, delete.
import { type Context, Hono } from 'hono';
import type { Script } from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';
import { contentResponse, scriptBody, settingsBody, uploadAnswer } from './script-bodies.ts';
import { storeUpload } from './store-upload.ts';
import { parseUpload } from './upload.ts';

const SCRIPTS = '/accounts/:account/workers/scripts';
const SCRIPT = `${SCRIPTS}/:script`;
const SERVICE = '/accounts/:account/workers/services/:script';

export function accountWorkerRoutes(api: ApiContext): Hono {
  return new Hono()
    .get(SCRIPTS, (c) => okList(c, api.scripts.list('').map(scriptBody)))
    .put(SCRIPT, async (c) => {
      const parsed = await parseUpload(c.req.raw);
      return ok(c, uploadAnswer(await storeUpload(api, '', c.req.param('script'), parsed)));
    })
    .delete(SCRIPT, (c) => remove(api, c, 10007))
    .get(`${SCRIPT}/content`, (c) => contentResponse(scriptOf(api, c, 10007), api.scripts))
    .get(`${SCRIPT}/settings`, (c) => ok(c, settingsBody(scriptOf(api, c, 10007), api.scripts)))
    .get(`${SCRIPT}/deployments`, (c) =>
      ok(c, { deployments: deploymentsOf(scriptOf(api, c, 10007)) }),
    )
    .get(`${SCRIPT}/subdomain`, (c) => ok(c, { enabled: true, previews_enabled: false }))
    .post(`${SCRIPT}/subdomain`, (c) => ok(c, { enabled: true, previews_enabled: false }))
    .put(`${SCRIPT}/schedules`, (c) => ok(c, { schedules: [] }))
    .get('/accounts/:account/workers/subdomain', (c) => ok(c, { subdomain: 'workers' }))
    .get('/accounts/:account/workers/workers/:script', (c) =>
      ok(c, workerBody(api, scriptOf(api, c, 10007))),
    )
    .get(SERVICE, (c) => ok(c, serviceBody(scriptOf(api, c, 10090))))
    .delete(SERVICE, (c) => remove(api, c, 10090))
    .get('/accounts/:account/workers/durable_objects/namespaces', (c) =>
      okList(
        c,
        api.scripts.list('').flatMap((script) => classBodies(api, script)),
      ),
    )
    .route('/', secretRoutes(api));
}

function secretRoutes(api: ApiContext): Hono {
  const body = (name: string): Record<string, string> => ({ name, type: 'secret_text' });
  return new Hono()
    .get(`${SCRIPT}/secrets`, (c) =>
      okList(c, [...api.scripts.secrets(scriptOf(api, c, 10007)).keys()].map(body)),
    )
    .put(`${SCRIPT}/secrets`, async (c) => {
      const request = await readObject(c);
      const name = stringField(request, 'name');
      api.scripts.putSecret(scriptOf(api, c, 10007), name, stringField(request, 'text'));
      api.runtime.accountChanged();
      return ok(c, body(name));
    })
    .delete(`${SCRIPT}/secrets/:name`, (c) => {
      if (!api.scripts.deleteSecret(scriptOf(api, c, 10007), c.req.param('name'))) {
        throw new ApiError(404, 10056, 'The secret does not exist.');
      }
      api.runtime.accountChanged();
      return ok(c, null);
    });
}

function remove(api: ApiContext, c: Context, code: number): Response {
  api.scripts.delete(scriptOf(api, c, code));
  api.runtime.accountChanged();
  return ok(c, null);
}

function scriptOf(api: ApiContext, c: Context, code: number): Script {
  const name = c.req.param('script') ?? '';
  const script = api.scripts.find('', name);
  if (script === undefined) throw new ApiError(404, code, `The Worker '${name}' does not exist.`);
  return script;
}

function workerBody(api: ApiContext, script: Script): Record<string, unknown> {
  return {
    ...scriptBody(script),
    name: script.name,
    subdomain: { enabled: true, previews_enabled: false },
    // Not Cloudflare's: there is no workers.dev here, so this says where to find it.
    local_url: api.workerUrl(script.name),
  };
}

function serviceBody(script: Script): Record<string, unknown> {
  return {
    id: script.name,
    default_environment: { environment: 'production', script: scriptBody(script) },
    environments: [{ environment: 'production' }],
  };
}

function deploymentsOf(script: Script): Record<string, unknown>[] {
  return [
    {
      id: script.uid,
      source: 'wrangler',
      strategy: 'percentage',
      created_on: script.modifiedOn,
      versions: [{ version_id: script.uid, percentage: 100 }],
    },
  ];
}

function classBodies(api: ApiContext, script: Script): Record<string, unknown>[] {
  return api.scripts.classes(script).map(({ className, uniqueKey }) => ({
    id: uniqueKey,
    name: `${script.name}_${className}`,
    script: script.name,
    class: className,
    use_sqlite: true,
  }));
}
