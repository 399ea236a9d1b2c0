// The operator's API for plans: which there are, what they allow, who is on them and whether all of those
// have been told; and a tenant's change of plan. A plan itself is put as a Config.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { listOf, noQuery, writeHeaders } from '../http/api-schemas.ts';
import type { AppEnv } from '../http/app-env.ts';
import { problemResponses } from '../http/problem-schema.ts';
import { strictBody } from '../http/strict-body.ts';
import { accepted, operatorContext } from '../http/write-context.ts';
import { ledgerOf } from './ledger-of.ts';
import { unknownPlan } from './plan-settings.ts';
import { countByPlan } from './plan-use.ts';
import { type KnownPlan, PLAN_NAMES, readPlans } from './plans.ts';
import { tenantId } from './tenant-id.ts';
import { tenantView, toTenantView } from './tenant-view.ts';

const security = [{ operatorToken: [] }];
const count = z.int().nonnegative();

/** The name of a plan, as a caller gives it; whether there is one is asked for later. */
export const planName = z.string().min(1).max(64);

const planView = z
  .object({
    object: z.literal('plan'),
    name: z.string(),
    cpu_ms: count,
    subrequests: count,
    rate: z.object({ limit: count, period_s: count }),
    storage_bytes: count,
    entities: count,
    schedules: count,
    preview: z.object({ entities: count, facts: count }),
    tenants_count: count,
    config: z
      .object({ id: z.string(), version: count, effective_at: z.iso.datetime({ offset: true }) })
      .nullable()
      .meta({ description: '`null` for a built-in plan that no Config changes.' }),
    rollout: z.enum(['done', 'routes', 'workers']).meta({
      description:
        'Whether its tenants have what it allows: `routes` are what the dispatcher reads, ' +
        '`workers` the limits that their Workers were uploaded with.',
    }),
  })
  .meta({ id: 'Plan' });

const list = createRoute({
  method: 'get',
  path: '/v1/plans',
  tags: ['Plans'],
  security,
  summary: 'List the plans',
  request: { query: noQuery },
  responses: {
    200: {
      description: 'All of them, the built-in ones first.',
      content: { 'application/json': { schema: listOf(planView) } },
    },
    ...problemResponses('invalid_request', 'token_invalid', 'not_ready'),
  },
});

const changeBody = z.strictObject({ plan: planName }).meta({ id: 'ChangeTenant' });

const change = createRoute({
  method: 'patch',
  path: '/v1/tenants/{id}',
  tags: ['Tenants'],
  security,
  summary: 'Put a tenant on another plan',
  description: 'The dispatcher follows within a minute, the limits of its Worker soon after.',
  middleware: [strictBody],
  request: {
    params: z.object({ id: tenantId }),
    query: noQuery,
    headers: writeHeaders,
    body: { required: true, content: { 'application/json': { schema: changeBody } } },
  },
  responses: {
    200: {
      description: 'The tenant, on that plan.',
      content: { 'application/json': { schema: tenantView } },
    },
    ...problemResponses('invalid_request', 'invalid_json', 'token_invalid', 'not_found'),
    ...problemResponses('conflict', 'payload_too_large', 'unsupported_media_type'),
    ...problemResponses('idempotency_key_reused', 'not_ready'),
  },
});

export function mountPlanRoutes(app: OpenAPIHono<AppEnv>): void {
  app.openapi(list, async (c) => {
    const [plans, counts, rollouts] = await Promise.all([
      readPlans(c.env),
      countByPlan(c.env.DB),
      platformLedger(c.env).planRollouts(),
    ]);
    const data = [...plans.values()].map((known) => {
      return toPlanView(known, counts.get(known.plan.name) ?? 0, rollouts[known.plan.name]);
    });
    return c.json({ object: 'list' as const, data, has_more: false, next_cursor: null }, 200);
  });

  app.openapi(change, async (c) => {
    const { id } = c.req.valid('param');
    const { plan } = c.req.valid('json');
    await refuseUnknownPlan(c.env, plan);
    const context = operatorContext(c, id, 'PATCH /v1/tenants/{id}');
    const outcome = await ledgerOf(c.env, id).changePlan(plan, context);
    return c.json(toTenantView(accepted(c, outcome)), 200);
  });
}

/** Errors: `invalid_request`, which names the plans there are. */
export async function refuseUnknownPlan(env: Env, name: string): Promise<void> {
  // A built-in one is always there, also while the platform's Configs cannot be read.
  if (PLAN_NAMES.some((known) => known === name)) return;
  const plans = await readPlans(env);
  if (!plans.has(name)) throw unknownPlan(name, plans.keys());
}

const ROLLOUTS = { done: 'done', route: 'routes', worker: 'workers' } as const;

function toPlanView(
  { plan, config }: KnownPlan,
  tenants: number,
  rollout: keyof typeof ROLLOUTS = 'done',
): z.infer<typeof planView> {
  const { name, limits, ...rest } = plan;
  return {
    object: 'plan',
    name,
    ...limits,
    ...rest,
    rate: { ...rest.rate },
    preview: { ...rest.preview },
    tenants_count: tenants,
    config: config
      ? { id: config.id, version: config.version, effective_at: config.effective_at }
      : null,
    rollout: ROLLOUTS[rollout],
  };
}
