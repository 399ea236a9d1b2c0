// Live events as their readers get them: real streams out of the real feed, each with a reader of
// its own. That a page moves is for a browser to say, in test/e2e.
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { LIBRARY_STYLE, SCRIPT } from '../../platform/dist/islands.js';
import type { AppEnv } from '../../platform/src/http/app-env.ts';
import { tenantEvents } from '../../platform/src/live/event-routes.ts';
import { publishLive } from '../../platform/src/live/publish-live.ts';
import { getPage, signIn } from './dashboard-world.ts';
import { activeTenant, call, freshId, problemOf } from './world.ts';

const MAX_SCRIPT_BYTES = 60_000;

interface Received {
  readonly id: string;
  readonly type: string;
  readonly tenants: readonly string[];
}

const readers: Reader[] = [];

/** Reads an answer as a browser's EventSource would. */
class Reader {
  readonly #source: ReadableStreamDefaultReader<string>;
  #text = '';

  constructor(response: Response) {
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const stream = response.body ?? new ReadableStream();
    this.#source = stream.pipeThrough(new TextDecoderStream()).getReader();
    readers.push(this);
  }

  /** The next block of the stream, without the empty line that ends it. */
  async block(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { value, done } = await this.#source.read();
      if (done) return '';
      this.#text += value;
    }
  }

  /** The next event, whatever comments stand before it. */
  async event(): Promise<Received> {
    for (;;) {
      const lines = new Map(
        (await this.block()).split('\n').map((line): [string, string] => {
          const [field = '', ...rest] = line.split(': ');
          return [field, rest.join(': ')];
        }),
      );
      const data = lines.get('data');
      if (data === undefined) continue;
      const { tenants = [] } = JSON.parse(data) as { tenants?: string[] };
      return { id: lines.get('id') ?? '', type: lines.get('event') ?? '', tenants };
    }
  }

  async close(): Promise<void> {
    await this.#source.cancel();
  }
}

afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
});

const feed = () => env.LIVE_FEED.get(env.LIVE_FEED.idFromName('live'));

async function operatorReader(query = ''): Promise<Reader> {
  return new Reader(await call('GET', `/v1/events${query}`));
}

/** As the portal mounts it, once it knows whose visitor asks. */
async function portalReader(tenant: string): Promise<Reader> {
  const portal = new Hono<AppEnv>().get('/portal/events', (c) => tenantEvents(c, tenant));
  return new Reader(await portal.request('/portal/events?tenant=somebody-else', {}, env));
}

describe('the script of the pages', () => {
  it(`is smaller than ${MAX_SCRIPT_BYTES} bytes, compressed`, async () => {
    const packed = new Blob([SCRIPT]).stream().pipeThrough(new CompressionStream('gzip'));
    const size = (await new Response(packed).arrayBuffer()).byteLength;
    console.info(`islands.js: ${size} bytes gzipped, ${SCRIPT.length} as it is`);
    expect(size).toBeLessThan(MAX_SCRIPT_BYTES);
    expect(LIBRARY_STYLE).toContain('.uplot');
  });

  it('is kept for good under the address of its version, and replaced by the next one', async () => {
    const html = await (await getPage('/dashboard', await signIn())).text();
    const addresses = html.match(/\/dashboard\/(?:islands\.js|style\.css)\?v=[0-9a-f]+/gu) ?? [];
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      const kept = await getPage(address);
      expect(kept.status).toBe(200);
      expect(kept.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      const other = await getPage(address.replace(/=.*/u, '=00000000'));
      expect(other.headers.get('cache-control')).toBe('public, max-age=300');
    }
  });
});

describe('an event stream', () => {
  it('tells every reader what changed and for whom, in order', async () => {
    const [first, second] = [await operatorReader(), await operatorReader()];
    const [a, b] = [freshId(), freshId()];
    await publishLive(env, { type: 'stats', tenants: [a, b] });
    await publishLive(env, { type: 'alert', tenants: [b] });
    for (const reader of [first, second]) {
      expect(await reader.block()).toMatch(/^retry: 2000\nid: [0-9]+$/u);
      const [one, two] = [await reader.event(), await reader.event()];
      expect(one).toMatchObject({ type: 'stats', tenants: [a, b] });
      expect(two).toMatchObject({ type: 'alert', tenants: [b] });
      expect(Number(two.id)).toBeGreaterThan(Number(one.id));
    }
  });

  it('about one tenant leaves out what is about others alone', async () => {
    const id = freshId();
    const reader = await operatorReader(`?tenant=${id}`);
    await publishLive(env, { type: 'stats', tenants: ['acme'] });
    await publishLive(env, { type: 'alert', tenants: [] });
    await publishLive(env, { type: 'tenant', tenants: ['acme', id] });
    expect(await reader.event()).toMatchObject({ type: 'tenant', tenants: [id] });
  });

  it('of a portal never names another tenant, whatever its address asks for', async () => {
    const id = freshId();
    const reader = await portalReader(id);
    await publishLive(env, { type: 'stats', tenants: ['somebody-else'] });
    await publishLive(env, { type: 'stats', tenants: ['somebody-else', id, 'acme'] });
    expect(await reader.event()).toMatchObject({ type: 'stats', tenants: [id] });
  });

  it('goes on where it broke, and loses nothing of what was said in between', async () => {
    const id = freshId();
    const before = await operatorReader(`?tenant=${id}`);
    await publishLive(env, { type: 'stats', tenants: [id] });
    const known = await before.event();
    await before.close();
    await publishLive(env, { type: 'tenant', tenants: [id] });
    const headers = { 'last-event-id': known.id };
    const after = new Reader(await call('GET', `/v1/events?tenant=${id}&since=1`, { headers }));
    expect(await after.event()).toMatchObject({ type: 'tenant', tenants: [id] });
  });

  it('says so when what it should go on from is no longer known', async () => {
    const reader = await operatorReader('?since=1');
    expect(await reader.event()).toMatchObject({ type: 'resync', tenants: [] });
  });

  it('hears of a tenant as soon as its status is projected', async () => {
    const id = freshId();
    const reader = await operatorReader(`?tenant=${id}`);
    await activeTenant(id);
    expect(await reader.event()).toMatchObject({ type: 'tenant', tenants: [id] });
  });

  it('that nobody reads any more is let go', async () => {
    const open = await feed().streams();
    const reader = await operatorReader();
    expect(await feed().streams()).toBe(open + 1);
    await reader.close();
    await expect.poll(() => feed().streams(), { timeout: 10_000 }).toBe(open);
  });

  it('is refused to whoever has fifty of them open', async () => {
    const id = freshId();
    const open = Array.from({ length: 50 }, () => portalReader(id));
    await Promise.all(open);
    const app = new Hono<AppEnv>().get('/portal/events', (c) => tenantEvents(c, id));
    app.onError((error) => new Response(error.message, { status: 429 }));
    expect((await app.request('/portal/events', {}, env)).status).toBe(429);
    expect((await getPage('/dashboard/events', await signIn())).status).toBe(200);
  });
});

describe('who may read events', () => {
  it('needs the operator token, or the session of the dashboard', async () => {
    const refused = await call('GET', '/v1/events', { token: null });
    expect(await problemOf(refused)).toMatchObject({ status: 401, code: 'token_missing' });
    expect((await getPage('/dashboard/events')).status).toBe(401);
    const reader = new Reader(await getPage('/dashboard/events', await signIn()));
    const id = freshId();
    await publishLive(env, { type: 'stats', tenants: [id] });
    expect((await reader.event()).tenants).toContain(id);
  });

  it.each(['?tenant=A', '?since=yesterday', '?page=2'])('is asked properly: %s', async (query) => {
    const refused = await call('GET', `/v1/events${query}`);
    expect(await problemOf(refused)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});
