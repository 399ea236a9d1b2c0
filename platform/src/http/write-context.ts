// Turns a verified request into the context a ledger wants, and a ledger's outcome into an answer.
import type { Outcome, WriteContext } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Context } from 'hono';
import type { AppEnv } from './app-env.ts';
import { OPERATOR } from './operator-auth.ts';

/** `route` is the operation's template, e.g. `POST /v1/tenants`: the same for every tenant. */
export function operatorContext(c: Context<AppEnv>, tenantId: string, route: string): WriteContext {
  const idempotencyKey = c.req.header('idempotency-key');
  return {
    tenantId,
    principal: OPERATOR,
    route,
    correlationId: c.var.requestId,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** The value of `outcome`; a refusal is thrown, for `onError` to answer. Replays are marked. */
export function accepted<T>(c: Context<AppEnv>, outcome: Outcome<T>): T {
  if (outcome.replayed) c.header('idempotency-replayed', 'true');
  if (!outcome.ok) throw new LedgerError(outcome.error);
  return outcome.value;
}
