// Cloudflare's v4 answer envelope and the error that becomes one.
import type { Context } from 'hono';

/** A refusal in Cloudflare's own terms: HTTP status, numeric code, message. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 500;
  readonly code: number;

  constructor(status: ApiError['status'], code: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

export function ok(c: Context, result: unknown, status: 200 | 201 = 200): Response {
  return c.json({ success: true, errors: [], messages: [], result }, status);
}

/**
 * One page of a list, with the paging fields that the official clients follow to the end. Who asks
 * for no page size gets everything: the SDK reads most of these lists as a single page.
 */
export function okList(c: Context, all: readonly unknown[]): Response {
  const page = positive(c.req.query('page'), 1);
  const perPage = positive(c.req.query('per_page'), Math.max(1, all.length));
  const result = all.slice((page - 1) * perPage, page * perPage);
  const info = {
    page,
    per_page: perPage,
    count: result.length,
    total_count: all.length,
    total_pages: Math.ceil(all.length / perPage),
  };
  return c.json({ success: true, errors: [], messages: [], result, result_info: info });
}

/** One page of a list that clients follow by cursor; `cursor` `''`: the last. */
export function okCursorList(c: Context, result: readonly unknown[], cursor: string): Response {
  const info = { count: result.length, cursor };
  return c.json({ success: true, errors: [], messages: [], result, result_info: info });
}

function positive(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

export function fail(c: Context, error: ApiError): Response {
  const errors = [{ code: error.code, message: error.message }];
  return c.json({ success: false, errors, messages: [], result: null }, error.status);
}

/** The body as JSON, whatever content type it came with: several clients send `text/plain`. */
export async function readJson(c: Context): Promise<unknown> {
  try {
    const value: unknown = JSON.parse(await c.req.text());
    return value;
  } catch {
    throw new ApiError(400, 10001, 'The request body is not valid JSON.');
  }
}

export async function readObject(c: Context): Promise<Record<string, unknown>> {
  const value = await readJson(c);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, 10001, 'The request body must be a JSON object.');
  }
  return { ...value };
}

export async function readList(c: Context): Promise<unknown[]> {
  const value = await readJson(c);
  if (!Array.isArray(value)) throw new ApiError(400, 10001, 'The request body must be a list.');
  const list: unknown[] = value;
  return list;
}

/** A multipart form; another body, or a broken one, is refused. */
export async function readForm(c: Context): Promise<FormData> {
  try {
    return await c.req.raw.formData();
  } catch {
    throw new ApiError(400, 10001, 'The multipart body could not be read.');
  }
}

/** A required string field of a body. */
export function stringField(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') {
    throw new ApiError(400, 10001, `The field "${name}" must be a non-empty string.`);
  }
  return value;
}
