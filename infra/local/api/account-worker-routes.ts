// Account Workers: upload, look-ups that `wrangler deploy` makes, secrets, subdomain, delete.
import { type Context, Hono } from 'hono';
import type { Script } from '../state/script-store.ts';
import { accountReferences } from './account-references.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readList, readObject } from './envelope.ts';
import {
  accountUploadAnswer,
  contentResponse,
  scriptBody,
  scriptSettingsBody,
  settingsBody,
} from './script-bodies.ts';
import { scriptSettings, withContent, withSettings } from './script-changes.ts';
import { secretRoutes } from './secret-routes.ts';
import { storeUpload } from './store-upload.ts';
import { parseUpload } from './upload.ts';

const SCRIPTS = '/accounts/:account/workers/scripts';
const SCRIPT = `${SCRIPTS}/:script`;
const SERVICE = '/accounts/:account/workers/services/:script';

export function accountWorkerRoutes(api: ApiContext): Hono {
  return new Hono()
    .get(SCRIPTS, (c) => okList(c, api.scripts.list('').map(scriptBody)))
    .get(SCRIPT, (c) => contentResponse(accountScript(api, c), api.scripts))
    .put(SCRIPT, async (c) => {
      const parsed = await parseUpload(c.req.raw);
      const script = await storeUpload(api, '', c.req.param('script'), parsed);
      return ok(c, accountUploadAnswer(script, api.scripts));
    })
    .delete(SCRIPT, (c) => remove(api, c, 10007))
    .route('/', contentRoutes(api))
    .get(`${SCRIPT}/references`, (c) => ok(c, accountReferences(api, accountScript(api, c))))
    .get('/accounts/:account/workers/tails/by-consumer/:script', (c) => {
      accountScript(api, c);
      return okList(c, []);
    })
    .get(`${SCRIPT}/subdomain`, (c) => ok(c, { enabled: true, previews_enabled: false }))
    .post(`${SCRIPT}/subdomain`, (c) => ok(c, { enabled: true, previews_enabled: false }))
    .get(`${SCRIPT}/schedules`, (c) => {
      accountScript(api, c);
      return ok(c, { schedules: [] });
    })
    .put(`${SCRIPT}/schedules`, async (c) => {
      const crons = await readList(c);
      accountScript(api, c);
      if (crons.length > 0) {
        const message =
          'Cron triggers do not run in the embedded Cloudflare: the Worker is uploaded, deploy it without "crons" and call what they would run yourself.';
        throw new ApiError(400, 10001, message);
      }
      return ok(c, { schedules: [] });
    })
    .get('/accounts/:account/workers/subdomain', (c) => ok(c, { subdomain: 'workers' }))
    .get('/accounts/:account/workers/workers/:script', (c) =>
      ok(c, workerBody(api, accountScript(api, c))),
    )
    .get(SERVICE, (c) => ok(c, serviceBody(accountScript(api, c, 10090))))
    .delete(SERVICE, (c) => remove(api, c, 10090))
    .get('/accounts/:account/workers/durable_objects/namespaces', (c) =>
      okList(
        c,
        api.scripts.list('').flatMap((script) => classBodies(api, script)),
      ),
    )
    .route(
      '/',
      secretRoutes(api, SCRIPT, (c) => accountScript(api, c)),
    );
}

function contentRoutes(api: ApiContext): Hono {
  const content = (c: Context): Response => contentResponse(accountScript(api, c), api.scripts);
  return new Hono()
    .get(`${SCRIPT}/content`, content)
    .get(`${SCRIPT}/content/v2`, content)
    .put(`${SCRIPT}/content`, async (c) => {
      const script = accountScript(api, c);
      const parsed = await withContent(c.req.raw, script);
      return ok(c, scriptBody(await storeUpload(api, '', script.name, parsed)));
    })
    .get(`${SCRIPT}/settings`, (c) => ok(c, settingsBody(accountScript(api, c), api.scripts)))
    .patch(`${SCRIPT}/settings`, async (c) => {
      const script = accountScript(api, c);
      const parsed = await withSettings(c.req.raw, script, api.scripts);
      return ok(c, settingsBody(await storeUpload(api, '', script.name, parsed), api.scripts));
    })
    .get(`${SCRIPT}/script-settings`, (c) => ok(c, scriptSettingsBody(accountScript(api, c))))
    .patch(`${SCRIPT}/script-settings`, async (c) => {
      const changes = scriptSettings(await readObject(c));
      api.scripts.setSettings(accountScript(api, c), changes);
      return ok(c, scriptSettingsBody(accountScript(api, c)));
    })
    .get(`${SCRIPT}/bindings`, (c) => {
      const { bindings } = settingsBody(accountScript(api, c), api.scripts);
      return okList(c, bindings);
    });
}

function remove(api: ApiContext, c: Context, code: number): Response {
  api.scripts.delete(accountScript(api, c, code));
  api.runtime.accountChanged();
  return ok(c, null);
}

/** The account Worker that the path names; 404 with Cloudflare's code when there is none. */
export function accountScript(api: ApiContext, c: Context, code = 10007): Script {
  const name = c.req.param('script') ?? '';
  const script = api.scripts.find('', name);
  if (script === undefined)
    throw new ApiError(404, code, 'This Worker does not exist on your account.');
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

function classBodies(api: ApiContext, script: Script): Record<string, unknown>[] {
  return api.scripts.classes(script).map(({ className, uniqueKey }) => ({
    id: uniqueKey,
    name: `${script.name}_${className}`,
    script: script.name,
    class: className,
    use_sqlite: true,
  }));
}
