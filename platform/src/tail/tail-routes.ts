// The API's stream of what a tenant's Worker logs and how its requests end. It decides who may read;
// the tenant's room does the rest.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { openTail } from './open-tail.ts';
import { tailViewer } from './tail-auth.ts';
import { tailEvent } from './tail-event.ts';
import { tailQuery } from './tail-filter.ts';

const read = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/tail',
  tags: ['Live'],
  security: [{ operatorToken: [] }, { tenantToken: [] }],
  summary: "Hear what a tenant's Worker does",
  request: { params: z.object({ id: tenantId }), query: tailQuery },
  responses: {
    200: {
      description:
        'An event `start`; then `tail_event`, each with a `TailEvent` as data; `dropped` with ' +
        '`{count}` of those left out, `null` when nobody counted; and `end` with `{reason, detail}` ' +
        'after ten minutes at most. Who comes back within seconds with `Last-Event-ID` misses nothing.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemResponses(
      'invalid_request',
      'token_missing',
      'token_invalid',
      'not_found',
      'conflict',
      'rate_limited',
      'tail_unavailable',
      'not_ready',
    ),
  },
});

/** To be mounted before what lets only the operator through: a tenant reads its own. */
export function mountTailRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'tenantToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token of the tenant itself, from `/oauth/token`.',
  });
  app.openAPIRegistry.register('TailEvent', tailEvent);
  app.openapi(read, async (c) => {
    const { id } = c.req.valid('param');
    return openTail(c, id, await tailViewer(c, id), c.req.valid('query'));
  });
}
