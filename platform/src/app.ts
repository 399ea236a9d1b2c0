// Puts the platform's HTTP surface together: operator API, token endpoint, discovery, dashboard.
// The order of the guards is decided here and nowhere else.
import { OpenAPIHono } from '@hono/zod-openapi';
import { LedgerError } from '@z0-app/sdk/errors';
import { problemResponse } from '@z0-app/sdk/problem';
import { mountAlertRoutes } from './alerts/alert-routes.ts';
import { mountAuditRoutes } from './audit/audit-routes.ts';
import { mountConfigRoutes } from './configs/config-routes.ts';
import { mountDashboard } from './dashboard/dashboard-routes.tsx';
import { mountDashboardLinks } from './dashboard/session/dashboard-links.ts';
import type { AppEnv } from './http/app-env.ts';
import { operatorAuth } from './http/operator-auth.ts';
import { onError } from './http/problem-schema.ts';
import { requestId, secretsReady } from './http/request-guards.ts';
import { validationError } from './http/validation-error.ts';
import { mountKeyRoutes } from './keys/key-routes.ts';
import { mountEventRoutes } from './live/event-routes.ts';
import { mountPortal } from './portal/portal-routes.tsx';
import { mountPreviewRoutes } from './preview/preview-routes.ts';
import { mountRunRoutes } from './schedules/run-routes.ts';
import { mountRequestRoutes } from './stats/request-routes.ts';
import { mountStatsRoutes } from './stats/stats-routes.ts';
import { mountTailRoutes } from './tail/tail-routes.ts';
import { mountSecretRoutes } from './tenant-secrets/secret-routes.ts';
import { mountIndexRoutes } from './tenants/index-routes.ts';
import { mountPlanRoutes } from './tenants/plan-routes.ts';
import { mountTenantRoutes } from './tenants/tenant-routes.ts';
import { mountTokenRoutes } from './tokens/token-routes.ts';
import { mountActivationRoutes } from './versions/activation-routes.ts';
import { mountVersionDiffRoutes } from './versions/version-diff-routes.ts';
import { mountVersionRoutes } from './versions/version-routes.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function createApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const target =
        result.target === 'query' || result.target === 'param' ? result.target : 'json';
      const error = validationError(
        result.error.issues,
        result.target === 'header' ? 'header' : target,
      );
      throw new LedgerError(error);
    },
  });
  app.onError(onError);
  app.use(requestId, secretsReady);
  app.get('/healthz', (c) => c.json({ ok: true }));
  mountTokenRoutes(app);
  mountDashboard(app);
  mountPortal(app);
  mountTailRoutes(app);
  app.use('/v1/*', operatorAuth);
  mountTenantRoutes(app);
  mountPlanRoutes(app);
  mountKeyRoutes(app);
  mountVersionRoutes(app);
  mountVersionDiffRoutes(app);
  mountSecretRoutes(app);
  mountActivationRoutes(app);
  mountPreviewRoutes(app);
  mountRunRoutes(app);
  mountConfigRoutes(app);
  mountStatsRoutes(app);
  mountRequestRoutes(app);
  mountEventRoutes(app);
  mountAlertRoutes(app);
  mountAuditRoutes(app);
  mountDashboardLinks(app);
  mountIndexRoutes(app);
  describeApi(app);
  app.notFound((c) => {
    const other = METHODS.filter(
      (method) => method !== c.req.method && routed(app, method, c.req.path),
    );
    const detail =
      other.length > 0 ? `Here you can use ${other.join(', ')}.` : 'There is no such thing.';
    const code = other.length > 0 ? 'method_not_allowed' : 'not_found';
    const response = problemResponse({ code, detail }, c.var.requestId);
    if (other.length > 0) response.headers.set('allow', other.join(', '));
    return response;
  });
  return app;
}

/** Whether some handler, and not only middleware, serves `method` on `path`. */
function routed(app: OpenAPIHono<AppEnv>, method: string, path: string): boolean {
  const [matches] = app.router.match(method, path);
  return matches.some(([[, route]]) => route.method === method);
}

function describeApi(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'operatorToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'The operator token.',
  });
  app.doc31('/openapi.json', (c) => ({
    openapi: '3.1.0',
    info: {
      title: 'z0 platform API',
      version: '0.1.0',
      description:
        'Onboards tenants, keeps their keys and what they inherit. Errors are RFC 9457 documents.',
    },
    servers: [{ url: new URL(c.req.url).origin }],
  }));
}
