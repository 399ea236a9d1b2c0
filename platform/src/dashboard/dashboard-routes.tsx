// The operator's pages: server-rendered, readable without any script, and strict about what the
// browser may load. They show, and suspend or resume; every other change goes through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../http/app-env.ts';
import { RESOLUTIONS } from '../stats/stats-view.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { currentRun } from '../tenants/tenant-state.ts';
import { readNoisyNeighbour, readOverview } from './overview/overview-data.ts';
import { OverviewPage } from './overview/overview-page.tsx';
import { page } from './page.ts';
import { sameOrigin } from './session/same-origin.tsx';
import { signedIn, signIn, signOut } from './session/sign-in.tsx';
import { STYLE } from './style.ts';
import { NoSuchTenant } from './tenant/no-such-tenant.tsx';
import { ACTIONS, confirmAction, runAction } from './tenant/tenant-actions.tsx';
import { readTenant } from './tenant/tenant-data.ts';
import { TenantPage } from './tenant/tenant-page.tsx';
import { readTableState } from './tenants/tenant-order.ts';
import { readTenantTable } from './tenants/tenant-table.ts';
import { TenantsPage } from './tenants/tenants-page.tsx';

const MOVING = new Set(['provisioning', 'deleting']);

const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** What a page may set for itself. */
const USUAL_HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

const pageHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
  for (const [name, value] of Object.entries(USUAL_HEADERS)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};

export function mountDashboard(app: OpenAPIHono<AppEnv>): void {
  app.use('/dashboard', pageHeaders);
  app.use('/dashboard/*', pageHeaders);
  app.get('/dashboard/style.css', (c) => {
    c.header('cache-control', 'public, max-age=300');
    return c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' });
  });
  app.get('/dashboard/sign-in', signIn);
  app.post('/dashboard/sign-out', signOut);
  app.get('/dashboard', signedIn, showOverview);
  app.get('/dashboard/tenants', signedIn, showTenants);
  app.get('/dashboard/tenants/:id', signedIn, showTenant);
  for (const action of ACTIONS) {
    const path = `/dashboard/tenants/:id/${action}`;
    app.get(path, signedIn, (c) => confirmAction(c, action));
    app.post(path, signedIn, sameOrigin, (c) => runAction(c, action));
  }
}

async function showOverview(c: Context<AppEnv>): Promise<Response> {
  const data = await readOverview(c.env, Date.now());
  return c.html(
    page(<OverviewPage environment={c.env.ENVIRONMENT} platformUrl={c.env.ISSUER} data={data} />),
  );
}

async function showTenants(c: Context<AppEnv>): Promise<Response> {
  const state = readTableState(c.req.query());
  const now = Date.now();
  const [table, noisy] = await Promise.all([
    readTenantTable(c.env, state),
    readNoisyNeighbour(c.env, now),
  ]);
  return c.html(
    page(
      <TenantsPage
        environment={c.env.ENVIRONMENT}
        platformUrl={c.env.ISSUER}
        table={table}
        state={state}
        noisy={noisy}
        now={now}
        refresh={table.lines.some(({ status }) => MOVING.has(status))}
      />,
    ),
  );
}

async function showTenant(c: Context<AppEnv>): Promise<Response> {
  const id = tenantId.safeParse(c.req.param('id'));
  const asked = c.req.query('resolution');
  const resolution = RESOLUTIONS.find((name) => name === asked) ?? 'minute';
  const data = id.success ? await readTenant(c.env, id.data, resolution, Date.now()) : undefined;
  if (data === undefined) {
    return c.html(page(<NoSuchTenant environment={c.env.ENVIRONMENT} />), 404);
  }
  return c.html(
    page(
      <TenantPage
        environment={c.env.ENVIRONMENT}
        platformUrl={c.env.ISSUER}
        dispatcherUrl={c.env.DISPATCHER_URL}
        data={data}
        refresh={currentRun(data.tenant) !== undefined}
      />,
    ),
  );
}
