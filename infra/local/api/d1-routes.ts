// D1 databases: their catalogue here, their data in the runtime.
import { type Context, Hono } from 'hono';
import type { Resource } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { d1FileRoutes } from './d1-file-routes.ts';
import { ApiError, ok, okList, readObject, stringField } from './envelope.ts';
import { createNamed, finder, removeNamed } from './named-resources.ts';

const D1 = '/accounts/:account/d1/database';

export function d1Routes(api: ApiContext): Hono {
  const find = finder(api, 'd1', 7404, 'The database could not be found');
  return new Hono()
    .get(D1, (c) => {
      const name = c.req.query('name');
      const all = api.state.listResources('d1');
      return okList(c, (name === undefined ? all : all.filter((db) => db.name === name)).map(body));
    })
    .post(D1, async (c) =>
      ok(c, body(createNamed(api, 'd1', stringField(await readObject(c), 'name')))),
    )
    .get(`${D1}/:id`, (c) => ok(c, body(find(c))))
    .put(`${D1}/:id`, async (c) => ok(c, body(withoutReplicas(await readObject(c), find(c)))))
    .patch(`${D1}/:id`, async (c) => ok(c, body(withoutReplicas(await readObject(c), find(c)))))
    .delete(`${D1}/:id`, (c) => removeNamed(api, c, 'd1', find(c)))
    .post(`${D1}/:id/query`, (c) => query(api, c, find(c)))
    .post(`${D1}/:id/raw`, (c) => raw(api, c, find(c)))
    .route('/', d1FileRoutes(api, D1, find));
}

const body = ({ id, name, createdOn }: Resource): Record<string, unknown> => ({
  uuid: id,
  name,
  created_at: createdOn,
  version: 'production',
  read_replication: { mode: 'disabled' },
});

interface Query {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** One query, or several as `batch`. */
async function readQueries(c: Context): Promise<Query[]> {
  const request = await readObject(c);
  const all: unknown[] = Array.isArray(request.batch) ? request.batch : [request];
  return all.map((one) => {
    const fields: Record<string, unknown> = typeof one === 'object' ? { ...one } : {};
    const params = Array.isArray(fields.params) ? fields.params : [];
    return { sql: stringField(fields, 'sql'), params };
  });
}

async function query(api: ApiContext, c: Context, { id }: Resource): Promise<Response> {
  const results: unknown[] = [];
  for (const { sql, params } of await readQueries(c)) {
    results.push(...(await api.runtime.resources.queryD1(id, sql, params).catch(refuseSql)));
  }
  return ok(c, results);
}

async function raw(api: ApiContext, c: Context, { id }: Resource): Promise<Response> {
  const answers: unknown[] = [];
  for (const { sql, params } of await readQueries(c)) {
    const results = await api.runtime.resources.rawD1(id, sql, params).catch(refuseSql);
    answers.push({ success: true, meta: {}, results });
  }
  return ok(c, answers);
}

function withoutReplicas(
  { read_replication: replication }: Record<string, unknown>,
  database: Resource,
): Resource {
  const mode: unknown =
    typeof replication === 'object' && replication !== null
      ? Reflect.get(replication, 'mode')
      : 'disabled';
  if (mode !== 'disabled') {
    const message = 'A D1 database has no read replicas here: read_replication.mode is "disabled".';
    throw new ApiError(400, 10001, message);
  }
  return database;
}

/** What SQLite itself refuses is the caller's error; D1 marks it so. */
function refuseSql(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  const [, words] = /^D1_ERROR: (.*)$/s.exec(message) ?? [];
  throw words === undefined ? error : new ApiError(400, 7500, words);
}
