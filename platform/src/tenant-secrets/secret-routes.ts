// The operator's API for the secrets of a tenant's code. A value exists here for the length of one
// request: it is checked, sent on, and in no answer.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { envName, MAX_SECRET_BYTES } from '@z0-app/provisioning';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Context } from 'hono';
import * as z from 'zod';
import { listOf, noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { noBody, strictBody } from '../http/strict-body.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantParams } from '../tenants/tenant-routes.ts';
import { type AskedChange, changeSecret, readSettledSecrets } from './change-secret.ts';
import { type SecretView, secretView, toChangedView, toSecretViews } from './secret-view.ts';

const security = [{ operatorToken: [] }];
const tags = ['Secrets'];
const path = '/v1/tenants/{id}/secrets/{name}';
/** What no secret can be named is told by `put`; to delete it is to delete what is not there. */
const params = tenantParams.extend({ name: z.string().min(1).max(100) });

const utf8Bytes = (text: string): number => new TextEncoder().encode(text).byteLength;

const body = z
  .strictObject({
    value: z
      .string()
      .min(1)
      .refine((text) => utf8Bytes(text) <= MAX_SECRET_BYTES, {
        message: `may have at most ${MAX_SECRET_BYTES} bytes of UTF-8`,
      })
      .meta({ writeOnly: true, format: 'password' }),
  })
  .meta({ id: 'PutSecret' });

const shown = (description: string) => ({
  description,
  content: { 'application/json': { schema: secretView } },
});

const put = createRoute({
  method: 'put',
  path,
  tags,
  security,
  summary: "Set a secret of a tenant's code",
  description:
    'It is in `env` of the tenant’s Worker from the next request on, whatever version is live, and ' +
    'stays over every upload. The platform does not keep the value and cannot show it. A repeat with ' +
    'the same Idempotency-Key answers the same and changes nothing, whatever value it carries. Waits ' +
    'up to 30 s for another change or a version that is being made live.',
  middleware: [strictBody],
  request: {
    params,
    query: noQuery,
    headers: writeHeaders,
    body: { required: true, content: { 'application/json': { schema: body } } },
  },
  responses: {
    200: shown('The secret, set.'),
    ...problemResponses('invalid_request', 'invalid_json', 'token_invalid', 'not_found'),
    ...problemResponses('conflict', 'payload_too_large', 'unsupported_media_type'),
    ...problemResponses('idempotency_key_reused', 'not_ready'),
  },
});

const remove = createRoute({
  method: 'delete',
  path,
  tags,
  security,
  summary: "Delete a secret of a tenant's code",
  description:
    'Also one that the live version declares: its code runs on without it, and cannot be made live ' +
    'again before it is set.',
  middleware: [noBody],
  request: { params, query: noQuery, headers: writeHeaders },
  responses: {
    200: shown('The secret, deleted.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_found', 'conflict'),
    ...problemResponses('idempotency_key_reused', 'not_ready'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/secrets',
  tags,
  security,
  summary: "List the secrets of a tenant's code",
  request: { params: tenantParams, query: noQuery },
  responses: {
    200: {
      description: 'All that are set, by name. Never a value.',
      content: { 'application/json': { schema: listOf(secretView) } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

export function mountSecretRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(put, async (c) => {
    const { id, name } = c.req.valid('param');
    const { value } = c.req.valid('json');
    checkName(name);
    return c.json(await change(c, id, { kind: 'put', name, value }, `PUT ${path}`), 200);
  });

  app.openapi(remove, async (c) => {
    const { id, name } = c.req.valid('param');
    return c.json(await change(c, id, { kind: 'delete', name }, `DELETE ${path}`), 200);
  });

  app.openapi(list, async (c) => {
    const { id } = c.req.valid('param');
    const secrets = await readSettledSecrets(c.env, id);
    const versions = accepted(c, await ledgerOf(c.env, id).readVersions());
    const data = toSecretViews(id, secrets, versions);
    return c.json({ object: 'list' as const, data, has_more: false, next_cursor: null }, 200);
  });
}

/** Throws `invalid_request`: a name of the wrong form, or that the template or the platform binds. */
function checkName(name: string): void {
  const checked = envName.safeParse(name);
  if (checked.success) return;
  const detail = checked.error.issues[0]?.message ?? 'It cannot be the name of a secret.';
  const errors = [{ pointer: '/path/name', code: 'invalid_name', detail }];
  throw new LedgerError({ code: 'invalid_request', detail: `/path/name: ${detail}`, errors });
}

async function change(
  c: Context<AppEnv>,
  tenantId: string,
  asked: AskedChange,
  route: string,
): Promise<SecretView> {
  const context = operatorContext(c, tenantId, route);
  const { made, replayed } = await changeSecret(c.env, tenantId, asked, context);
  if (replayed) c.header('idempotency-replayed', 'true');
  const versions = accepted(c, await ledgerOf(c.env, tenantId).readVersions());
  return toChangedView(tenantId, made, versions);
}
