// Serves the live log to who is signed in: to the operator of any tenant, to a tenant its own. That the
// operator reads one is recorded by the stream, before anything is sent.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { page } from '../dashboard/page.ts';
import { PageLayout, Status } from '../dashboard/page-layout.tsx';
import { signedIn } from '../dashboard/session/sign-in.tsx';
import { NoSuchTenant } from '../dashboard/tenant/no-such-tenant.tsx';
import type { AppEnv } from '../http/app-env.ts';
import { OPERATOR } from '../http/operator-auth.ts';
import { PortalPage } from '../portal/portal-page.tsx';
import { asVisitor } from '../portal/session/portal-sign-in.tsx';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import type { TenantState } from '../tenants/tenant-state.ts';
import { LiveLog, type LogPlace, logCommands, readLogQuery } from './log-page.tsx';
import { openPageTail } from './open-tail.ts';
import { noSuchTenant, viewerOf } from './tail-auth.ts';
import type { TailQuery } from './tail-filter.ts';

const OPERATOR_PATH = '/dashboard/tenants/:id/logs';
const PORTAL_PATH = '/portal/logs';

export function mountOperatorLog(app: OpenAPIHono<AppEnv>): void {
  app.get(OPERATOR_PATH, signedIn, async (c) => {
    const id = tenantId.safeParse(c.req.param('id'));
    const tenant = id.success ? await ledgerOf(c.env, id.data).read() : undefined;
    if (!tenant?.ok) return c.html(page(<NoSuchTenant environment={c.env.ENVIRONMENT} />), 404);
    const path = `/dashboard/tenants/${encodeURIComponent(tenant.value.id)}/logs`;
    const frame = frameOf(c, path, tenant.value);
    return c.html(page(<OperatorLog {...frame} tenant={tenant.value} />));
  });
  app.get(`${OPERATOR_PATH}/stream`, signedIn, (c) => {
    const id = tenantId.safeParse(c.req.param('id'));
    if (!id.success) throw noSuchTenant();
    return openPageTail(c, id.data, OPERATOR);
  });
}

export function mountPortalLog(app: OpenAPIHono<AppEnv>): void {
  app.get(
    PORTAL_PATH,
    asVisitor((c, { tenant }) =>
      c.html(page(<PortalLog {...frameOf(c, PORTAL_PATH, tenant)} tenant={tenant} />)),
    ),
  );
  app.get(
    `${PORTAL_PATH}/stream`,
    asVisitor((c, { tenant }) => openPageTail(c, tenant.id, viewerOf(tenant.id))),
  );
}

interface Frame {
  readonly environment: string;
  readonly platformUrl: string;
  readonly place: LogPlace;
  readonly query: TailQuery;
}

function frameOf(c: Context<AppEnv>, path: string, tenant: TenantState): Frame {
  const apiUrl = `${c.env.DISPATCHER_URL}/t/${tenant.id}`;
  return {
    environment: c.env.ENVIRONMENT,
    platformUrl: c.env.ISSUER,
    place: { path, tenantId: tenant.id, apiUrl },
    query: readLogQuery(c.req.query()),
  };
}

function OperatorLog(props: Frame & { tenant: TenantState }) {
  const { tenant, place, query } = props;
  return (
    <PageLayout
      title={`Live log of ${tenant.name}`}
      environment={props.environment}
      place="tenant"
      commands={logCommands(place, query, props.platformUrl)}
      signedIn
    >
      <p class="crumbs">
        <a href={`/dashboard/tenants/${encodeURIComponent(tenant.id)}`}>{tenant.name}</a>
      </p>
      <div class="title">
        <h1>Live log</h1>
        {tenant.status !== 'active' && <Status of={tenant.status} />}
      </div>
      <LiveLog place={place} query={query} />
      <p class="quiet masked">
        A tenant's code may log what is personal; that you read here is recorded, and the tenant can
        see it. Nothing of this is kept.
      </p>
    </PageLayout>
  );
}

function PortalLog(props: Frame & { tenant: TenantState }) {
  const { place, query } = props;
  return (
    <PortalPage
      title="Live log"
      environment={props.environment}
      tenant={props.tenant}
      place="logs"
      commands={logCommands(place, query, props.platformUrl)}
    >
      <h1>Live log</h1>
      <LiveLog place={place} query={query} />
      <p class="quiet masked">
        What your Worker logs while this page is open. Nothing of it is kept; queries of addresses
        and headers never show here, what your code logs does.
      </p>
    </PortalPage>
  );
}
