// Many KV values in one request. Everything is checked before the first one is written.
import { type Context, Hono } from 'hono';
import type { Resource } from '../state/state-store.ts';
import type { ApiContext, KvValue, KvWrite } from './api-context.ts';
import { ApiError, ok, readList, readObject, stringField } from './envelope.ts';
import { lifetime } from './kv-lifetime.ts';

const MOST_WRITTEN = 10_000;
const MOST_READ = 100;

export function kvBulkRoutes(api: ApiContext, base: string, find: (c: Context) => Resource): Hono {
  const { resources } = api.runtime;
  const remove = async (c: Context): Promise<Response> => {
    const keys = keyList(await readList(c), MOST_WRITTEN);
    const { id } = find(c);
    for (const key of keys) await resources.deleteKv(id, key);
    return ok(c, { successful_key_count: keys.length, unsuccessful_keys: [] });
  };
  return new Hono()
    .put(`${base}/:id/bulk`, async (c) => {
      const pairs = (await readList(c)).map(toPair);
      atMost(pairs, MOST_WRITTEN);
      const { id } = find(c);
      for (const { key, write } of pairs) await resources.putKv(id, key, write);
      return ok(c, { successful_key_count: pairs.length, unsuccessful_keys: [] });
    })
    .delete(`${base}/:id/bulk`, remove)
    .post(`${base}/:id/bulk/delete`, remove)
    .post(`${base}/:id/bulk/get`, async (c) => {
      const { keys, type = 'text', withMetadata = false } = await readObject(c);
      const { id } = find(c);
      const names = keyList(Array.isArray(keys) ? keys : [], MOST_READ);
      const values: Record<string, unknown> = {};
      for (const name of names) {
        const stored = await resources.getKv(id, name);
        values[name] = stored === undefined ? null : shown(stored, type, withMetadata === true);
      }
      return ok(c, { values });
    });
}

function shown({ value, metadata }: KvValue, type: unknown, withMetadata: boolean): unknown {
  const text = new TextDecoder().decode(value);
  const parsed: unknown = type === 'json' ? parseStored(text) : text;
  return withMetadata ? { value: parsed, metadata } : parsed;
}

function parseStored(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new ApiError(400, 10001, 'A stored value is not JSON: ask for the type "text".');
  }
}

function toPair(entry: unknown): { readonly key: string; readonly write: KvWrite } {
  const fields: Record<string, unknown> = typeof entry === 'object' ? { ...entry } : {};
  const { value, base64, metadata, expiration, expiration_ttl } = fields;
  const key = stringField(fields, 'key');
  if (typeof value !== 'string') {
    throw new ApiError(400, 10001, `The value of ${JSON.stringify(key)} must be a string.`);
  }
  const bytes = new Uint8Array(Buffer.from(value, base64 === true ? 'base64' : 'utf8'));
  const kept = metadata === undefined ? {} : { metadata };
  return { key, write: { value: bytes, ...kept, ...lifetime({ expiration, expiration_ttl }) } };
}

/** Keys as texts, or as objects that have a `name`. */
function keyList(entries: readonly unknown[], most: number): string[] {
  const keys = entries.map((entry) => {
    const name: unknown =
      typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'name') : entry;
    if (typeof name === 'string' && name !== '') return name;
    throw new ApiError(400, 10001, 'Every key must be a non-empty string.');
  });
  atMost(keys, most);
  return keys;
}

function atMost(entries: readonly unknown[], most: number): void {
  if (entries.length > most) {
    throw new ApiError(400, 10001, `At most ${most} keys can be sent at once.`);
  }
}
