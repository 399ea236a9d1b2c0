// Hands the operator a link that signs a browser in. The link is as good as its token: it is shown
// to whoever holds the operator token, and ends after twelve hours.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { noQuery } from '../../http/api-schemas.ts';
import type { AppEnv } from '../../http/app-env.ts';
import { problemResponses } from '../../http/problem-schema.ts';
import { noBody } from '../../http/strict-body.ts';
import { SESSION_SECONDS, signSession } from './session.ts';

const linkView = z
  .object({
    object: z.literal('dashboard_link'),
    url: z.url(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'DashboardLink' });

const create = createRoute({
  method: 'post',
  path: '/v1/dashboard-links',
  tags: ['Dashboard'],
  security: [{ operatorToken: [] }],
  summary: 'Make a sign-in link',
  middleware: [noBody],
  request: { query: noQuery },
  responses: {
    201: {
      description: 'Open it in a browser. It works for twelve hours, more than once.',
      content: { 'application/json': { schema: linkView } },
    },
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

export function mountDashboardLinks(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const expiresAt = Math.floor(Date.now() / 1000) + SESSION_SECONDS;
    const token = await signSession(c.var.secrets.sessionSecret, 'z0-signin+jwt', expiresAt);
    const url = new URL('/dashboard/sign-in', c.env.ISSUER);
    url.searchParams.set('token', token);
    const expires_at = new Date(expiresAt * 1000).toISOString();
    return c.json({ object: 'dashboard_link' as const, url: url.toString(), expires_at }, 201);
  });
}
