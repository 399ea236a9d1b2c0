// The event streams of the operator's API, of the dashboard and of a tenant's portal. Each says that
// something changed and for whom; what it is now is read from where it always is.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Context } from 'hono';
import * as z from 'zod';
import type { AppEnv } from '../http/app-env.ts';
import { OPERATOR } from '../http/operator-auth.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { tenantId } from '../tenants/tenant-id.ts';

const since = z.string().regex(/^[0-9]{1,15}$/u, 'must be an id of an event');

const read = createRoute({
  method: 'get',
  path: '/v1/events',
  tags: ['Live'],
  security: [{ operatorToken: [] }],
  summary: 'Watch what changes',
  request: {
    query: z.strictObject({
      tenant: tenantId.optional().meta({ description: 'Only what is about this tenant.' }),
      since: since.optional().meta({
        description: 'The id of the last event known; `Last-Event-ID` says the same.',
      }),
    }),
  },
  responses: {
    200: {
      description:
        'Events `stats`, `tenant` and `alert`, with the ids of the tenants they are about, until ' +
        'the stream ends after ten minutes at most. `resync`: events are missing, read all again.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'rate_limited'),
  },
});

/** `GET /v1/events`. */
export function mountEventRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(read, async (c) => {
    const { tenant, since: last } = c.req.valid('query');
    return openStream(c, OPERATOR, tenant === undefined ? undefined : [tenant], last);
  });
}

/** `GET /dashboard/events`, for a visitor who is signed in: `tenant`, repeated, narrows it. */
export function dashboardEvents(c: Context<AppEnv>): Promise<Response> {
  return openStream(c, OPERATOR, c.req.queries('tenant'), c.req.query('since'));
}

/** `GET /portal/events`: the events of this tenant alone; no other tenant is ever named. */
export function tenantEvents(c: Context<AppEnv>, tenant: string): Promise<Response> {
  return openStream(c, `tenant:${tenant}`, [tenant], c.req.query('since'));
}

async function openStream(
  c: Context<AppEnv>,
  viewer: string,
  tenants: readonly string[] | undefined,
  asked: string | undefined,
): Promise<Response> {
  const query = new URLSearchParams({ viewer });
  for (const tenant of tenants ?? []) query.append('tenant', tenant);
  // A browser that comes back knows more than the address it was once given.
  const last = since.safeParse(c.req.header('last-event-id') ?? asked);
  if (last.success) query.set('since', last.data);
  const feed = c.env.LIVE_FEED.get(c.env.LIVE_FEED.idFromName('live'));
  const answer = await feed.fetch(`https://live-feed/?${query.toString()}`);
  if (answer.status === 429) {
    const detail = 'Too many event streams are open; close some of them and try again.';
    throw new LedgerError({ code: 'rate_limited', detail });
  }
  return new Response(answer.body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
    },
  });
}
