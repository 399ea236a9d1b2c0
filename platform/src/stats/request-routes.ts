// The operator's API for requests as the dispatcher counted them, the errors among them, and what the
// queue gave up on. It only shows.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { listOf } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { accepted } from '../http/write-context.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { readDeadLetters } from './health-reader.ts';
import {
  readErrorGroups,
  readPlatformRequestSeries,
  readTenantRequestSeries,
} from './request-reader.ts';
import {
  BACKWARDS,
  count,
  forwards,
  json,
  limit,
  range,
  seriesQuery,
  time,
} from './stats-schemas.ts';

const security = [{ operatorToken: [] }];
const tags = ['Stats'];

const unavailable_shards = z
  .array(z.string())
  .meta({ description: 'Whose tenants are missing here; empty when the answer is whole.' });

const point = z
  .object({
    start: time,
    requests: count,
    writes: count,
    refusals: count,
    errors: count,
    latency: z.array(count).meta({
      description:
        'Requests by time until the answer began, in buckets up to 5, 10, 25, 50, 100, 250, 500, ' +
        '1,000, 2,500, 5,000 and 10,000 ms; the last holds what took longer.',
    }),
  })
  .meta({ id: 'RequestPoint' });

const errorGroup = z
  .object({
    tenant_id: z.string().meta({ description: 'Empty when no tenant was known yet.' }),
    code: z.string(),
    route: z.string(),
    status: z.int(),
    count,
    last_at: time,
  })
  .meta({ id: 'ErrorGroup' });

const deadLetter = z
  .object({
    id: z.string(),
    at: time,
    reason: z.string(),
    tenant_id: z.string().nullable(),
    body: z.string().meta({ description: 'JSON, cut to 2 KB.' }),
  })
  .meta({ id: 'DeadLetter' });

const description =
  'A window counts where it ended. Ends now by default, and begins an hour, two days or a month ' +
  'before, by resolution. Points without anything in them are left out.';

const series = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/requests/series',
  tags,
  security,
  summary: "Show a tenant's requests over time",
  description,
  request: { params: z.object({ id: tenantId }), query: seriesQuery },
  responses: {
    200: json(listOf(point), 'All points of the range, oldest first.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_found', 'not_ready'),
  },
});

const platformSeries = createRoute({
  method: 'get',
  path: '/v1/requests/series',
  tags,
  security,
  summary: 'Show all requests over time',
  description,
  request: { query: seriesQuery },
  responses: {
    200: json(listOf(point).extend({ unavailable_shards }), 'All points of the range.'),
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

const errors = createRoute({
  method: 'get',
  path: '/v1/errors',
  tags,
  security,
  summary: 'List what was answered 4xx and 5xx, by code and route',
  description: 'Most first, of whole hours or days; since the oldest that is kept by default.',
  request: {
    query: z
      .strictObject({ ...range, tenant_id: z.string().max(64).optional(), limit: limit(100) })
      .refine(forwards, BACKWARDS),
  },
  responses: {
    200: json(listOf(errorGroup).extend({ unavailable_shards }), 'Empty when all went well.'),
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

const deadLetters = createRoute({
  method: 'get',
  path: '/v1/dead-letters',
  tags,
  security,
  summary: 'List the counts that the queue gave up on',
  description: 'Newest first. What they told is counted nowhere.',
  request: { query: z.strictObject({ limit: limit(20) }) },
  responses: {
    200: json(listOf(deadLetter).extend({ count }), '`count` is how many there ever were.'),
    ...problemResponses('invalid_request', 'token_invalid', 'not_ready'),
  },
});

export function mountRequestRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(series, async (c) => {
    const { id } = c.req.valid('param');
    const [known, points] = await Promise.all([
      ledgerOf(c.env, id).read(),
      readTenantRequestSeries(c.env, id, c.req.valid('query')),
    ]);
    accepted(c, known);
    return c.json(list(accepted(c, points).map(toBody)), 200);
  });

  app.openapi(platformSeries, async (c) => {
    const answer = await readPlatformRequestSeries(c.env, c.req.valid('query'));
    const missing = [...answer.unavailable_shards];
    return c.json({ ...list(answer.data.map(toBody)), unavailable_shards: missing }, 200);
  });

  app.openapi(errors, async (c) => {
    const { tenant_id, ...query } = c.req.valid('query');
    const answer = await readErrorGroups(c.env, { ...query, tenantId: tenant_id });
    const missing = [...answer.unavailable_shards];
    return c.json({ ...list([...answer.data]), unavailable_shards: missing }, 200);
  });

  app.openapi(deadLetters, async (c) => {
    const letters = await readDeadLetters(c.env, c.req.valid('query').limit);
    return c.json({ ...list([...letters.data]), count: letters.count }, 200);
  });
}

function list<T>(data: T[]) {
  return { object: 'list' as const, data, has_more: false, next_cursor: null };
}

function toBody<T extends { readonly latency: readonly number[] }>(counts: T) {
  return { ...counts, latency: [...counts.latency] };
}
