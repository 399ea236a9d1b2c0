// The operator's API for a tenant's own code: upload, look, make live. Handlers check form and show
// what came of it; the tenant's ledger decides.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { ErrorCode } from '@z0-app/sdk/errors';
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { listOf, noQuery, pageQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { OPERATOR } from '../http/operator-auth.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantParams } from '../tenants/tenant-routes.ts';
import { checkUpload } from './check-upload.ts';
import { readUpload } from './read-upload.ts';
import { sweepChecks } from './sweep-checks.ts';
import type { TenantVersions, WorkerVersion } from './version-state.ts';
import { deleteStoredVersions, findStoredVersion, storeVersion } from './version-store.ts';
import { toVersionView, versionModulesView, versionView } from './version-view.ts';

const security = [{ operatorToken: [] }];
const tags = ['Versions'];
export const versionParams = tenantParams.extend({
  version_id: z.string().regex(/^ver_[0-9a-z]{26}$/u),
});

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const upload = createRoute({
  method: 'put',
  path: '/v1/tenants/{id}/worker',
  tags,
  security,
  summary: "Upload a version of a tenant's own code",
  description:
    'Checked, kept and not live: activate it for that. One part for each ES module, its name and ' +
    'filename the path of the module, its type `application/javascript+module`; at most 20 modules ' +
    'and 1 MB. The part `manifest` is JSON: `main_module`, and optionally `message`, ' +
    '`delete_classes`, `vars`, `secrets`, `schedules` and `queue`. A refusal names all findings at once.',
  request: {
    params: tenantParams,
    query: noQuery,
    headers: writeHeaders,
    body: {
      required: true,
      content: {
        // No zod schema: the form is read under bounds of its own.
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['manifest'],
            properties: { manifest: { type: 'string', contentMediaType: 'application/json' } },
            additionalProperties: { type: 'string', format: 'binary' },
          },
        },
      },
    },
  },
  responses: {
    200: json(versionView, 'The version that this code already is.'),
    201: json(versionView, 'The new version.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_found', 'conflict'),
    ...problemResponses('payload_too_large', 'unsupported_media_type', 'not_ready'),
    ...problemResponses('worker_refused', 'idempotency_key_reused'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/versions',
  tags,
  security,
  summary: "List a tenant's versions",
  description:
    'The latest 200, fewer of very many classes, and the live one; others are in the audit.',
  request: {
    params: tenantParams,
    query: pageQuery.omit({ order: true }).extend({
      order: z.enum(['asc', 'desc']).default('desc').meta({ description: 'By time of upload.' }),
    }),
  },
  responses: {
    200: json(listOf(versionView), 'One page, newest first unless asked otherwise.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

const one = { tags, security, request: { params: versionParams, query: noQuery } };
const lookRefusals = problemResponses('invalid_request', 'token_invalid', 'not_found');

const show = createRoute({
  ...one,
  method: 'get',
  path: '/v1/tenants/{id}/versions/{version_id}',
  summary: 'Show a version',
  responses: { 200: json(versionView, 'The version.'), ...lookRefusals },
});

const modules = createRoute({
  ...one,
  method: 'get',
  path: '/v1/tenants/{id}/versions/{version_id}/modules',
  summary: 'Download the code of a version',
  responses: {
    200: json(versionModulesView, 'Manifest and modules as they were uploaded.'),
    ...lookRefusals,
  },
});

export function mountVersionRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(upload, async (c) => {
    const { id } = c.req.valid('param');
    const context = operatorContext(c, id, 'PUT /v1/tenants/{id}/worker');
    const ledger = () => ledgerOf(c.env, id);
    const tenant = accepted(c, await ledger().read());
    // Asked before anything is run or kept; the ledger says so again, in case it changed since.
    if (tenant.status !== 'active') throw new LedgerError(notActive(tenant.status));
    const checked = await checkUpload(c.env, id, await readUpload(c.req.raw), async () =>
      accepted(c, await ledger().readVersions()),
    );
    c.executionCtx.waitUntil(sweepChecks(c.env, id, Date.now()));
    if (!checked.isKnown) {
      await storeVersion(c.env.ARTEFACTS, id, checked.version.content_hash, checked.code);
    }
    const input = { ...checked.version, author: OPERATOR };
    const added = await ledger().addVersion(input, context);
    if (!added.ok) await forgetCodeOfDeleted(c.env, id);
    const { version, known } = accepted(c, added);
    const versions = accepted(c, await ledger().readVersions());
    c.header('location', `/v1/tenants/${id}/versions/${version.id}`);
    return c.json(toVersionView(id, version, versions), known ? 200 : 201);
  });

  app.openapi(list, async (c) => {
    const { id } = c.req.valid('param');
    const { limit, order, cursor } = c.req.valid('query');
    const known = accepted(c, await ledgerOf(c.env, id).readVersions());
    const { versions } = known;
    const all = order === 'asc' ? versions : versions.toReversed();
    const start = cursor === undefined ? 0 : placeAfter(all, cursor, order);
    const page = all.slice(start, start + limit);
    const last = page.at(-1);
    const has_more = start + page.length < all.length;
    const next_cursor = has_more && last !== undefined ? encodeCursor(last) : null;
    const data = page.map((version) => toVersionView(id, version, known));
    return c.json({ object: 'list' as const, data, has_more, next_cursor }, 200);
  });

  app.openapi(show, async (c) => {
    const { id, version_id } = c.req.valid('param');
    const versions = accepted(c, await ledgerOf(c.env, id).readVersions());
    return c.json(toVersionView(id, versionOf(versions, version_id), versions), 200);
  });

  app.openapi(modules, async (c) => {
    const { id, version_id } = c.req.valid('param');
    const versions = accepted(c, await ledgerOf(c.env, id).readVersions());
    const { content_hash } = versionOf(versions, version_id);
    const code = await findStoredVersion(c.env.ARTEFACTS, id, content_hash);
    if (code === undefined) {
      throw new LedgerError({ code: 'not_found', detail: 'Its code went with the tenant.' });
    }
    const object = 'worker_version_modules' as const;
    return c.json({ object, version_id, content_hash, ...code }, 200);
  });
}

/** Throws `not_found`: another tenant's version looks like one that does not exist. */
export function versionOf({ versions }: TenantVersions, id: string): WorkerVersion {
  const version = versions.find((candidate) => candidate.id === id);
  if (version !== undefined) return version;
  throw new LedgerError({ code: 'not_found', detail: 'There is no such version.' });
}

/** A tenant that was deleted while its code was checked leaves none of it. */
async function forgetCodeOfDeleted(env: Env, id: string): Promise<void> {
  const tenant = await ledgerOf(env, id).read();
  const isGone = tenant.ok && ['deleting', 'deleted'].includes(tenant.value.status);
  if (isGone) await deleteStoredVersions(env.ARTEFACTS, id);
}

function notActive(status: string): { code: ErrorCode; detail: string } {
  const next = status === 'suspended' ? ' Resume it first.' : '';
  return {
    code: 'conflict',
    detail: `The tenant is ${status}; only an active one takes code.${next}`,
  };
}

/** Ids rise with time, so that a version that is gone from the list loses nobody's place. */
function placeAfter(
  versions: readonly WorkerVersion[],
  cursor: string,
  order: 'asc' | 'desc',
): number {
  const position = decodeCursor(cursor);
  if (position === undefined) {
    const fault = { pointer: '/query/cursor', code: 'invalid_cursor', detail: 'is not a cursor' };
    throw new LedgerError({
      code: 'invalid_request',
      detail: `${fault.pointer}: ${fault.detail}`,
      errors: [fault],
    });
  }
  const after = versions.findIndex(({ id }) =>
    order === 'asc' ? id > position.id : id < position.id,
  );
  return after === -1 ? versions.length : after;
}
