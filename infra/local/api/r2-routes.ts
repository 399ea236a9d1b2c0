// R2 buckets and their objects: the catalogue here, the data in the runtime.
import { type Context, Hono } from 'hono';
import type { Resource } from '../state/state-store.ts';
import type { ApiContext, ListedObject } from './api-context.ts';
import { ApiError, ok, readObject, stringField } from './envelope.ts';
import { createNamed, finder, removeNamed } from './named-resources.ts';

const R2 = '/accounts/:account/r2/buckets';
const OBJECTS = `${R2}/:id/objects`;
const OBJECT = `${OBJECTS}/:key{.+}`;

export function r2Routes(api: ApiContext): Hono {
  const find = finder(api, 'r2', 10006, 'The specified bucket does not exist.');
  return new Hono()
    .get(R2, (c) => ok(c, { buckets: api.state.listResources('r2').map(body) }))
    .post(R2, async (c) =>
      ok(c, body(createNamed(api, 'r2', stringField(await readObject(c), 'name')))),
    )
    .get(`${R2}/:id`, (c) => ok(c, body(find(c))))
    .delete(`${R2}/:id`, async (c) => {
      const bucket = find(c);
      const { objects } = await api.runtime.resources.listObjects(bucket.name, { limit: 1 });
      if (objects.length > 0) {
        throw new ApiError(409, 10008, 'The bucket you tried to delete is not empty.');
      }
      return removeNamed(api, c, 'r2', bucket);
    })
    .route('/', objectRoutes(api, find));
}

const body = ({ name, createdOn }: Resource): Record<string, unknown> => ({
  name,
  creation_date: createdOn,
  location: 'local',
  storage_class: 'Standard',
});

function objectRoutes(api: ApiContext, find: (c: Context) => Resource): Hono {
  const { resources } = api.runtime;
  return new Hono()
    .get(OBJECTS, (c) => listObjects(api, c, find(c)))
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

async function listObjects(api: ApiContext, c: Context, { name }: Resource): Promise<Response> {
  const { prefix, cursor, delimiter, per_page: perPage } = c.req.query();
  const limit = Number(perPage ?? 1000);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new ApiError(400, 10001, 'per_page must be a whole number from 1 to 1000.');
  }
  const page = await api.runtime.resources.listObjects(name, {
    limit,
    ...(prefix && { prefix }),
    ...(cursor && { cursor }),
    ...(delimiter && { delimiter }),
  });
  const result_info = {
    cursor: page.cursor,
    is_truncated: page.cursor !== '',
    per_page: limit,
    ...(delimiter && { delimited: page.prefixes }),
  };
  const result = page.objects.map(objectBody);
  return c.json({ success: true, errors: [], messages: [], result, result_info });
}

const objectBody = ({ key, etag, size, uploaded, contentType }: ListedObject): object => ({
  key,
  etag,
  size,
  last_modified: uploaded.toISOString(),
  http_metadata: { contentType },
  custom_metadata: {},
  storage_class: 'Standard',
});
