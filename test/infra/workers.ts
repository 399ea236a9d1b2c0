// Source texts of the Workers that the tests upload: somebody else's Workers for Platforms project,
// which knows nothing of this platform.
import type { Upload } from './test-cloud.ts';

/** Dispatches to the script named by `x-script`; a failure tells where it showed. */
const DISPATCHER = `
export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const name = request.headers.get('x-script') ?? searchParams.get('script');
    const options = JSON.parse(request.headers.get('x-options') ?? '{}');
    let worker;
    try {
      worker = env.DISPATCHER.get(name, {}, options);
    } catch (error) {
      return Response.json({ at: 'get', message: error.message }, { status: 530 });
    }
    try {
      return await worker.fetch(request);
    } catch (error) {
      return Response.json({ at: 'fetch', message: error.message }, { status: 530 });
    }
  },
};`;

/** Says what it got; counts in a Durable Object; fails, loops and streams when told. */
const ECHO = `
import { DurableObject } from 'cloudflare:workers';

export class Counter extends DurableObject {
  async add(amount) {
    const value = ((await this.ctx.storage.get('value')) ?? 0) + amount;
    await this.ctx.storage.put('value', value);
    return value;
  }
  loop() {
    for (;;) {}
  }
  async fetchFrom(url) {
    return fetchedFrom(url);
  }
}

// The clock stands still while a Worker computes, so work is measured in rounds: some 1 ms each.
function busyFor(ms) {
  let sum = 0;
  for (let round = 0; round < ms * 400_000; round += 1) sum += round % 7;
  return sum;
}

async function fetchedFrom(url) {
  try {
    const response = await fetch(url, { headers: { 'x-from': 'tenant' } });
    return { status: response.status, body: await response.text() };
  } catch (error) {
    return { error: error.message };
  }
}

const routes = {
  '/add': async ({ counter, query }) => Response.json(await counter.add(Number(query.get('n') ?? 1))),
  '/fetch': async ({ query }) => Response.json(await fetchedFrom(query.get('url'))),
  '/object-fetch': async ({ counter, query }) => Response.json(await counter.fetchFrom(query.get('url'))),
  '/throw': () => {
    throw new RangeError('the account is unknown here');
  },
  '/loop': () => {
    for (;;) {}
  },
  '/object-loop': async ({ counter }) => Response.json(await counter.loop()),
  '/hoard': () => {
    const hoard = [];
    for (;;) hoard.push(new Uint8Array(1024 * 1024).fill(hoard.length));
  },
  '/busy': ({ query }) => {
    busyFor(Number(query.get('ms')));
    return new Response('done');
  },
  '/throw-then-busy': ({ query, ctx }) => {
    const later = async () => {
      await scheduler.wait(20);
      busyFor(Number(query.get('ms')));
    };
    ctx.waitUntil(later());
    throw new RangeError('the account is unknown here');
  },
  '/slow': async ({ query }) => {
    await scheduler.wait(Number(query.get('ms')));
    return new Response('VERSION');
  },
  '/mirror': ({ request }) => new Response(request.body, { headers: { 'x-mirrored': 'yes' } }),
  '/method': ({ request }) => new Response(null, { headers: { 'x-method': request.method } }),
  '/redirect': () => Response.redirect('https://x.test/', 302),
  '/answer': () => {
    const headers = new Headers([['set-cookie', 'a=1'], ['set-cookie', 'b=2']]);
    return new Response('short and stout', { status: 418, headers });
  },
  '/socket': () => {
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener('message', ({ data }) => server.send('echo: ' + data));
    return new Response(null, { status: 101, webSocket: client });
  },
  '/version': () => new Response('VERSION'),
};

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams: query } = new URL(request.url);
    const route = routes[pathname];
    if (route !== undefined) {
      const counter = env.COUNTER?.get(env.COUNTER.idFromName('the one'));
      return route({ request, env, ctx, counter, query });
    }
    return Response.json({
      url: request.url,
      method: request.method,
      headers: [...request.headers],
      body: await request.text(),
      env: Object.keys(env),
    });
  },
};`;

export const dispatcher = (outbound?: { service: string; params: string[] }): Upload => ({
  code: DISPATCHER,
  metadata: {
    bindings: [
      {
        type: 'dispatch_namespace',
        name: 'DISPATCHER',
        namespace: 'customers',
        ...(outbound && {
          outbound: {
            worker: { service: outbound.service },
            params: outbound.params.map((name) => ({ name })),
          },
        }),
      },
    ],
  },
});

/** `version` is what `/version` answers. */
export const echo = (version = 'one'): Upload => ({
  code: ECHO.replaceAll('VERSION', version),
  metadata: {
    bindings: [{ type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' }],
    migrations: { new_tag: 'v1', new_sqlite_classes: ['Counter'] },
  },
});

/** The next upload of the same script: its class is there already. */
export const echoAgain = (version: string): Upload => ({
  code: ECHO.replaceAll('VERSION', version),
  metadata: {
    bindings: [{ type: 'durable_object_namespace', name: 'COUNTER', class_name: 'Counter' }],
  },
});
