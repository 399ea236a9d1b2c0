// Lets only the operator through. The token itself is never kept, compared or logged: its hash is.
import { LedgerError } from '@z0-app/sdk/errors';
import type { MiddlewareHandler } from 'hono';
import { sameDigest, sha256Hex } from '../keys/key-secret.ts';
import type { AppEnv } from './app-env.ts';

/** The principal of everything the operator writes. */
export const OPERATOR = 'operator';

/** Errors: `token_missing`, `token_invalid`. */
export const operatorAuth: MiddlewareHandler<AppEnv> = async (c, next) => {
  const [scheme, token, ...rest] = (c.req.header('authorization') ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
    const detail = 'This API is for the operator: send "authorization: Bearer <operator token>".';
    throw new LedgerError({ code: 'token_missing', detail });
  }
  if (!sameDigest(await sha256Hex(token), c.var.secrets.operatorKeyHash)) {
    throw new LedgerError({ code: 'token_invalid', detail: 'The operator token is not valid.' });
  }
  await next();
  c.res.headers.set('cache-control', 'no-store');
};
