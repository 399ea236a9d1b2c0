// Dispatch namespaces: create, list, show, rename, delete with everything inside.
import { type Context, Hono } from 'hono';
import type { DispatchNamespace } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';

const PATH = '/accounts/:account/workers/dispatch/namespaces';

export function namespaceRoutes(api: ApiContext): Hono {
  return new Hono()
    .get(PATH, (c) => okList(c, api.state.listNamespaces().map(toBody)))
    .post(PATH, async (c) => {
      const name = stringField(await readObject(c), 'name');
      if (api.state.findNamespace(name) !== undefined) {
        throw new ApiError(409, 100120, `A dispatch namespace named '${name}' already exists.`);
      }
      api.state.createNamespace(name);
      return ok(c, toBody(requireNamespace(api, name)));
    })
    .get(`${PATH}/:namespace`, (c) => ok(c, toBody(namespaceOf(api, c))))
    .put(`${PATH}/:namespace`, async (c) => {
      const { name } = namespaceOf(api, c);
      const { name: renamed, trusted_workers: trusted } = await readObject(c);
      if (trusted !== undefined && trusted !== false) {
        throw new ApiError(400, 10001, 'Only untrusted mode runs here: trusted_workers is false.');
      }
      if (renamed === undefined) return ok(c, toBody(requireNamespace(api, name)));
      if (typeof renamed !== 'string' || renamed === '') {
        throw new ApiError(400, 10001, 'The field "name" must be a non-empty string.');
      }
      if (renamed !== name && api.state.findNamespace(renamed) !== undefined) {
        throw new ApiError(409, 100120, `A dispatch namespace named '${renamed}' already exists.`);
      }
      const scripts = api.scripts.list(name);
      api.state.renameNamespace(name, renamed);
      // Their processes were started under the old name.
      for (const script of scripts) await api.runtime.userWorkerReplaced(script);
      return ok(c, toBody(requireNamespace(api, renamed)));
    })
    .delete(`${PATH}/:namespace`, async (c) => {
      const { name } = namespaceOf(api, c);
      for (const script of api.scripts.deleteNamespace(name)) {
        await api.runtime.userWorkerDeleted(script);
      }
      return ok(c, null);
    });
}

/** The namespace that the path names; 404 with Cloudflare's code when there is none. */
export function namespaceOf(api: ApiContext, c: Context): DispatchNamespace {
  return requireNamespace(api, c.req.param('namespace') ?? '');
}

export function requireNamespace(api: ApiContext, name: string): DispatchNamespace {
  const namespace = api.state.findNamespace(name);
  if (namespace === undefined) {
    const message = 'The specified dispatch namespace does not exist on this account.';
    throw new ApiError(404, 100119, message);
  }
  return namespace;
}

function toBody(namespace: DispatchNamespace): Record<string, unknown> {
  return {
    namespace_id: namespace.id,
    namespace_name: namespace.name,
    created_on: namespace.createdOn,
    created_by: null,
    modified_on: namespace.modifiedOn,
    modified_by: null,
    script_count: namespace.scriptCount,
    trusted_workers: false,
  };
}
