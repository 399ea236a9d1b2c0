// The operator's API for tenants. Each handler checks form, asks the tenant's ledger, and shows what
// came of it; nothing is decided here.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { displayText, listOf, noQuery, pageQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { noBody, strictBody } from '../http/strict-body.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { ledgerOf } from './ledger-of.ts';
import { planName, refuseUnknownPlan } from './plan-routes.ts';
import { DEFAULT_PLAN } from './plans.ts';
import { newTenantId, tenantId } from './tenant-id.ts';
import { listTenants } from './tenant-index.ts';
import type { TenantStatus } from './tenant-state.ts';
import {
  provisioningView,
  tenantSummary,
  tenantView,
  toProvisioningView,
  toTenantView,
} from './tenant-view.ts';

const security = [{ operatorToken: [] }];
const tags = ['Tenants'];
export const tenantParams = z.object({ id: tenantId });

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const createBody = z
  .strictObject({
    id: newTenantId,
    name: displayText,
    plan: planName.default(DEFAULT_PLAN),
  })
  .meta({ id: 'CreateTenant' });

const create = createRoute({
  method: 'post',
  path: '/v1/tenants',
  tags,
  security,
  summary: 'Onboard a tenant',
  description:
    'Starts the Workflow that builds the tenant and answers at once. A tenant that failed may be ' +
    'requested again under the same id; any other existing id is refused.',
  middleware: [strictBody],
  request: {
    query: noQuery,
    headers: writeHeaders,
    body: { required: true, content: { 'application/json': { schema: createBody } } },
  },
  responses: {
    202: json(tenantView, 'The tenant, its provisioning under way.'),
    ...problemResponses('invalid_request', 'invalid_json', 'token_invalid', 'already_exists'),
    ...problemResponses('payload_too_large', 'unsupported_media_type', 'idempotency_key_reused'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants',
  tags,
  security,
  summary: 'List tenants',
  request: { query: pageQuery },
  responses: {
    200: json(listOf(tenantSummary), 'One page, by time of creation.'),
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

const show = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}',
  tags,
  security,
  summary: 'Show a tenant',
  request: { params: tenantParams, query: noQuery },
  responses: {
    200: json(tenantView, 'The tenant; one that was deleted is still shown, as `deleted`.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

const showProvisioning = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/provisioning',
  tags,
  security,
  summary: "Show a tenant's latest run",
  request: { params: tenantParams, query: noQuery },
  responses: {
    200: json(provisioningView, 'The run and its steps.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

const change = {
  middleware: [noBody],
  tags,
  security,
  request: { params: tenantParams, query: noQuery, headers: writeHeaders },
};
const refusals = problemResponses('invalid_request', 'token_invalid', 'not_found', 'conflict');

const suspend = createRoute({
  ...change,
  method: 'post',
  path: '/v1/tenants/{id}/suspend',
  summary: 'Suspend an active tenant',
  responses: { 200: json(tenantView, 'The tenant; its requests are refused now.'), ...refusals },
});

const resume = createRoute({
  ...change,
  method: 'post',
  path: '/v1/tenants/{id}/resume',
  summary: 'Resume a suspended tenant',
  responses: { 200: json(tenantView, 'The tenant, active again.'), ...refusals },
});

const remove = createRoute({
  ...change,
  method: 'delete',
  path: '/v1/tenants/{id}',
  summary: 'Delete a tenant and all of its data',
  description:
    'There is no way back, and the id is never used again. Not while the tenant is provisioning.',
  responses: { 202: json(tenantView, 'The tenant, being deleted.'), ...refusals },
});

export function mountTenantRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const body = c.req.valid('json');
    await refuseUnknownPlan(c.env, body.plan);
    const context = operatorContext(c, body.id, 'POST /v1/tenants');
    const state = accepted(c, await ledgerOf(c.env, body.id).request(body, context));
    c.header('location', `/v1/tenants/${body.id}`);
    return c.json(toTenantView(state), 202);
  });

  app.openapi(list, async (c) => {
    const { limit, order, cursor } = c.req.valid('query');
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const page = await listTenants(c.env.DB, { limit, order, after });
    const data = page.rows.map((row) => {
      // The index holds only what ledgers wrote there: `TenantState['status']`.
      return { object: 'tenant' as const, ...row, status: row.status as TenantStatus };
    });
    const next_cursor = page.next === undefined ? null : encodeCursor(page.next);
    return c.json(
      { object: 'list' as const, data, has_more: next_cursor !== null, next_cursor },
      200,
    );
  });

  app.openapi(show, async (c) => {
    const state = accepted(c, await ledgerOf(c.env, c.req.valid('param').id).read());
    return c.json(toTenantView(state), 200);
  });

  app.openapi(showProvisioning, async (c) => {
    const state = accepted(c, await ledgerOf(c.env, c.req.valid('param').id).read());
    return c.json(toProvisioningView(state), 200);
  });

  app.openapi(suspend, async (c) => {
    const { id } = c.req.valid('param');
    const context = operatorContext(c, id, 'POST /v1/tenants/{id}/suspend');
    return c.json(toTenantView(accepted(c, await ledgerOf(c.env, id).suspend(context))), 200);
  });

  app.openapi(resume, async (c) => {
    const { id } = c.req.valid('param');
    const context = operatorContext(c, id, 'POST /v1/tenants/{id}/resume');
    return c.json(toTenantView(accepted(c, await ledgerOf(c.env, id).resume(context))), 200);
  });

  app.openapi(remove, async (c) => {
    const { id } = c.req.valid('param');
    const context = operatorContext(c, id, 'DELETE /v1/tenants/{id}');
    return c.json(toTenantView(accepted(c, await ledgerOf(c.env, id).remove(context))), 202);
  });
}

function readCursor(cursor: string) {
  const position = decodeCursor(cursor);
  if (position !== undefined) return position;
  const fault = { pointer: '/query/cursor', code: 'invalid_cursor', detail: 'is not a cursor' };
  throw new LedgerError({
    code: 'invalid_request',
    detail: `${fault.pointer}: ${fault.detail}`,
    errors: [fault],
  });
}
