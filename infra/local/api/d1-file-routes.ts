// D1 databases as SQL files: `wrangler d1 execute --file` imports one, `wrangler d1 export` gets one.
// An import that fails leaves the database as it was.
import { type Context, Hono } from 'hono';
import type { Resource } from '../state/state-store.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, ok, readObject, stringField } from './envelope.ts';
import { etagOfFile, PRESIGNED, PresignedFiles } from './presigned-files.ts';

export function d1FileRoutes(api: ApiContext, base: string, find: (c: Context) => Resource): Hono {
  const files = new PresignedFiles();
  const addressOf = (c: Context, file: string): string =>
    `${new URL(c.req.url).origin}/client/v4${PRESIGNED}/${file}`;
  return new Hono()
    .route('/', files.routes())
    .post(`${base}/:id/import`, async (c) => {
      const request = await readObject(c);
      const { id } = find(c);
      if (request.action === 'init') {
        const filename = files.offer();
        const answer = { filename, upload_url: addressOf(c, filename) };
        return ok(c, { success: true, type: 'import', messages: [], ...answer });
      }
      if (request.action !== 'ingest') {
        throw new ApiError(400, 10001, 'The field "action" must be "init" or "ingest".');
      }
      const content = files.take(stringField(request, 'filename'));
      if (content === undefined || etagOfFile(content) !== request.etag) {
        throw new ApiError(400, 10001, 'The file was not uploaded, or not whole: start again.');
      }
      return ok(c, await ingest(api, id, new TextDecoder().decode(content)));
    })
    .post(`${base}/:id/export`, async (c) => {
      const { dump_options: options } = await readObject(c);
      const { id, name } = find(c);
      const text = await api.runtime.resources.dumpD1(id, dumpOptions(options));
      const signed_url = addressOf(c, files.offer(new TextEncoder().encode(text)));
      const result = { filename: `${name}.sql`, signed_url };
      return ok(c, { success: true, type: 'export', status: 'complete', messages: [], result });
    });
}

async function ingest(api: ApiContext, id: string, sql: string): Promise<Record<string, unknown>> {
  let results: unknown[];
  try {
    results = await api.runtime.resources.queryD1(id, sql, []);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { success: false, type: 'import', status: 'error', messages: [], error: words };
  }
  const metas = results.map((one) => fieldsOf(fieldsOf(one).meta));
  const sum = (name: string): number =>
    metas.reduce((total, meta) => total + Number(meta[name] ?? 0), 0);
  const meta = {
    duration: sum('duration'),
    rows_read: sum('rows_read'),
    rows_written: sum('rows_written'),
    changes: sum('changes'),
    size_after: Number(metas.at(-1)?.size_after ?? 0),
  };
  const result = { num_queries: results.length, final_bookmark: 'none', meta };
  return { success: true, type: 'import', status: 'complete', messages: [], result };
}

function dumpOptions(options: unknown): { schema: boolean; data: boolean; tables: string[] } {
  const { no_schema: noSchema, no_data: noData, tables } = fieldsOf(options);
  return {
    schema: noSchema !== true,
    data: noData !== true,
    tables: Array.isArray(tables) ? tables.map(String) : [],
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
