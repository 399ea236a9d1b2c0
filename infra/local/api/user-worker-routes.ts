// User Workers: the scripts inside a dispatch namespace, their secrets, tags, settings, content.
import { type Context, Hono } from 'hono';
import type { Script } from '../state/script-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okCursorList, okList, readList } from './envelope.ts';
import { namespaceOf } from './namespace-routes.ts';
import { contentResponse, scriptBody, settingsBody, uploadAnswer } from './script-bodies.ts';
import { withContent, withSettings } from './script-changes.ts';
import { tagFilter } from './script-tags.ts';
import { secretRoutes } from './secret-routes.ts';
import { storeUpload } from './store-upload.ts';
import { parseUpload } from './upload.ts';

const SCRIPTS = '/accounts/:account/workers/dispatch/namespaces/:namespace/scripts';
const SCRIPT = `${SCRIPTS}/:script`;
/** A client asks again while there are more. */
const DELETED_AT_ONCE = 100;

export function userWorkerRoutes(api: ApiContext): Hono {
  return new Hono()
    .route('/', listRoutes(api))
    .get(SCRIPT, (c) => {
      const script = scriptOf(api, c);
      const { createdOn, modifiedOn, namespace } = script;
      return ok(c, {
        created_on: createdOn,
        modified_on: modifiedOn,
        dispatch_namespace: namespace,
        script: { ...scriptBody(script), ...api.scripts.exports(script) },
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
    .put(`${SCRIPT}/content`, async (c) => {
      const script = scriptOf(api, c);
      const parsed = await withContent(c.req.raw, script);
      return ok(c, scriptBody(await storeUpload(api, script.namespace, script.name, parsed)));
    })
    .get(`${SCRIPT}/settings`, (c) => ok(c, settingsBody(scriptOf(api, c), api.scripts)))
    .patch(`${SCRIPT}/settings`, async (c) => {
      const script = scriptOf(api, c);
      const parsed = await withSettings(c.req.raw, script, api.scripts);
      const changed = await storeUpload(api, script.namespace, script.name, parsed);
      return ok(c, settingsBody(changed, api.scripts));
    })
    .get(`${SCRIPT}/bindings`, (c) => {
      const { bindings } = settingsBody(scriptOf(api, c), api.scripts);
      return okList(c, bindings);
    })
    .route(
      '/',
      secretRoutes(api, SCRIPT, (c) => scriptOf(api, c)),
    )
    .route('/', tagRoutes(api));
}

function listRoutes(api: ApiContext): Hono {
  const asked = (c: Context): Script[] => {
    const tags = c.req.query('tags');
    const scripts = api.scripts.list(namespaceOf(api, c).name);
    return tags === undefined ? scripts : scripts.filter(tagFilter(tags));
  };
  return new Hono()
    .get(SCRIPTS, (c) => {
      const scripts = asked(c);
      const limit = Number(c.req.query('limit') ?? scripts.length);
      if (!Number.isInteger(limit) || limit < 0) {
        throw new ApiError(400, 10001, 'limit must be a whole number.');
      }
      const after = c.req.query('cursor') ?? '';
      // A list is in order of creation; the cursor is the script that came last.
      const start = after === '' ? 0 : scripts.findIndex(({ uid }) => uid === after) + 1;
      const page = scripts.slice(start, start + limit);
      const more = start + limit < scripts.length;
      return okCursorList(c, page.map(scriptBody), more ? (page.at(-1)?.uid ?? '') : '');
    })
    .delete(SCRIPTS, async (c) => {
      if (c.req.query('tags') === undefined) {
        throw new ApiError(400, 10001, 'Say which by tags=<tag>:yes; all of them is never meant.');
      }
      const found = asked(c);
      const doomed = found.slice(0, DELETED_AT_ONCE);
      api.state.transaction(() => {
        for (const script of doomed) api.scripts.delete(script);
      });
      for (const script of doomed) await api.runtime.userWorkerDeleted(script);
      return ok(c, {
        deleted: doomed.map(({ name }) => ({ id: name })),
        deleted_count: doomed.length,
        has_more: doomed.length < found.length,
      });
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
      const tags = await readList(c);
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
