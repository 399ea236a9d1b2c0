// The operator's pages: server-rendered, readable without any script, and strict about what the
// browser may load. They only show; every change goes through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '../http/app-env.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { listTenants } from '../tenants/tenant-index.ts';
import { currentRun } from '../tenants/tenant-state.ts';
import { MessagePage } from './message-page.tsx';
import { SESSION_COOKIE, signSession, verifySession } from './session.ts';
import { STYLE } from './style.ts';
import { TenantPage } from './tenant-page.tsx';
import { TenantsPage } from './tenants-page.tsx';

const PAGE_SIZE = 50;
const RECENT_FACTS = 30;
const MOVING = new Set(['provisioning', 'deleting']);

const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

const pageHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
};

const signedIn: MiddlewareHandler<AppEnv> = async (c, next) => {
  const cookie = getCookie(c, SESSION_COOKIE);
  const secret = c.var.secrets.sessionSecret;
  if (cookie !== undefined && (await verifySession(secret, 'z0-session+jwt', cookie))) {
    return next();
  }
  return c.html(page(<SignInHelp environment={c.env.ENVIRONMENT} />), 401);
};

export function mountDashboard(app: OpenAPIHono<AppEnv>): void {
  app.use('/dashboard', pageHeaders);
  app.use('/dashboard/*', pageHeaders);
  app.get('/dashboard/style.css', (c) => {
    c.header('cache-control', 'public, max-age=300');
    return c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' });
  });
  app.get('/dashboard/sign-in', signIn);
  app.post('/dashboard/sign-out', (c) => {
    deleteCookie(c, SESSION_COOKIE, { path: '/dashboard' });
    return c.redirect('/dashboard', 303);
  });
  app.get('/dashboard', signedIn, showTenants);
  app.get('/dashboard/tenants/:id', signedIn, showTenant);
}

async function signIn(c: Context<AppEnv>): Promise<Response> {
  const secret = c.var.secrets.sessionSecret;
  const token = c.req.query('token') ?? '';
  const expiresAt = await verifySession(secret, 'z0-signin+jwt', token);
  if (expiresAt === undefined) {
    return c.html(page(<SignInHelp environment={c.env.ENVIRONMENT} refused />), 401);
  }
  setCookie(c, SESSION_COOKIE, await signSession(secret, 'z0-session+jwt', expiresAt), {
    path: '/dashboard',
    httpOnly: true,
    sameSite: 'Strict',
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: Math.max(0, expiresAt - Math.floor(Date.now() / 1000)),
  });
  return c.redirect('/dashboard', 303);
}

async function showTenants(c: Context<AppEnv>): Promise<Response> {
  const after = decodeCursor(c.req.query('cursor') ?? '');
  const found = await listTenants(c.env.DB, { limit: PAGE_SIZE, order: 'desc', after });
  const next = found.next === undefined ? undefined : encodeCursor(found.next);
  return c.html(
    page(
      <TenantsPage
        environment={c.env.ENVIRONMENT}
        platformUrl={c.env.ISSUER}
        tenants={found.rows}
        next={next}
        refresh={found.rows.some(({ status }) => MOVING.has(status))}
      />,
    ),
  );
}

async function showTenant(c: Context<AppEnv>): Promise<Response> {
  const id = tenantId.safeParse(c.req.param('id'));
  const ledger = id.success ? ledgerOf(c.env, id.data) : undefined;
  const state = await ledger?.read();
  if (ledger === undefined || !state?.ok) {
    return c.html(page(<NoSuchTenant environment={c.env.ENVIRONMENT} />), 404);
  }
  const facts = await ledger.listFacts({ limit: RECENT_FACTS, order: 'desc' });
  return c.html(
    page(
      <TenantPage
        environment={c.env.ENVIRONMENT}
        dispatcherUrl={c.env.DISPATCHER_URL}
        tenant={state.value}
        facts={facts.ok ? facts.value.data : []}
        refresh={currentRun(state.value) !== undefined}
      />,
    ),
  );
}

function SignInHelp(props: { environment: string; refused?: boolean }) {
  return (
    <MessagePage
      environment={props.environment}
      title={props.refused ? 'This link has ended' : 'Sign in'}
    >
      <p>
        {props.refused
          ? 'A sign-in link works for twelve hours. Get a new one:'
          : 'The dashboard opens through a link that signs this browser in. Get one:'}
      </p>
      <pre>
        <code>npx z0 dashboard</code>
      </pre>
      <p class="quiet">
        Running locally? Starting the platform with <code>npm start</code> prints a link, too.
      </p>
    </MessagePage>
  );
}

function NoSuchTenant(props: { environment: string }) {
  return (
    <MessagePage environment={props.environment} title="No such tenant">
      <p>
        Nothing was ever onboarded under this id. <a href="/dashboard">All tenants</a>
      </p>
    </MessagePage>
  );
}

function page(content: { toString(): string }): string {
  return `<!doctype html>${content.toString()}`;
}
