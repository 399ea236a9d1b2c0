// The operator's API for alerts: which there are, and the secret that the webhook is signed with. The
// rules themselves are a Config.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { noQuery, pageQuery } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { noBody } from '../http/strict-body.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { readAlertSettings } from './alert-settings.ts';
import { SEVERITIES } from './alert-view.ts';
import { readAlerts } from './read-alerts.ts';
import { webhookSecrets } from './webhook-secret.ts';

const security = [{ operatorToken: [] }];
const tags = ['Alerts'];
const time = z.iso.datetime({ offset: true });

const alert = z
  .object({
    object: z.literal('alert'),
    id: z.string().meta({ description: 'Of the fact with which it fired.' }),
    rule: z.string(),
    severity: z.enum(SEVERITIES),
    tenant_id: z
      .string()
      .nullable()
      .meta({ description: '`null` when it concerns the platform itself.' }),
    state: z.enum(['firing', 'resolved']),
    text: z.string().meta({ description: 'Goes on after the name of the tenant.' }),
    value: z.number().meta({ description: 'As measured when it fired.' }),
    threshold: z.number(),
    fired_at: time,
    resolved_at: time.nullable(),
  })
  .meta({ id: 'Alert' });

const alertList = z.object({
  object: z.literal('list'),
  data: z.array(alert),
  has_more: z.boolean(),
  next_cursor: z.null(),
  unavailable_shards: z
    .array(z.string())
    .meta({ description: 'Whose tenants are missing here; empty when the answer is whole.' }),
});

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const list = createRoute({
  method: 'get',
  path: '/v1/alerts',
  tags,
  security,
  summary: 'List alerts',
  description:
    'Those that are firing, `bad` ones first, or with `state=all` the resolved ones as well, newest ' +
    'first. There is no next page: ask for more, or for one tenant.',
  request: {
    query: z.strictObject({
      state: z.enum(['firing', 'all']).default('firing'),
      tenant_id: tenantId.optional(),
      limit: pageQuery.shape.limit,
    }),
  },
  responses: {
    200: json(alertList, 'Empty when all is well.'),
    ...problemResponses('invalid_request', 'token_missing', 'token_invalid'),
  },
});

const webhookSecret = createRoute({
  method: 'post',
  path: '/v1/alerts/webhook-secret',
  tags,
  security,
  summary: 'Show the secret of the webhook',
  description:
    'What deliveries are signed with (Standard Webhooks). It is derived and stored nowhere; raise ' +
    '`webhook.secret_version` in the Config to change it.',
  middleware: [noBody],
  request: { query: noQuery },
  responses: {
    200: json(
      z
        .object({
          object: z.literal('webhook_secret'),
          url: z.string(),
          secret_version: z.int().positive(),
          secret: z.string().meta({ examples: ['whsec_…'] }),
        })
        .meta({ id: 'WebhookSecret' }),
      'Of the webhook in force.',
    ),
    ...problemResponses('invalid_request', 'token_missing', 'token_invalid'),
    ...problemResponses('not_found', 'not_ready', 'payload_too_large'),
  },
});

export function mountAlertRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const { state, tenant_id, limit } = c.req.valid('query');
    // One more than asked for tells whether there are more.
    const found = await readAlerts(c.env, { state, tenantId: tenant_id, limit: limit + 1 });
    const data = found.data.slice(0, limit).map((one) => ({ object: 'alert' as const, ...one }));
    const answer = {
      object: 'list' as const,
      data,
      has_more: found.data.length > limit,
      next_cursor: null,
      unavailable_shards: [...found.unavailable_shards],
    };
    return c.json(answer, 200);
  });

  app.openapi(webhookSecret, async (c) => {
    const settings = await readAlertSettings(c.env);
    if (!settings) {
      const detail = 'The Config of alerts cannot be read now; try again.';
      throw new LedgerError({ code: 'not_ready', detail, retryAfterSeconds: 5 });
    }
    const { webhook } = settings;
    if (!webhook) {
      const detail = 'There is no webhook: put a Config of type alerts with `webhook.url` first.';
      throw new LedgerError({ code: 'not_found', detail });
    }
    const [secret] = await webhookSecrets(c.var.secrets.sessionSecret, webhook);
    const { url, secret_version } = webhook;
    return c.json({ object: 'webhook_secret' as const, url, secret_version, secret }, 200);
  });
}
