// Files that a client sends or fetches at an address which is its own permission, as wrangler does
// with D1's imports and exports. Each is for one use, kept in memory, and gone after an hour.
import { createHash, randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { ApiError } from './envelope.ts';

export const PRESIGNED = '/presigned';
const ADDRESS = /^\/client\/v4\/presigned\/[0-9a-f]{64}$/;
const KEPT_MS = 3_600_000;
const LARGEST_BYTES = 100 * 1024 * 1024;

interface Offer {
  readonly content: Uint8Array | undefined;
  readonly until: number;
}

export class PresignedFiles {
  readonly #offers = new Map<string, Offer>();

  /** Where a file can be fetched once, or with `content` `undefined` be put once. */
  offer(content?: Uint8Array): string {
    const now = Date.now();
    for (const [name, { until }] of this.#offers) if (until < now) this.#offers.delete(name);
    const name = randomBytes(32).toString('hex');
    this.#offers.set(name, { content, until: now + KEPT_MS });
    return name;
  }

  /** What was put under `name`, once. */
  take(name: string): Uint8Array | undefined {
    const content = this.#offers.get(name)?.content;
    this.#offers.delete(name);
    return content;
  }

  routes(): Hono {
    return new Hono()
      .get(`${PRESIGNED}/:file`, (c) => {
        const content = this.take(c.req.param('file'));
        if (content === undefined) throw refused();
        return c.body(Uint8Array.from(content));
      })
      .put(`${PRESIGNED}/:file`, (c) => this.#put(c, c.req.param('file')));
  }

  async #put(c: Context, name: string): Promise<Response> {
    const offer = this.#offers.get(name);
    if (offer === undefined || offer.content !== undefined) throw refused();
    const content = new Uint8Array(await c.req.arrayBuffer());
    if (content.byteLength > LARGEST_BYTES) {
      throw new ApiError(413, 10001, 'A file may have 100 MB: split it.');
    }
    this.#offers.set(name, { ...offer, content });
    return c.body(null, 200, { etag: `"${etagOfFile(content)}"` });
  }
}

/** Whether the address itself is the permission. */
export const isPresigned = (method: string, path: string): boolean =>
  (method === 'GET' || method === 'PUT') && ADDRESS.test(path);

/** As object storage has it: MD5. */
export const etagOfFile = (content: Uint8Array): string =>
  createHash('md5').update(content).digest('hex');

const refused = (): ApiError => new ApiError(401, 10000, 'Authentication error');
