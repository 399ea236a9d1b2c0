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
  // Its name and not its message, which may quote a caller's data.
  const { name } = error;
  if (Reflect.get(error, 'overloaded') === true) {
    const detail = 'The ledger is busy.';
    return problem(c, { code: 'not_ready', detail, retryAfterSeconds: 1 }, name);
  }
  const detail = 'Whether the request took effect is unknown; retry it with the same key.';
  return problem(c, { code: 'internal', detail }, name);
});

/** The caller as the dispatcher verified it; undefined when it is not this Worker's tenant. */
function identityOf(c: AppContext): Identity | undefined {
  const tenantId = c.req.header('x-z0-tenant-id');
  const principal = c.req.header('x-z0-principal');
  if (!tenantId || !principal || tenantId !== c.env.TENANT_ID) return undefined;
  const scope = c.req.header('x-z0-scope')?.split(' ');
  return { tenantId, principal, masked: scope?.includes('ledger:masked') === true };
}

export default app;
