// The operator's API for the audit: every control-plane action, newest first. It only shows.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { PLATFORM } from '../configs/platform-ledger.ts';
import { listOf, pageQuery } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { decodeCursor } from '../http/cursor.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { readAudit } from './audit-index.ts';
import { auditConfigs } from './project-audit.ts';

const auditEntry = z
  .object({
    object: z.literal('audit_entry'),
    id: z.string().meta({ description: 'Of the fact it tells of.' }),
    at: z.iso.datetime({ offset: true }),
    tenant_id: z.string().meta({ description: `\`${PLATFORM}\` for what concerns all tenants.` }),
    principal: z.string().meta({ examples: ['operator', 'workflow'] }),
    action: z.string().meta({ examples: ['tenant.suspended', 'key.created'] }),
    subject: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

const list = createRoute({
  method: 'get',
  path: '/v1/audit',
  tags: ['Audit'],
  security: [{ operatorToken: [] }],
  summary: 'List what was done to tenants, their keys and the Configs of the platform',
  description:
    'Newest first. `action` is a whole one such as `tenant.suspended`, or a kind such as `key`. ' +
    'A row appears within seconds of its fact, and none is lost: it is made from the ledgers.',
  request: {
    query: z.strictObject({
      limit: pageQuery.shape.limit,
      cursor: z
        .string()
        .max(512)
        .refine((text) => decodeCursor(text) !== undefined, 'is not a cursor of this list')
        .optional(),
      tenant_id: z.union([tenantId, z.literal(PLATFORM)]).optional(),
      action: z
        .string()
        .regex(
          /^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})?$/u,
          'must be like key or key.created',
        )
        .optional(),
    }),
  },
  responses: {
    200: {
      description: 'A page of it.',
      content: { 'application/json': { schema: listOf(auditEntry) } },
    },
    ...problemResponses('invalid_request', 'token_missing', 'token_invalid'),
  },
});

export function mountAuditRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const { tenant_id, ...query } = c.req.valid('query');
    await auditConfigs(c.env);
    const { data, ...page } = await readAudit(c.env.DB, { ...query, tenantId: tenant_id });
    const entries = data.map((one) => ({ object: 'audit_entry' as const, ...one }));
    return c.json({ object: 'list' as const, data: entries, ...page }, 200);
  });
}
