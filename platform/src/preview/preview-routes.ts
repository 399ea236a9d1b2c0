// The operator's API for previews: what a version would make of the tenant's history, asked for and
// read. It waits as long as a caller may wait; the run goes on without one.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { LedgerError } from '@z0-app/sdk/errors';
import { newId } from '@z0-app/sdk/ids';
import * as z from 'zod';
import { noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { lookUntil } from '../http/look-until.ts';
import { readOptionalBody } from '../http/optional-body.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { ledgerOf, type TenantLedgerClient } from '../tenants/ledger-of.ts';
import { versionOf, versionParams } from '../versions/version-routes.ts';
import { findReport, previewView, toPreviewView } from './preview-report.ts';
import { latestPreview, type Preview, previewSample } from './preview-state.ts';
import { findNothing } from './run-preview.ts';

const MAX_BODY_BYTES = 256 * 1024;

const body = z
  .strictObject({
    sample: previewSample
      .optional()
      .meta({ description: 'Default `all`: as many as the plan allows, the latest active first.' }),
  })
  .meta({ id: 'PreviewWorkerVersion' });

const PATH = '/v1/tenants/{id}/versions/{version_id}/preview';
const about = { path: PATH, tags: ['Versions'], security: [{ operatorToken: [] }] };

const ask = createRoute({
  ...about,
  method: 'post',
  summary: 'Preview a version',
  description:
    'Copies of a sample of the tenant’s entities are replayed under the code of the version and ' +
    'under the live code, apart from both; what differs is told entity by entity. Nothing changes.',
  request: {
    params: versionParams,
    query: noQuery,
    headers: writeHeaders,
    // No zod validator: the body may be left out.
    body: {
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/PreviewWorkerVersion' } },
      },
    },
  },
  responses: {
    200: {
      description: 'What it came to.',
      content: { 'application/json': { schema: previewView } },
    },
    202: {
      description: 'Still under way: read it later.',
      content: { 'application/json': { schema: previewView } },
    },
    ...problemResponses('invalid_request', 'invalid_json', 'token_invalid', 'not_found'),
    ...problemResponses('conflict', 'payload_too_large', 'not_ready'),
  },
});

const show = createRoute({
  ...about,
  method: 'get',
  summary: 'Show the latest preview of a version',
  request: { params: versionParams, query: noQuery },
  responses: {
    200: {
      description: 'What it came to, or that it runs.',
      content: { 'application/json': { schema: previewView } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_found'),
  },
});

export function mountPreviewRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.register('PreviewWorkerVersion', body);
  app.openapi(ask, async (c) => {
    const { id, version_id } = c.req.valid('param');
    const { sample = 'all' } = await readOptionalBody(c.req.raw, body, MAX_BODY_BYTES);
    const context = operatorContext(c, id, `POST ${PATH}`);
    const ledger = () => ledgerOf(c.env, id);
    const tenant = accepted(c, await ledger().read());
    if (tenant.status !== 'active') {
      const detail = `The tenant is ${tenant.status}; only of an active one there is a preview.`;
      throw new LedgerError({ code: 'conflict', detail });
    }
    versionOf(accepted(c, await ledger().readVersions()), version_id);
    // Without history there is nothing to start anything for.
    const task = { id: newId('pre'), version_id, sample };
    const nothing = await findNothing(c.env, id, task);
    if (nothing !== undefined) {
      accepted(c, await ledger().recordPreview(nothing));
      const { previews } = accepted(c, await ledger().readPreviews());
      const done = previews.find((one) => one.id === task.id);
      if (done !== undefined) return c.json(toPreviewView(id, done, undefined), 200);
    }
    const asked = accepted(c, await ledger().requestPreview({ version_id, sample }, context));
    const preview = await settled(ledger, asked);
    if (preview.status === 'running') return c.json(toPreviewView(id, preview, undefined), 202);
    const report = await findReport(c.env.ARTEFACTS, id, version_id);
    return c.json(toPreviewView(id, preview, report), 200);
  });

  app.openapi(show, async (c) => {
    const { id, version_id } = c.req.valid('param');
    const ledger = ledgerOf(c.env, id);
    versionOf(accepted(c, await ledger.readVersions()), version_id);
    const preview = latestPreview(accepted(c, await ledger.readPreviews()), version_id);
    if (preview === undefined) {
      const detail = 'It was not previewed lately; POST here does that.';
      throw new LedgerError({ code: 'not_found', detail });
    }
    const report = await findReport(c.env.ARTEFACTS, id, version_id);
    return c.json(toPreviewView(id, preview, report), 200);
  });
}

/** Looks until the preview ended, or the caller has waited long enough. */
async function settled(ledger: () => TenantLedgerClient, asked: Preview): Promise<Preview> {
  const look = async (): Promise<Preview> => {
    const read = await ledger().readPreviews();
    if (!read.ok) throw new LedgerError(read.error);
    return read.value.previews.find(({ id }) => id === asked.id) ?? asked;
  };
  return lookUntil(look, ({ status }) => status !== 'running');
}
