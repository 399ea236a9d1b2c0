// The operator's pages: server-rendered, readable without any script, and strict about what the
// browser may load. They show, and suspend or resume; every other change goes through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from '../http/app-env.ts';
import { dashboardEvents } from '../live/event-routes.ts';
import { mountOperatorLog } from '../tail/log-routes.tsx';
import { mountAudit } from './audit/audit-routes.tsx';
import { mountEntityPages } from './entity/entity-routes.tsx';
import { mountErrors } from './errors/errors-routes.tsx';
import { mountOverview } from './overview/overview-routes.tsx';
import { PAGE_ASSETS, type PageAsset } from './page-assets.ts';
import { pageHeaders } from './page-headers.ts';
import { mountSelf } from './self/self-routes.tsx';
import { signedIn, signIn, signOut } from './session/sign-in.tsx';
import { mountSystem } from './system/system-routes.tsx';
import { mountTenant } from './tenant/tenant-routes.tsx';
import { mountTenants } from './tenants/tenants-routes.tsx';

export function mountDashboard(app: OpenAPIHono<AppEnv>): void {
  app.use('/dashboard', pageHeaders);
  app.use('/dashboard/*', pageHeaders);
  for (const asset of PAGE_ASSETS) app.get(asset.path, (c) => sendAsset(c, asset));
  app.get('/dashboard/sign-in', signIn);
  app.post('/dashboard/sign-out', signOut);
  app.get('/dashboard/events', signedIn, dashboardEvents);
  mountOverview(app);
  mountTenants(app);
  mountTenant(app);
  mountEntityPages(app);
  mountOperatorLog(app);
  mountErrors(app);
  mountSelf(app);
  mountSystem(app);
  mountAudit(app);
}

/** Kept for good under the address that names its version; under any other, for a few minutes. */
function sendAsset(c: Context<AppEnv>, asset: PageAsset): Response {
  const current = c.req.query('v') === asset.version;
  c.header('cache-control', `public, max-age=${current ? '31536000, immutable' : '300'}`);
  return c.body(asset.text, 200, { 'content-type': asset.type });
}
