// KV namespaces and their values, one by one and many at once: the catalogue here, the data in the
// runtime.
import { type Context, Hono } from 'hono';
import type { Resource } from '../state/state-store.ts';
import type { ApiContext, KvWrite } from './api-context.ts';
import {
  ApiError,
  ok,
  okCursorList,
  okList,
  readForm,
  readObject,
  stringField,
} from './envelope.ts';
import { kvBulkRoutes } from './kv-bulk-routes.ts';
import { lifetime } from './kv-lifetime.ts';
import { checkFree, createNamed, finder, removeNamed } from './named-resources.ts';

const KV = '/accounts/:account/storage/kv/namespaces';
const VALUE = `${KV}/:id/values/:key`;

export function kvRoutes(api: ApiContext): Hono {
  const find = finder(api, 'kv', 10013, 'namespace not found');
  return new Hono()
    .get(KV, (c) => okList(c, api.state.listResources('kv').map(body)))
    .post(KV, async (c) =>
      ok(c, body(createNamed(api, 'kv', stringField(await readObject(c), 'title')))),
    )
    .get(`${KV}/:id`, (c) => ok(c, body(find(c))))
    .put(`${KV}/:id`, async (c) => {
      const title = stringField(await readObject(c), 'title');
      const { id, name, ...rest } = find(c);
      if (title !== name) checkFree(api, 'kv', title);
      api.state.renameResource('kv', id, title);
      return ok(c, body({ ...rest, id, name: title }));
    })
    .delete(`${KV}/:id`, (c) => removeNamed(api, c, 'kv', find(c)))
    .route('/', valueRoutes(api, find))
    .route('/', kvBulkRoutes(api, KV, find));
}

const body = ({ id, name }: Resource): Record<string, unknown> => ({
  id,
  title: name,
  supports_url_encoding: true,
});

function valueRoutes(api: ApiContext, find: (c: Context) => Resource): Hono {
  const { resources } = api.runtime;
  const notFound = (): ApiError => new ApiError(404, 10009, "get: 'key not found'");
  return new Hono()
    .get(`${KV}/:id/keys`, async (c) => {
      const { prefix, limit, cursor } = c.req.query();
      const page = await resources.listKv(find(c).id, {
        ...(prefix && { prefix }),
        ...(limit && { limit: Number(limit) }),
        ...(cursor && { cursor }),
      });
      return okCursorList(c, page.keys, page.cursor);
    })
    .get(`${KV}/:id/metadata/:key`, async (c) => {
      const stored = await resources.getKv(find(c).id, c.req.param('key'));
      if (stored === undefined) throw notFound();
      return ok(c, stored.metadata);
    })
    .get(VALUE, async (c) => {
      const stored = await resources.getKv(find(c).id, c.req.param('key'));
      if (stored === undefined) throw notFound();
      return c.body(Uint8Array.from(stored.value));
    })
    .put(VALUE, async (c) => {
      const write = { ...(await kvValue(c)), ...lifetime(c.req.query()) };
      await resources.putKv(find(c).id, c.req.param('key'), write);
      return ok(c, {});
    })
    .delete(VALUE, async (c) => {
      await resources.deleteKv(find(c).id, c.req.param('key'));
      return ok(c, {});
    });
}

/** With metadata a value comes as a multipart form, from the SDK always; else it is the body. */
async function kvValue(c: Context): Promise<KvWrite> {
  if (!(c.req.header('content-type') ?? '').startsWith('multipart/form-data')) {
    return { value: new Uint8Array(await c.req.arrayBuffer()) };
  }
  const form = await readForm(c);
  const value = form.get('value');
  if (value === null) throw new ApiError(400, 10012, 'The form has no "value" part.');
  const bytes = new Uint8Array(await new Blob([value]).arrayBuffer());
  const metadata = form.get('metadata');
  if (metadata === null) return { value: bytes };
  try {
    const text = typeof metadata === 'string' ? metadata : await metadata.text();
    return { value: bytes, metadata: JSON.parse(text) };
  } catch {
    throw new ApiError(400, 10001, 'The "metadata" part is not valid JSON.');
  }
}
