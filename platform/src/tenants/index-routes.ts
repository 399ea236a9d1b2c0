// Lets the operator write the tenant index again after it was dropped or restored.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { noBody } from '../http/strict-body.ts';
import { rebuildIndex } from './tenant-directory.ts';

const rebuildView = z
  .object({
    object: z.literal('index_rebuild'),
    rebuilt: z.int(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'IndexRebuild' });

const rebuild = createRoute({
  method: 'post',
  path: '/v1/index/rebuild',
  tags: ['Tenants'],
  security: [{ operatorToken: [] }],
  summary: 'Write the tenant index again from the ledgers',
  description: 'Call it again with `next_cursor` until that is `null`.',
  middleware: [noBody],
  request: { query: z.strictObject({ cursor: z.string().min(1).max(1024).optional() }) },
  responses: {
    200: {
      description: 'How far it got.',
      content: { 'application/json': { schema: rebuildView } },
    },
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

export function mountIndexRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(rebuild, async (c) => {
    const progress = await rebuildIndex(c.env, c.req.valid('query').cursor);
    return c.json({ object: 'index_rebuild' as const, ...progress }, 200);
  });
}
