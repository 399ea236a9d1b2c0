// The Cloudflare v4 API on loopback: token check, account check, routes, and one envelope for
// everything that goes wrong.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { accountRoutes } from './account-routes.ts';
import { accountWorkerRoutes } from './account-worker-routes.ts';
import type { ApiContext } from './api-context.ts';
import { d1Routes } from './d1-routes.ts';
import { ApiError, fail } from './envelope.ts';
import { kvRoutes } from './kv-routes.ts';
import { namespaceRoutes } from './namespace-routes.ts';
import { isPresigned } from './presigned-files.ts';
import { queueRoutes } from './queue-routes.ts';
import { r2Routes } from './r2-routes.ts';
import { refusedRoutes } from './refused-routes.ts';
import { tailRoutes } from './tail-routes.ts';
import { userWorkerRoutes } from './user-worker-routes.ts';
import { versionRoutes } from './version-routes.ts';

/** `report` gets one line for a person to read: unknown endpoints and faults of the stand-in. */
export function createApiApp(api: ApiContext, report: (line: string) => void): Hono {
  const root = new Hono();
  // Also for paths that lead nowhere: nobody learns from outside what there is.
  root.use(async (c, next) => {
    if (isPresigned(c.req.method, c.req.path)) return next();
    const [scheme, token] = (c.req.header('authorization') ?? '').split(' ');
    if (scheme !== 'Bearer' || !sameSecret(token ?? '', api.apiToken)) {
      throw new ApiError(401, 10000, 'Authentication error');
    }
    await next();
  });
  const app = new Hono();
  app.use('/accounts/:account/*', async (c, next) => {
    if (c.req.param('account') !== api.accountId)
      throw new ApiError(403, 10023, 'No access to this account');
    await next();
  });
  for (const routes of [
    accountRoutes,
    namespaceRoutes,
    userWorkerRoutes,
    accountWorkerRoutes,
    versionRoutes,
    queueRoutes,
    d1Routes,
    kvRoutes,
    r2Routes,
    tailRoutes,
    refusedRoutes,
  ]) {
    app.route('/', routes(api));
  }
  root.route('/client/v4', app);
  root.notFound((c) => {
    report(`no such endpoint in the embedded Cloudflare: ${c.req.method} ${c.req.path}`);
    return fail(
      c,
      new ApiError(
        404,
        7003,
        `Could not route to ${c.req.path}, perhaps your object identifier is invalid?`,
      ),
    );
  });
  root.onError((error, c) => {
    if (error instanceof ApiError) return fail(c, error);
    report(`${c.req.method} ${c.req.path} failed: ${error.stack ?? error.message}`);
    return fail(c, new ApiError(500, 10013, 'An unknown error has occurred.'));
  });
  return root;
}

/** Hashes first, so that neither length nor content shows in the time taken. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
