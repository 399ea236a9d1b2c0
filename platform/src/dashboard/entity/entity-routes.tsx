// The operator's pages of a tenant's entities. Each look is recorded on the tenant's ledger first, and
// personal data comes masked; nothing here can change what a tenant keeps.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from '../../http/app-env.ts';
import { ENTITY_ID } from '../../tenant-api/tenant-answers.ts';
import { type TenantApi, tenantApi } from '../../tenant-api/tenant-api.ts';
import { operatorCaller } from '../../tenant-api/tenant-request.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { tenantId } from '../../tenants/tenant-id.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import { page } from '../page.ts';
import { signedIn } from '../session/sign-in.tsx';
import { NoSuchTenant } from '../tenant/no-such-tenant.tsx';
import { readEntityData } from './entity-data.ts';
import { readEntitiesQuery, readEntityQuery } from './entity-query.ts';
import {
  NoSuchEntity,
  NotAsked,
  NotRecorded,
  OperatorEntities,
  OperatorEntity,
} from './operator-pages.tsx';
import { ALL_ENTITIES, recordLooking } from './record-looking.ts';

const PATH = '/dashboard/tenants/:id/entities';
export const ENTITIES_PER_PAGE = 50;

export function mountEntityPages(app: OpenAPIHono<AppEnv>): void {
  app.get(PATH, signedIn, showEntities);
  app.get(`${PATH}/:entity_id`, signedIn, showEntity);
}

async function showEntities(c: Context<AppEnv>): Promise<Response> {
  const opened = await openTenant(c, ALL_ENTITIES, 'entities');
  if (opened instanceof Response) return opened;
  const query = readEntitiesQuery(c.req.query());
  const entities = await opened.api.listEntities({ ...query, limit: ENTITIES_PER_PAGE });
  const frame = { ...frameOf(c), tenant: opened.tenant };
  return c.html(
    page(<OperatorEntities {...frame} query={query} entities={entities} now={Date.now()} />),
  );
}

async function showEntity(c: Context<AppEnv>): Promise<Response> {
  const id = c.req.param('entity_id') ?? '';
  if (!ENTITY_ID.test(id)) return noSuchEntity(c);
  const opened = await openTenant(c, id, 'entity');
  if (opened instanceof Response) return opened;
  const data = await readEntityData(opened.api, id, readEntityQuery(c.req.query()));
  if (!data.entity.ok && data.entity.fault.kind === 'not_found') return noSuchEntity(c);
  const frame = { ...frameOf(c), tenant: opened.tenant };
  return c.html(page(<OperatorEntity {...frame} data={data} />));
}

interface OpenTenant {
  readonly tenant: TenantState;
  readonly api: TenantApi;
}

/** The tenant, once it is written down that `what` is looked at; else the answer that says why not. */
async function openTenant(
  c: Context<AppEnv>,
  what: string,
  where: 'entities' | 'entity',
): Promise<OpenTenant | Response> {
  const id = tenantId.safeParse(c.req.param('id'));
  const state = id.success ? await ledgerOf(c.env, id.data).read() : undefined;
  if (!state?.ok) return c.html(page(<NoSuchTenant environment={c.env.ENVIRONMENT} />), 404);
  const tenant = state.value;
  const entityId = where === 'entity' ? what : undefined;
  const frame = { ...frameOf(c), tenant, entityId };
  // Only an active tenant's requests get through the dispatcher.
  if (tenant.status !== 'active') return c.html(page(<NotAsked {...frame} />));
  if (!(await recordLooking(c, tenant.id, what, where))) {
    return c.html(page(<NotRecorded {...frame} />), 503);
  }
  return { tenant, api: tenantApi(c.env, c.var.secrets, operatorCaller(tenant.id)) };
}

function frameOf(c: Context<AppEnv>) {
  return { environment: c.env.ENVIRONMENT, dispatcherUrl: c.env.DISPATCHER_URL };
}

function noSuchEntity(c: Context<AppEnv>): Response | Promise<Response> {
  return c.html(page(<NoSuchEntity environment={c.env.ENVIRONMENT} />), 404);
}
