// What every request passes first: it gets an id, and goes no further unless the secrets are there.
import { LedgerError } from '@z0-app/sdk/errors';
import type { MiddlewareHandler } from 'hono';
import { readSecrets } from '../secrets.ts';
import type { AppEnv } from './app-env.ts';

const REQUEST_ID = /^[A-Za-z0-9_-]{8,128}$/u;

/** Keeps a caller's usable `x-request-id`, else makes one; the answer always carries it. */
export const requestId: MiddlewareHandler<AppEnv> = async (c, next) => {
  const given = c.req.header('x-request-id');
  c.set('requestId', given && REQUEST_ID.test(given) ? given : crypto.randomUUID());
  await next();
  c.res.headers.set('x-request-id', c.var.requestId);
  c.res.headers.set('x-content-type-options', 'nosniff');
};

/** Errors: `not_ready`. */
export const secretsReady: MiddlewareHandler<AppEnv> = async (c, next) => {
  const secrets = readSecrets(c.env);
  if (!secrets.ok) throw new LedgerError(secrets.error);
  c.set('secrets', secrets.value);
  await next();
};
