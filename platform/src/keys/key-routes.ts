// The operator's API for a tenant's keys. A secret exists here for the length of one request: it is
// answered once, and only its hash goes on.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { displayText, listOf, noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { noBody, strictBody } from '../http/strict-body.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantParams } from '../tenants/tenant-routes.ts';
import { keyView, newKeyView, toKeyView } from '../tenants/tenant-view.ts';
import { mintKey, sha256Hex } from './key-secret.ts';

const security = [{ operatorToken: [] }];
const tags = ['Keys'];
const body = z.strictObject({ label: displayText.optional() }).meta({ id: 'CreateKey' });

const create = createRoute({
  method: 'post',
  path: '/v1/tenants/{id}/keys',
  tags,
  security,
  summary: 'Create a key',
  description: 'Two keys can be live at once, so that one can be replaced without a gap.',
  middleware: [strictBody],
  request: {
    params: tenantParams,
    query: noQuery,
    headers: writeHeaders,
    body: { required: true, content: { 'application/json': { schema: body } } },
  },
  responses: {
    201: {
      description: 'The key with its secret, which is not shown again.',
      content: { 'application/json': { schema: newKeyView } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_found', 'conflict'),
    ...problemResponses('idempotency_key_reused', 'payload_too_large', 'unsupported_media_type'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/keys',
  tags,
  security,
  summary: "List a tenant's keys",
  request: { params: tenantParams, query: noQuery },
  responses: {
    200: {
      description: 'All of them, revoked ones too, oldest first. Never their secrets.',
      content: { 'application/json': { schema: listOf(keyView) } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

const revoke = createRoute({
  method: 'delete',
  path: '/v1/tenants/{id}/keys/{key_id}',
  tags,
  security,
  summary: 'Revoke a key',
  description: 'No new tokens from now on; tokens it got before run out within 15 minutes.',
  middleware: [noBody],
  request: {
    params: tenantParams.extend({ key_id: z.string().regex(/^key_[0-9a-z]{26}$/u) }),
    query: noQuery,
    headers: writeHeaders,
  },
  responses: {
    200: {
      description: 'The key, revoked.',
      content: { 'application/json': { schema: keyView } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_found', 'conflict'),
  },
});

export function mountKeyRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(create, async (c) => {
    const { id } = c.req.valid('param');
    const { label } = c.req.valid('json');
    const { keyId, secret } = mintKey(c.env.KEY_MODE);
    const outcome = await ledgerOf(c.env, id).createKey(
      {
        key_id: keyId,
        secret_hash: await sha256Hex(secret),
        ...(label !== undefined && { label }),
      },
      operatorContext(c, id, 'POST /v1/tenants/{id}/keys'),
    );
    const key = toKeyView(id, accepted(c, outcome));
    return c.json({ ...key, client_secret: outcome.replayed ? null : secret }, 201);
  });

  app.openapi(list, async (c) => {
    const { id } = c.req.valid('param');
    const { keys } = accepted(c, await ledgerOf(c.env, id).read());
    const data = keys.map((key) => toKeyView(id, key));
    return c.json({ object: 'list' as const, data, has_more: false, next_cursor: null }, 200);
  });

  app.openapi(revoke, async (c) => {
    const { id, key_id } = c.req.valid('param');
    const context = operatorContext(c, id, 'DELETE /v1/tenants/{id}/keys/{key_id}');
    const key = accepted(c, await ledgerOf(c.env, id).revokeKey(key_id, context));
    return c.json(toKeyView(id, key), 200);
  });
}
