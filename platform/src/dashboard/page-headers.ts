// What a browser may do with a page of the dashboard or the portal, and what the page may load: its
// own style sheet, its own script, its own data. Nothing inline, nothing from elsewhere.
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../http/app-env.ts';

const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** What a page may set for itself. */
const USUAL_HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

export const pageHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
  for (const [name, value] of Object.entries(USUAL_HEADERS)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};
