// The operator's API for what runs by itself in a tenant's Worker: schedules, runs, dead letters. Each
// handler checks form, asks the ledger of the tenant's runs, and shows what it says.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Outcome } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import { newId } from '@z0-app/sdk/ids';
import type { Context } from 'hono';
import * as z from 'zod';
import { listOf, noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { OPERATOR } from '../http/operator-auth.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { noBody } from '../http/strict-body.ts';
import { accepted } from '../http/write-context.ts';
import { sha256Hex } from '../keys/key-secret.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantParams } from '../tenants/tenant-routes.ts';
import { type KnownRuns, readRunsOf } from './read-runs.ts';
import {
  deadLetterView,
  runView,
  scheduleView,
  toDeadLetterViews,
  toRunView,
  toRunViews,
  toScheduleViews,
} from './run-view.ts';
import { runsOf } from './runs-of.ts';

const MAX_LETTERS = 200;

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const reading = {
  method: 'get' as const,
  tags: ['Runs'],
  security: [{ operatorToken: [] }],
  request: { params: tenantParams, query: noQuery },
};
const refusals = problemResponses('invalid_request', 'token_invalid', 'not_found');

const listSchedules = createRoute({
  ...reading,
  path: '/v1/tenants/{id}/schedules',
  summary: 'List the schedules in force',
  responses: { 200: json(listOf(scheduleView), 'Those of the live version.'), ...refusals },
});

const listRuns = createRoute({
  ...reading,
  path: '/v1/tenants/{id}/runs',
  summary: 'List the latest runs',
  request: {
    params: tenantParams,
    query: z.strictObject({ schedule: z.string().max(40).optional() }),
  },
  responses: {
    200: json(listOf(runView), 'Open ones first, then the latest hundred that ended.'),
    ...refusals,
  },
});

const listDeadLetters = createRoute({
  ...reading,
  path: '/v1/tenants/{id}/dead-letters',
  summary: 'List runs and messages that failed for good',
  responses: {
    200: json(listOf(deadLetterView), 'Latest first, at most 200 of each.'),
    ...refusals,
  },
});

const writing = {
  ...reading,
  method: 'post' as const,
  middleware: [noBody],
};
const write = { headers: writeHeaders, query: noQuery };

const runNow = createRoute({
  ...writing,
  path: '/v1/tenants/{id}/schedules/{name}/run',
  summary: 'Run a schedule now',
  request: { ...write, params: tenantParams.extend({ name: z.string().min(1).max(40) }) },
  responses: {
    202: json(runView, 'The run, under way.'),
    ...refusals,
    ...problemResponses('conflict'),
  },
});

const redrive = createRoute({
  ...writing,
  path: '/v1/tenants/{id}/dead-letters/{letter_id}/redrive',
  summary: 'Try a dead letter again',
  description: 'Under the same id, with all its attempts anew.',
  request: { ...write, params: tenantParams.extend({ letter_id: z.string().min(1).max(80) }) },
  responses: {
    202: json(z.object({ object: z.literal('redriven'), id: z.string() }), 'It waits again.'),
    ...refusals,
    ...problemResponses('conflict'),
  },
});

export function mountRunRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listSchedules, async (c) => {
    const runs = await runsFor(c, c.req.valid('param').id);
    return c.json(whole(runs ? toScheduleViews(runs, Date.now()) : []), 200);
  });

  app.openapi(listRuns, async (c) => {
    const runs = await runsFor(c, c.req.valid('param').id);
    const { schedule } = c.req.valid('query');
    const all = runs ? toRunViews(runs) : [];
    return c.json(whole(all.filter((run) => !schedule || run.schedule === schedule)), 200);
  });

  app.openapi(listDeadLetters, async (c) => {
    const { id } = c.req.valid('param');
    const runs = await runsFor(c, id);
    if (runs === null) return c.json(whole([]), 200);
    const messages = await runsOf(c.env, id).deadMessages(MAX_LETTERS);
    return c.json(whole(toDeadLetterViews(runs, messages)), 200);
  });

  app.openapi(runNow, async (c) => {
    const { id, name } = c.req.valid('param');
    await runsFor(c, id);
    const runId = await manualRunId(id, c.req.valid('header')['idempotency-key']);
    const run = accepted(c, await runsOf(c.env, id).runNow(name, runId, OPERATOR));
    return c.json(toRunView(run), 202);
  });

  app.openapi(redrive, async (c) => {
    const { id, letter_id } = c.req.valid('param');
    await runsFor(c, id);
    accepted(c, await runsOf(c.env, id).redrive(letter_id, OPERATOR));
    return c.json({ object: 'redriven' as const, id: letter_id }, 202);
  });
}

/** `null` for a tenant without any; throws `not_found` for one that is none. */
async function runsFor(c: Context<AppEnv>, id: string): Promise<KnownRuns | null> {
  orThrow(await ledgerOf(c.env, id).read());
  return readRunsOf(c.env, id);
}

/** A repeat with the same key is the same run. */
async function manualRunId(tenantId: string, key: string | undefined): Promise<string> {
  if (key === undefined) return newId('run');
  const digest = await sha256Hex(JSON.stringify([tenantId, OPERATOR, key]));
  return `run_${digest.slice(0, 32)}`;
}

function orThrow<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new LedgerError(outcome.error);
  return outcome.value;
}

function whole<T>(data: T[]) {
  return { object: 'list' as const, data, has_more: false, next_cursor: null };
}
