// The operator's API for what two versions of a tenant's code differ in. It reads and compares; nothing
// becomes live by it.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { JsonValue } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { noQuery } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { accepted } from '../http/write-context.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantParams } from '../tenants/tenant-routes.ts';
import { type DiffSide, diffVersions } from './version-diff.ts';
import { versionOf } from './version-routes.ts';
import type { TenantVersions } from './version-state.ts';
import { findStoredVersion } from './version-store.ts';
import { describedClass } from './version-view.ts';

const TEMPLATE = 'template';
const LIVE = 'live';

const side = z
  .string()
  .regex(/^(ver_[0-9a-z]{26}|template|live)$/u, 'must be the id of a version, template or live')
  .meta({
    description: 'A version, `template` for the template alone, or `live` for what is live.',
  });

const json = z.string().nullable().meta({ description: 'As JSON; `null` where it is not there.' });

const diffView = z
  .object({
    object: z.literal('worker_version_diff'),
    from: z.string().nullable().meta({ description: '`null`: the template alone.' }),
    to: z.string().nullable(),
    manifest: z.array(z.object({ pointer: z.string(), before: json, after: json })),
    classes: z.object({
      added: z.array(describedClass),
      removed: z.array(describedClass),
      changed: z
        .array(describedClass)
        .meta({ description: 'Of another type or id prefix, as in `to`.' }),
    }),
    modules: z.array(
      z.object({
        name: z.string(),
        change: z.enum(['added', 'removed', 'changed']),
        patch: z.string().nullable().meta({ description: 'Unified, source maps left out.' }),
        gave_up: z.enum(['too_different', 'too_large']).nullable().meta({
          description: 'Why there is no patch: download both and compare them yourself.',
        }),
      }),
    ),
  })
  .meta({ id: 'WorkerVersionDiff' });

const diff = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/versions/{from}/diff/{to}',
  tags: ['Versions'],
  security: [{ operatorToken: [] }],
  summary: 'Show what two versions differ in',
  request: { params: tenantParams.extend({ from: side, to: side }), query: noQuery },
  responses: {
    200: {
      description: 'What has to be done to the first to make it the second.',
      content: { 'application/json': { schema: diffView } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

export function mountVersionDiffRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(diff, async (c) => {
    const { id, from, to } = c.req.valid('param');
    const versions = accepted(c, await ledgerOf(c.env, id).readVersions());
    const [before, after] = [idOf(versions, from), idOf(versions, to)];
    const [one, other] = await Promise.all(
      [before, after].map((version) => sideOf(c.env, id, versions, version)),
    );
    if (one === undefined || other === undefined) throw codeIsGone();
    const object = 'worker_version_diff' as const;
    return c.json({ object, from: before, to: after, ...diffVersions(one, other) }, 200);
  });
}

function idOf({ active }: TenantVersions, given: string): string | null {
  if (given === LIVE) return active;
  return given === TEMPLATE ? null : given;
}

async function sideOf(
  env: Env,
  tenantId: string,
  versions: TenantVersions,
  id: string | null,
): Promise<DiffSide | undefined> {
  if (id === null) return { label: TEMPLATE, manifest: {}, classes: [], modules: [] };
  const version = versionOf(versions, id);
  const code = await findStoredVersion(env.ARTEFACTS, tenantId, version.content_hash);
  if (code === undefined) return undefined;
  const classes = version.classes
    .filter(({ from, kind }) => from === 'custom' && kind !== 'other')
    .map(({ name, type, prefix }) => ({ name, type, prefix }));
  // Parse edge: what was read from storage is JSON.
  const manifest = JSON.parse(JSON.stringify(code.manifest)) as JsonValue;
  return { label: id, manifest, classes, modules: code.modules };
}

function codeIsGone(): LedgerError {
  return new LedgerError({ code: 'not_found', detail: 'Its code went with the tenant.' });
}
