// The shape of a request inside the template: what Hono carries from the first middleware to the
// answer. Never holds anything a caller could have claimed.
import type { Context } from 'hono';
import type { Env } from './env.ts';

/** Who is asking, as the dispatcher verified it. */
export interface Identity {
  readonly tenantId: string;
  readonly principal: string;
}

export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; identity: Identity };
}

export type AppContext = Context<AppEnv>;

/** One line of the route table. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** As Hono writes it; with the method it is the scope of idempotency keys. */
  readonly path: string;
  readonly handle: (c: AppContext, route: string) => Promise<Response>;
}
