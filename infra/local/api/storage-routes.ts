// D1 databases, KV namespaces and R2 buckets: their catalogue here, their data in the runtime.
import { type Context, Hono } from 'hono';
import type { Resource, ResourceKind } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, okCursorList, okList, readObject, stringField } from './envelope.ts';

const D1 = '/accounts/:account/d1/database';
const KV = '/accounts/:account/storage/kv/namespaces';
const R2 = '/accounts/:account/r2/buckets';

export function storageRoutes(api: ApiContext): Hono {
  return new Hono().route('/', d1Routes(api)).route('/', kvRoutes(api)).route('/', r2Routes(api));
}

function d1Routes(api: ApiContext): Hono {
  const body = ({ id, name, createdOn }: Resource): Record<string, unknown> => ({
    uuid: id,
    name,
    created_at: createdOn,
    version: 'production',
  });
  const find = finder(api, 'd1', 7404, 'The database does not exist.');
  const query = async (c: Context): Promise<Response> => {
    const request = await readObject(c);
    const params = Array.isArray(request.params) ? request.params : [];
    const { id } = find(c);
    const sql = stringField(request, 'sql');
    return ok(c, await api.runtime.resources.queryD1(id, sql, params).catch(refuseSql));
  };
  return new Hono()
    .get(D1, (c) => {
      const name = c.req.query('name');
      const all = api.state.listResources('d1');
      return okList(c, (name === undefined ? all : all.filter((db) => db.name === name)).map(body));
    })
    .post(D1, async (c) => ok(c, body(create(api, 'd1', stringField(await readObject(c), 'name')))))
    .get(`${D1}/:id`, (c) => ok(c, body(find(c))))
    .delete(`${D1}/:id`, (c) => remove(api, c, 'd1', find(c)))
    .post(`${D1}/:id/query`, query);
}

function kvRoutes(api: ApiContext): Hono {
  const body = ({ id, name }: Resource): Record<string, unknown> => ({
    id,
    title: name,
    supports_url_encoding: true,
  });
  const find = finder(api, 'kv', 10013, 'The namespace does not exist.');
  const VALUE = `${KV}/:id/values/:key`;
  const { resources } = api.runtime;
  return new Hono()
    .get(KV, (c) => okList(c, api.state.listResources('kv').map(body)))
    .post(KV, async (c) =>
      ok(c, body(create(api, 'kv', stringField(await readObject(c), 'title')))),
    )
    .get(`${KV}/:id`, (c) => ok(c, body(find(c))))
    .delete(`${KV}/:id`, (c) => remove(api, c, 'kv', find(c)))
    .get(`${KV}/:id/keys`, async (c) => {
      const { prefix, limit, cursor } = c.req.query();
      const page = await resources.listKv(find(c).id, {
        ...(prefix && { prefix }),
        ...(limit && { limit: Number(limit) }),
        ...(cursor && { cursor }),
      });
      const keys = page.names.map((name) => ({ name }));
      return okCursorList(c, keys, page.cursor);
    })
    .get(VALUE, async (c) => {
      const value = await resources.getKv(find(c).id, c.req.param('key'));
      if (value === null) throw new ApiError(404, 10009, 'The key was not found.');
      return c.body(value);
    })
    .put(VALUE, async (c) => {
      const ttl = c.req.query('expiration_ttl');
      const value = await kvValue(c);
      await resources.putKv(
        find(c).id,
        c.req.param('key'),
        value,
        ttl === undefined ? undefined : Number(ttl),
      );
      return ok(c, {});
    })
    .delete(VALUE, async (c) => {
      await resources.deleteKv(find(c).id, c.req.param('key'));
      return ok(c, {});
    });
}

/** The SDK sends a value as a multipart form with a `value` part, other clients as the body. */
async function kvValue(c: Context): Promise<string> {
  if (!(c.req.header('content-type') ?? '').startsWith('multipart/form-data')) return c.req.text();
  const value = (await c.req.raw.formData()).get('value');
  if (value === null) throw new ApiError(400, 10012, 'The form has no "value" part.');
  return typeof value === 'string' ? value : value.text();
}

function r2Routes(api: ApiContext): Hono {
  const body = ({ name, createdOn }: Resource): Record<string, unknown> => ({
    name,
    creation_date: createdOn,
    location: 'local',
    storage_class: 'Standard',
  });
  const find = finder(api, 'r2', 10006, 'The specified bucket does not exist.');
  const OBJECT = `${R2}/:id/objects/:key{.+}`;
  const { resources } = api.runtime;
  return new Hono()
    .get(R2, (c) => ok(c, { buckets: api.state.listResources('r2').map(body) }))
    .post(R2, async (c) => ok(c, body(create(api, 'r2', stringField(await readObject(c), 'name')))))
    .get(`${R2}/:id`, (c) => ok(c, body(find(c))))
    .delete(`${R2}/:id`, (c) => remove(api, c, 'r2', find(c)))
    .put(OBJECT, async (c) => {
      const content = new Uint8Array(await c.req.arrayBuffer());
      const type = c.req.header('content-type') ?? 'application/octet-stream';
      const etag = await resources.putObject(find(c).name, c.req.param('key'), content, type);
      return ok(c, { key: c.req.param('key'), etag, size: String(content.byteLength) });
    })
    .get(OBJECT, async (c) => {
      const object = await resources.getObject(find(c).name, c.req.param('key'));
      if (object === undefined) throw new ApiError(404, 10007, 'The specified key does not exist.');
      const headers = new Headers({ etag: object.etag });
      if (object.contentType !== undefined) headers.set('content-type', object.contentType);
      return new Response(Uint8Array.from(object.body), { headers });
    })
    .delete(OBJECT, async (c) => {
      await resources.deleteObject(find(c).name, c.req.param('key'));
      return ok(c, { key: c.req.param('key') });
    });
}

/** What SQLite itself refuses is the caller's error; D1 marks it so. */
function refuseSql(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  const [, words] = /^D1_ERROR: (.*)$/s.exec(message) ?? [];
  throw words === undefined ? error : new ApiError(400, 7500, words);
}

function create(api: ApiContext, kind: ResourceKind, name: string): Resource {
  if (api.state.findResource(kind, name) !== undefined) {
    const code = { d1: 7502, kv: 10014, r2: 10004, queue: 11009, workflow: 10200 }[kind];
    throw new ApiError(400, code, `The name '${name}' is already taken.`);
  }
  const resource = api.state.createResource(kind, name, {});
  api.runtime.accountChanged();
  return resource;
}

function remove(api: ApiContext, c: Context, kind: ResourceKind, resource: Resource): Response {
  api.state.deleteResource(kind, resource.id);
  api.runtime.accountChanged();
  return ok(c, null);
}

function finder(
  api: ApiContext,
  kind: ResourceKind,
  code: number,
  message: string,
): (c: Context) => Resource {
  return (c) => {
    const resource = api.state.findResource(kind, c.req.param('id') ?? '');
    if (resource === undefined) throw new ApiError(404, code, message);
    return resource;
  };
}
