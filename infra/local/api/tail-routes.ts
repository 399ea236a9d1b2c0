// Tails: what a Worker logs and how its requests end, live. These routes make and end them; the events
// go over a WebSocket to the address that is answered.
import { type Context, Hono } from 'hono';
import { parseFilters, TailFilterError } from '../runtime/tail-filters.ts';
import type { Script } from '../state/script-store.ts';
import type { ApiContext, TailRecord } from './api-context.ts';
import { ApiError, ok, okList, readObject } from './envelope.ts';

const ACCOUNT_TAILS = '/accounts/:account/workers/scripts/:script/tails';
// Not of Cloudflare's documented API, which tails no user Worker by name.
const USER_TAILS =
  '/accounts/:account/workers/dispatch/namespaces/:namespace/scripts/:script/tails';

export function tailRoutes(api: ApiContext): Hono {
  const routes = new Hono();
  for (const path of [ACCOUNT_TAILS, USER_TAILS]) {
    routes
      .get(path, (c) =>
        okList(
          c,
          api.runtime.tails.list(scriptOf(api, c)).map((tail) => tailBody(c, tail)),
        ),
      )
      .post(path, (c) => create(api, c))
      .delete(`${path}/:tail`, (c) => {
        if (api.runtime.tails.close(scriptOf(api, c), c.req.param('tail'))) return ok(c, null);
        throw new ApiError(404, 10007, 'The tail does not exist.');
      });
  }
  return routes;
}

async function create(api: ApiContext, c: Context): Promise<Response> {
  const script = scriptOf(api, c);
  const tail = await api.runtime.tails.open(script, await filtersOf(c));
  if (tail !== undefined) return ok(c, tailBody(c, tail));
  const message = `${script.name} has as many tails as it may. End one of them first.`;
  throw new ApiError(400, 10057, message);
}

/** Without a body there are none. */
async function filtersOf(c: Context): Promise<ReturnType<typeof parseFilters>> {
  const text = await c.req.text();
  try {
    return text === '' ? [] : parseFilters(await readObject(c));
  } catch (error) {
    if (error instanceof TailFilterError) throw new ApiError(400, 10001, error.message);
    throw error;
  }
}

/** The address is where this client found the API. */
function tailBody(c: Context, { id, path, expiresAt }: TailRecord): Record<string, unknown> {
  const { host } = new URL(c.req.url);
  return { id, url: `ws://${host}${path}`, expires_at: expiresAt };
}

function scriptOf(api: ApiContext, c: Context): Script {
  const name = c.req.param('script') ?? '';
  const namespace = c.req.param('namespace') ?? '';
  const script = api.scripts.find(namespace, name);
  if (script !== undefined) return script;
  const [code, where] = namespace === '' ? [10007, ''] : [10092, ' in this dispatch namespace'];
  throw new ApiError(404, code, `The Worker '${name}' does not exist${where}.`);
}
