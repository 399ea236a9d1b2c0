// The operator's API for the Configs of the platform, which every tenant inherits. What a Config may
// hold is the ledger's to judge; what is in force for a tenant is seen in that tenant's own API.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Config, JsonObject } from '@z0-app/sdk';
import * as z from 'zod';
import { refuseBrokenAlerts } from '../alerts/alert-settings.ts';
import { listOf, noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { strictBody } from '../http/strict-body.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { refuseBrokenPlan } from '../tenants/plan-settings.ts';
import { refuseUsedPlan } from '../tenants/plan-use.ts';
import { refuseBrokenGate } from '../versions/health/health-budget.ts';
import { PLATFORM, platformLedger } from './platform-ledger.ts';

const security = [{ operatorToken: [] }];
const tags = ['Configs'];
const time = z.iso.datetime({ offset: true });
const state = z.enum(['draft', 'active', 'archived']);
const settings = z
  .looseObject({})
  .meta({ description: '`constraints` in it says how a tenant may narrow a field, by name.' });

const params = z.object({ id: z.string().min(1).max(128) });

const body = z
  .strictObject({
    type: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/u, 'must be a name like invariants'),
    name: z.string().min(1).max(200).exactOptional(),
    settings: settings.exactOptional(),
    state: state.exactOptional(),
    effective_at: z.string().max(64).exactOptional(),
  })
  .meta({ id: 'PutConfig', description: '`settings` may be left out only to archive.' });

const configView = z
  .object({
    id: z.string(),
    tenant_id: z.literal(PLATFORM),
    scope: z.literal('platform'),
    type: z.string(),
    name: z.string(),
    version: z.int().positive(),
    settings,
    state,
    effective_at: time,
    superseded_at: time.optional(),
  })
  .meta({ id: 'Config' });

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const put = createRoute({
  method: 'put',
  path: '/v1/configs/{id}',
  tags,
  security,
  summary: 'Put a Config of the platform',
  description: 'Tenants inherit it within about a minute. Its versions are never changed.',
  middleware: [strictBody],
  request: {
    params,
    query: noQuery,
    headers: writeHeaders,
    body: { required: true, content: { 'application/json': { schema: body } } },
  },
  responses: {
    200: json(configView, 'No new version: the same again, another state, or a replay.'),
    201: json(configView, 'A new version.'),
    ...problemResponses('invalid_request', 'invalid_json', 'idempotency_key_missing'),
    ...problemResponses('token_invalid', 'not_found', 'conflict', 'idempotency_in_flight'),
    ...problemResponses('idempotency_key_reused', 'payload_too_large', 'unsupported_media_type'),
  },
});

const reads = problemResponses('invalid_request', 'token_invalid', 'not_found');

const show = createRoute({
  method: 'get',
  path: '/v1/configs/{id}',
  tags,
  security,
  summary: 'Show a Config of the platform',
  request: {
    params,
    query: z.strictObject({
      version: z
        .string()
        .regex(/^[0-9]{1,15}$/u, 'must be a whole number')
        .transform(Number)
        .optional()
        .meta({ type: 'integer', minimum: 1, description: 'The newest by default.' }),
    }),
  },
  responses: { 200: json(configView, 'That version of it.'), ...reads },
});

const versions = createRoute({
  method: 'get',
  path: '/v1/configs/{id}/versions',
  tags,
  security,
  summary: 'List the versions of a Config of the platform',
  request: { params, query: noQuery },
  responses: { 200: json(listOf(configView), 'All of them, oldest first.'), ...reads },
});

export function mountConfigRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(put, async (c) => {
    const { id } = c.req.valid('param');
    const { settings: given, ...about } = c.req.valid('json');
    // `strictBody` has seen to it that it is plain JSON.
    const input = { ...about, id, ...(given && { settings: given as JsonObject }) };
    if (given) refuseBrokenAlerts(about.type, given, c.env);
    refuseBrokenPlan(about.type, given);
    if (given) refuseBrokenGate(about.type, given);
    if (about.state === 'archived') await refuseUsedPlan(c.env, about.type);
    const ledger = platformLedger(c.env);
    // In order on one stub: the first is answered before the second is decided.
    const [before, outcome] = await Promise.all([
      ledger.getConfig(id),
      ledger.putConfig(input, operatorContext(c, PLATFORM, 'PUT /v1/configs/{id}')),
    ]);
    const config = accepted(c, outcome);
    const known = before.ok ? before.value.version : 0;
    const isNew = !outcome.replayed && config.version > known;
    return c.json(toConfigView(config), isNew ? 201 : 200);
  });

  app.openapi(show, async (c) => {
    const { id } = c.req.valid('param');
    const { version } = c.req.valid('query');
    const config = accepted(c, await platformLedger(c.env).getConfig(id, version));
    return c.json(toConfigView(config), 200);
  });

  app.openapi(versions, async (c) => {
    const { id } = c.req.valid('param');
    const all = accepted(c, await platformLedger(c.env).listConfigVersions(id));
    const data = all.map(toConfigView);
    return c.json({ object: 'list' as const, data, has_more: false, next_cursor: null }, 200);
  });
}

function toConfigView(config: Config): z.infer<typeof configView> {
  const { superseded_at, ...rest } = config;
  return {
    ...rest,
    tenant_id: PLATFORM,
    scope: 'platform',
    settings: { ...rest.settings },
    ...(superseded_at !== undefined && { superseded_at }),
  };
}
