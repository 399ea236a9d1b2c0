// The operator's API for making a version live. It starts the run, waits for its end as long as a
// caller may wait, and says what is live then.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { type ErrorData, LedgerError } from '@z0-app/sdk/errors';
import type { Context } from 'hono';
import * as z from 'zod';
import type { Env } from '../env.ts';
import { noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { lookUntil } from '../http/look-until.ts';
import { readOptionalBody } from '../http/optional-body.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { compareDeclaredSecrets } from '../tenant-secrets/change-secret.ts';
import type { TenantLedgerClient } from '../tenants/ledger-of.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantParams } from '../tenants/tenant-routes.ts';
import { findParts } from './template-store.ts';
import type { ActivationRequest } from './version-facts.ts';
import { versionOf, versionParams } from './version-routes.ts';
import {
  type Activation,
  liveName,
  type TenantVersions,
  type WorkerVersion,
} from './version-state.ts';
import {
  activatedTemplateView,
  activatedView,
  toActivationView,
  toVersionView,
} from './version-view.ts';
import { cannotUndo, keptClasses } from './what-stays.ts';

const MAX_BODY_BYTES = 4 * 1024;

const body = z
  .strictObject({
    expected_active: z
      .string()
      .regex(/^ver_[0-9a-z]{26}$/u, 'must be the id of a version')
      .nullable()
      .optional()
      .meta({ description: 'Refuse unless this is live now; `null`: no version is.' }),
    accept_differences: z
      .string()
      .optional()
      .meta({ description: 'The version’s own id: what its preview differs in is accepted.' }),
  })
  .meta({ id: 'ActivateWorkerVersion' });

const activate = createRoute({
  method: 'post',
  path: '/v1/tenants/{id}/versions/{version_id}/activate',
  tags: ['Versions'],
  security: [{ operatorToken: [] }],
  summary: 'Make a version live',
  description:
    'An older version is a roll-back. The run uploads the version, sends one real request, and puts ' +
    'back what was live before when that fails (`activation_failed`). One at a time for each tenant.',
  request: {
    params: versionParams,
    query: noQuery,
    headers: writeHeaders,
    // No zod validator: the body may be left out.
    body: {
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/ActivateWorkerVersion' } },
      },
    },
  },
  responses: {
    200: {
      description: 'The version, live.',
      content: { 'application/json': { schema: activatedView } },
    },
    202: {
      description: 'Still under way: look at the version, or ask again with the same key.',
      content: { 'application/json': { schema: activatedView } },
    },
    ...problemResponses(
      'invalid_request',
      'invalid_json',
      'token_invalid',
      'not_found',
      'conflict',
      'secrets_missing',
      'preview_differs',
    ),
    ...problemResponses('payload_too_large', 'idempotency_key_reused', 'activation_failed'),
  },
});

const activateTemplate = createRoute({
  ...activate,
  path: '/v1/tenants/{id}/versions/template/activate',
  summary: 'Take the tenant’s code away: the template alone becomes live',
  description:
    'Nothing of the tenant’s code runs then. Its classes stay deployed with their data and are ' +
    'served to nobody until a version that has them is live again. The run is that of a version.',
  request: { ...activate.request, params: tenantParams },
  responses: {
    ...activate.responses,
    200: {
      description: 'The template alone is live.',
      content: { 'application/json': { schema: activatedTemplateView } },
    },
    202: {
      description: 'Still under way: look at the versions, or ask again with the same key.',
      content: { 'application/json': { schema: activatedTemplateView } },
    },
  },
});

export function mountActivationRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.register('ActivateWorkerVersion', body);
  // First: an id of a version is a pattern that the router tries after this.
  app.openapi(activateTemplate, async (c) => {
    const { id } = c.req.valid('param');
    const { versions, activation } = await makeLive(c, id, null, activateTemplate.path);
    const template = await templateClasses(c.env, versions.versions.at(-1));
    const answer = {
      object: 'worker_template' as const,
      tenant_id: id,
      active: versions.active === null,
      cannot_undo: cannotUndo(versions, null, activation),
      kept_classes: keptClasses(versions, null, template),
      activation: activation && toActivationView(activation),
    };
    return activation?.status === 'running' ? c.json(answer, 202) : c.json(answer, 200);
  });

  app.openapi(activate, async (c) => {
    const { id, version_id } = c.req.valid('param');
    const { versions, activation } = await makeLive(c, id, version_id, activate.path);
    const version = versionOf(versions, version_id);
    const template = await templateClasses(c.env, version);
    const answer = {
      ...toVersionView(id, version, versions),
      cannot_undo: cannotUndo(versions, version, activation),
      kept_classes: keptClasses(versions, version, template),
      activation: activation && toActivationView(activation),
    };
    return activation?.status === 'running' ? c.json(answer, 202) : c.json(answer, 200);
  });
}

/** Of the template that `version` stands on; none when it is not kept any more. */
async function templateClasses(env: Env, version: WorkerVersion | undefined): Promise<string[]> {
  const parts = version && (await findParts(env.ARTEFACTS, version.template_version));
  return (parts?.durable_objects ?? []).map(({ class_name }) => class_name);
}

/** Starts the run and sees it to its end, as far as a caller may wait. Throws what it failed with. */
async function makeLive(
  c: Context<AppEnv>,
  tenantId: string,
  version_id: string | null,
  path: string,
): Promise<Settled> {
  const request = { version_id, ...(await readActivateBody(c.req.raw, version_id)) };
  const context = operatorContext(c, tenantId, `POST ${path}`);
  const ledger = () => ledgerOf(c.env, tenantId);
  await compareDeclaredSecrets(c.env, tenantId, version_id);
  const started = accepted(c, await ledger().activate(request, context));
  const now = await settled(ledger, started);
  if (now.activation?.status === 'failed') throw new LedgerError(failure(now.activation));
  return now;
}

/** Nothing at all, or the fields of `body`. */
async function readActivateBody(
  request: Request,
  version_id: string | null,
): Promise<Pick<ActivationRequest, 'expected_active' | 'accept_differences'>> {
  const given = await readOptionalBody(request, body, MAX_BODY_BYTES);
  const { expected_active, accept_differences } = given;
  if (accept_differences !== undefined && accept_differences !== version_id) {
    throw new LedgerError(acceptsAnother(version_id));
  }
  return {
    ...(expected_active !== undefined && { expected_active }),
    ...(accept_differences !== undefined && { accept_differences }),
  };
}

interface Settled {
  readonly versions: TenantVersions;
  readonly activation: Activation | null;
}

/** Looks until the activation ended, or the caller has waited long enough. */
async function settled(
  ledger: () => TenantLedgerClient,
  started: Activation | null,
): Promise<Settled> {
  const look = async (): Promise<Settled> => {
    const read = await ledger().readVersions();
    if (!read.ok) throw new LedgerError(read.error);
    const { activations } = read.value;
    const activation = activations.find(({ id }) => id === started?.id) ?? started;
    return { versions: read.value, activation };
  };
  return lookUntil(look, ({ activation }) => activation?.status !== 'running');
}

function acceptsAnother(version_id: string | null): ErrorData {
  const pointer = '/accept_differences';
  const detail = `names the version that becomes live: ${version_id ?? 'none'}`;
  const errors = [{ pointer, code: 'other_version', detail }];
  return { code: 'invalid_request', detail: `${pointer} ${detail}`, errors };
}

function failure({ from, to, error, restored, code }: Activation): ErrorData {
  // Nothing was uploaded, and nothing had to be put back.
  if (code === 'preview_differs') return { code, detail: (error ?? '').replace(/^preview: /u, '') };
  const now = restored
    ? `${liveName(from)} is live.`
    : 'What was live before could not be put back; activate a version again.';
  const detail = `${liveName(to)} did not become live. ${now} ${error ?? ''}`.trim();
  return { code: 'activation_failed' as const, detail };
}
