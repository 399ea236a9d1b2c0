// The operator's API for what tenants' ledgers report, beside what the dispatcher counted of them. It
// only shows; but for the dispatcher's, counts are the tenants' own claims.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { listOf, noQuery } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { operatorAuth } from '../http/operator-auth.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { accepted } from '../http/write-context.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { readDeadLetters } from './health-reader.ts';
import { OPEN_METRICS_TYPE, openMetrics } from './open-metrics.ts';
import { readRequestTotals } from './request-reader.ts';
import {
  readPlatformStats,
  readTallies,
  readTenantSeries,
  readTenantStats,
} from './stats-reader.ts';
import {
  BACKWARDS,
  count,
  forwards,
  json,
  range,
  reporting,
  seriesQuery,
  time,
  work,
} from './stats-schemas.ts';

const security = [{ operatorToken: [] }];
const tags = ['Stats'];
const params = z.object({ id: tenantId });
const platformStats = z
  .object({
    object: z.literal('platform_stats'),
    tenant_count: count.meta({ description: 'Tenants that ever reported.' }),
    entity_count: count,
    sdk_facts_count: count.meta({ description: 'Reports recorded.' }),
    ...work,
    ...reporting,
    unavailable_shards: z
      .array(z.string())
      .meta({ description: 'Whose tenants are missing here; empty when the answer is whole.' }),
  })
  .meta({ id: 'PlatformStats' });

const tenantStats = z
  .object({
    object: z.literal('tenant_stats'),
    tenant_id: z.string(),
    entities_count: count,
    ...work,
    ...reporting,
    missing: z.array(z.object({ first: count, last: count })),
    from: time.nullable(),
    to: time.nullable(),
  })
  .meta({ id: 'TenantStats' });

const seriesPoint = z
  .object({
    start: time,
    facts: count,
    refusals: count,
    errors: count,
    cache_hits: count,
    cache_misses: count,
  })
  .meta({ id: 'SeriesPoint' });

const platform = createRoute({
  method: 'get',
  path: '/v1/stats',
  tags,
  security,
  summary: 'Show what all tenants add up to',
  description: 'Since onboarding, as tenants last reported: about a minute behind.',
  request: { query: noQuery },
  responses: {
    200: json(platformStats, 'Zeros when nothing was reported.'),
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

const reads = problemResponses('invalid_request', 'token_invalid', 'not_found', 'not_ready');

const tenant = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/stats',
  tags,
  security,
  summary: "Show a tenant's counts",
  description:
    'Since onboarding, or with `from` (inclusive) and `to` (exclusive) in that range: widened to ' +
    'whole minutes, hours or days, whichever are still kept from `from` on.',
  request: { params, query: z.strictObject(range).refine(forwards, BACKWARDS) },
  responses: { 200: json(tenantStats, 'Zeros when it has not reported.'), ...reads },
});

const series = createRoute({
  method: 'get',
  path: '/v1/tenants/{id}/stats/series',
  tags,
  security,
  summary: "Show a tenant's counts over time",
  description:
    'A period counts where it ended. Ends now by default, and begins an hour, two days or a month ' +
    'before, by resolution. Points without anything in them are left out.',
  request: {
    params,
    query: seriesQuery,
  },
  responses: { 200: json(listOf(seriesPoint), 'All points of the range, oldest first.'), ...reads },
});

const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags,
  security,
  summary: 'Show counts as OpenMetrics text',
  middleware: [operatorAuth],
  request: { query: noQuery },
  responses: {
    200: {
      description: 'OpenMetrics 1.0, a time series per tenant.',
      content: { [OPEN_METRICS_TYPE]: { schema: z.string() } },
    },
    ...problemResponses('invalid_request', 'token_invalid'),
  },
});

export function mountStatsRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(platform, async (c) => {
    const { unavailable_shards, ...stats } = await readPlatformStats(c.env);
    return c.json({ ...stats, unavailable_shards: [...unavailable_shards] }, 200);
  });

  app.openapi(tenant, async (c) => {
    const { id } = c.req.valid('param');
    const [known, stats] = await Promise.all([
      ledgerOf(c.env, id).read(),
      readTenantStats(c.env, id, c.req.valid('query')),
    ]);
    accepted(c, known);
    const { missing, ...rest } = accepted(c, stats);
    return c.json({ ...rest, missing: [...missing] }, 200);
  });

  app.openapi(series, async (c) => {
    const { id } = c.req.valid('param');
    const [known, points] = await Promise.all([
      ledgerOf(c.env, id).read(),
      readTenantSeries(c.env, id, c.req.valid('query')),
    ]);
    accepted(c, known);
    const data = accepted(c, points);
    return c.json({ object: 'list' as const, data, has_more: false, next_cursor: null }, 200);
  });

  app.openapi(metrics, async (c) => {
    const [tallies, requests, deadLetters] = await Promise.all([
      readTallies(c.env),
      readRequestTotals(c.env),
      readDeadLetters(c.env, 1).catch(() => undefined),
    ]);
    const text = openMetrics({ tallies, requests, deadLetters: deadLetters?.count });
    return c.body(text, 200, { 'content-type': OPEN_METRICS_TYPE });
  });
}
