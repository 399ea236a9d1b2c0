// User Workers: the scripts inside a dispatch namespace, their secrets, tags, settings, content.
import { type Context, Hono } from 'hono';
import type { Script } from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';
import { namespaceOf } from './namespace-routes.ts';
import { contentResponse, scriptBody, settingsBody, uploadAnswer } from './script-bodies.ts';
import { storeUpload } from './store-upload.ts';
import { parseUpload } from './upload.ts';

const SCRIPTS = '/accounts/:account/workers/dispatch/namespaces/:namespace/scripts';
const SCRIPT = `${SCRIPTS}/:script`;

export function userWorkerRoutes(api: ApiContext): Hono {
  return new Hono()
    .get(SCRIPTS, (c) => okList(c, api.scripts.list(namespaceOf(api, c).name).map(scriptBody)))
    .get(SCRIPT, (c) => {
      const script = scriptOf(api, c);
      const { createdOn, modifiedOn, namespace } = script;
      return ok(c, {
        created_on: createdOn,
        modified_on: modifiedOn,
        dispatch_namespace: namespace,
        script: scriptBody(script),
      });
    })
    .put(SCRIPT, async (c) => {
      const { name: namespace } = namespaceOf(api, c);
      const parsed = await parseUpload(c.req.raw);
      const script = await storeUpload(api, namespace, c.req.param('script'), parsed);
      return ok(c, uploadAnswer(script));
    })
    .delete(SCRIPT, async (c) => {
      const script = scriptOf(api, c);
      api.scripts.delete(script);
      await api.runtime.userWorkerDeleted(script);
      return ok(c, null);
    })
    .get(`${SCRIPT}/content`, (c) => contentResponse(scriptOf(api, c), api.scripts))
    .get(`${SCRIPT}/settings`, (c) => ok(c, settingsBody(scriptOf(api, c), api.scripts)))
    .get(`${SCRIPT}/bindings`, (c) => {
      const { bindings } = settingsBody(scriptOf(api, c), api.scripts);
      return okList(c, bindings);
    })
    .route('/', secretRoutes(api))
    .route('/', tagRoutes(api));
}

function secretRoutes(api: ApiContext): Hono {
  const body = (name: string): Record<string, string> => ({ name, type: 'secret_text' });
  return new Hono()
    .get(`${SCRIPT}/secrets`, (c) =>
      okList(c, [...api.scripts.secrets(scriptOf(api, c)).keys()].map(body)),
    )
    .put(`${SCRIPT}/secrets`, async (c) => {
      const script = scriptOf(api, c);
      const request = await readObject(c);
      const name = stringField(request, 'name');
      api.scripts.putSecret(script, name, stringField(request, 'text'));
      await api.runtime.userWorkerReplaced(script);
      return ok(c, body(name));
    })
    .delete(`${SCRIPT}/secrets/:name`, async (c) => {
      const script = scriptOf(api, c);
      if (!api.scripts.deleteSecret(script, c.req.param('name'))) {
        throw new ApiError(404, 10056, 'The secret does not exist.');
      }
      await api.runtime.userWorkerReplaced(script);
      return ok(c, null);
    });
}

function tagRoutes(api: ApiContext): Hono {
  const set = (c: Context, change: (tags: readonly string[]) => string[]): Response => {
    const script = scriptOf(api, c);
    const tags = [...new Set(change(script.tags))];
    if (tags.length > 8) throw new ApiError(400, 10001, 'A script can have at most 8 tags.');
    api.scripts.setTags(script, tags);
    return okList(c, tags);
  };
  return new Hono()
    .get(`${SCRIPT}/tags`, (c) => okList(c, scriptOf(api, c).tags))
    .put(`${SCRIPT}/tags`, async (c) => {
      const tags: unknown = await c.req.json();
      if (!Array.isArray(tags)) throw new ApiError(400, 10001, 'The body must be a list of tags.');
      return set(c, () => tags.map(String));
    })
    .put(`${SCRIPT}/tags/:tag`, (c) => set(c, (tags) => [...tags, c.req.param('tag')]))
    .delete(`${SCRIPT}/tags/:tag`, (c) =>
      set(c, (tags) => tags.filter((tag) => tag !== c.req.param('tag'))),
    );
}

function scriptOf(api: ApiContext, c: Context): Script {
  const namespace = namespaceOf(api, c);
  const script = api.scripts.find(namespace.name, c.req.param('script') ?? '');
  if (script === undefined) {
    throw new ApiError(404, 10092, 'This Worker does not exist in this dispatch namespace.');
  }
  return script;
}
