// The user Worker: identity first, then the route table; every failure leaves as problem+json. It
// never trusts a header the dispatcher does not set itself, and never talks to another tenant.
import { Hono } from 'hono/tiny';
import { problem } from './answer.ts';
import type { AppContext, AppEnv, Identity } from './app.ts';
import * as ledgers from './ledgers.ts';
import { serveLedgers } from './registry.ts';
import { requestIdOf } from './request.ts';
import { notFound } from './routes/lookup.ts';
import { ROUTES } from './routes/route-table.ts';

export * from './ledgers.ts';

serveLedgers(ledgers);

const app = new Hono<AppEnv>();

app.use(async (c, next) => {
  c.set('requestId', requestIdOf(c.req.raw));
  const identity = identityOf(c);
  if (!identity) return notFound(c);
  c.set('identity', identity);
  return next();
});

for (const { method, path, handle } of ROUTES) {
  app.on(method, path, handle);
}

for (const path of new Set(ROUTES.map((route) => route.path))) {
  const allowed = ROUTES.filter((route) => route.path === path).map((route) => route.method);
  app.all(path, (c) => {
    const detail = `Here you can ${allowed.join(', ')}.`;
    const response = problem(c, { code: 'method_not_allowed', detail });
    response.headers.set('allow', allowed.join(', '));
    return response;
  });
}

app.notFound((c) => notFound(c));

app.onError((error, c) => {
  // Not the message: it may quote a caller's data.
  console.error(`request ${c.var.requestId} failed: ${error.name}`);
  if (Reflect.get(error, 'overloaded') === true) {
    return problem(c, { code: 'not_ready', detail: 'The ledger is busy.', retryAfterSeconds: 1 });
  }
  const detail = 'Whether the request took effect is unknown; retry it with the same key.';
  return problem(c, { code: 'internal', detail });
});

/** The caller as the dispatcher verified it; undefined when it is not this Worker's tenant. */
function identityOf(c: AppContext): Identity | undefined {
  const tenantId = c.req.header('x-z0-tenant-id');
  const principal = c.req.header('x-z0-principal');
  if (!tenantId || !principal || tenantId !== c.env.TENANT_ID) return undefined;
  return { tenantId, principal };
}

export default app;
