// The operator's API for making a version live. It starts the run, waits for its end as long as a
// caller may wait, and says what is live then.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { LedgerError } from '@z0-app/sdk/errors';
import { parseJson } from '@z0-app/sdk/json';
import * as z from 'zod';
import { noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { readBodyText } from '../http/read-body.ts';
import { validationError } from '../http/validation-error.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import type { TenantLedgerClient } from '../tenants/ledger-of.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { versionOf, versionParams } from './version-routes.ts';
import type { Activation, TenantVersions } from './version-state.ts';
import { activatedView, cannotUndo, toActivationView, toVersionView } from './version-view.ts';

const MAX_BODY_BYTES = 4 * 1024;
/** A little below what proxies give up after. */
const MAX_WAIT_MS = 90_000;
const FIRST_LOOK_MS = 50;
const MAX_LOOK_MS = 1_000;

const body = z
  .strictObject({
    expected_active: z
      .string()
      .regex(/^ver_[0-9a-z]{26}$/u, 'must be the id of a version')
      .nullable()
      .optional()
      .meta({ description: 'Refuse unless this is live now; `null`: no version is.' }),
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
    ),
    ...problemResponses('payload_too_large', 'idempotency_key_reused', 'activation_failed'),
  },
});

export function mountActivationRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.register('ActivateWorkerVersion', body);
  app.openapi(activate, async (c) => {
    const { id, version_id } = c.req.valid('param');
    const request = { version_id, ...(await readActivateBody(c.req.raw)) };
    const context = operatorContext(c, id, 'POST /v1/tenants/{id}/versions/{version_id}/activate');
    const ledger = () => ledgerOf(c.env, id);
    const started = accepted(c, await ledger().activate(request, context));
    const { versions, activation } = await settled(ledger, started);
    if (activation?.status === 'failed') throw new LedgerError(failure(activation));
    const version = versionOf(versions, version_id);
    const answer = {
      ...toVersionView(id, version, versions.active),
      cannot_undo: cannotUndo(versions, version, activation),
      activation: activation && toActivationView(activation),
    };
    return activation?.status === 'running' ? c.json(answer, 202) : c.json(answer, 200);
  });
}

/** Nothing at all, or the fields of `body`. */
async function readActivateBody(request: Request): Promise<{ expected_active?: string | null }> {
  const read = await readBodyText(request, MAX_BODY_BYTES);
  if (!read.ok) {
    const detail = `The body is JSON of at most ${MAX_BODY_BYTES} bytes.`;
    throw new LedgerError({ code: 'payload_too_large', detail });
  }
  if (read.text.trim() === '') return {};
  const parsed = parseJson(read.text);
  if (!parsed.ok) throw new LedgerError(parsed.error);
  const checked = body.safeParse(parsed.value);
  if (!checked.success) throw new LedgerError(validationError(checked.error.issues, 'json'));
  const { expected_active } = checked.data;
  return expected_active === undefined ? {} : { expected_active };
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
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 1.5, MAX_LOOK_MS)) {
    const read = await ledger().readVersions();
    if (!read.ok) throw new LedgerError(read.error);
    const versions = read.value;
    const activation = versions.activations.find(({ id }) => id === started?.id) ?? started;
    if (activation?.status !== 'running' || Date.now() > deadline) return { versions, activation };
    await scheduler.wait(waitMs);
  }
}

function failure({ from, to, error, restored }: Activation) {
  const live = from ?? 'The template without code of the tenant';
  const now = restored
    ? `${live} is live.`
    : 'What was live before could not be put back; activate a version again.';
  const detail = `${to} did not become live. ${now} ${error ?? ''}`.trim();
  return { code: 'activation_failed' as const, detail };
}
