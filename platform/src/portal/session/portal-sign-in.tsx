// Lets a tenant into its portal with the id and secret of one of its keys, and out again. Every page
// asks who is there; what was wrong with refused credentials is never said.
import type { Context, Handler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { page } from '../../dashboard/page.ts';
import type { AppEnv } from '../../http/app-env.ts';
import { authenticateClient } from '../../tokens/authenticate-client.ts';
import { readCredentialsRequest } from '../../tokens/client-credentials.ts';
import { readFormText } from '../portal-form.tsx';
import { PortalMessage } from '../portal-page.tsx';
import {
  PORTAL_COOKIE,
  PORTAL_SECONDS,
  type PortalVisitor,
  signPortalPass,
  visitorOf,
} from './portal-session.ts';
import { SignInAttempts } from './sign-in-attempts.ts';

type VisitorHandler = (c: Context<AppEnv>, visitor: PortalVisitor) => Response | Promise<Response>;

const CLIENT_ID = /^key_[0-9a-z]{26}$/u;
const attempts = new SignInAttempts();

/** Only with a session whose key is live; anybody else gets the sign-in form. */
export function asVisitor(handle: VisitorHandler): Handler<AppEnv> {
  return async (c) => {
    const cookie = getCookie(c, PORTAL_COOKIE);
    const visitor = await visitorOf(c.env, c.var.secrets.sessionSecret, cookie);
    if (visitor !== undefined) return handle(c, visitor);
    if (cookie !== undefined) deleteCookie(c, PORTAL_COOKIE, { path: '/portal' });
    return c.html(page(<SignInPage environment={c.env.ENVIRONMENT} />), 401);
  };
}

/** The form is a client credentials request, and is judged as the token endpoint would. */
export async function signInToPortal(c: Context<AppEnv>): Promise<Response> {
  const request = readCredentialsRequest(undefined, await readFormText(c));
  if (!request.ok) return refuse(c, 401);
  const now = Date.now();
  const { clientId } = request;
  if (attempts.waitSeconds(clientId, now) > 0) return refuse(c, 429, clientId, now);
  const tenantId = await authenticateClient(c.env, request);
  if (tenantId === undefined) {
    if (CLIENT_ID.test(clientId)) attempts.failed(clientId, now);
    return refuse(c, 401, clientId);
  }
  attempts.succeeded(clientId);
  const expiresAt = Math.floor(now / 1000) + PORTAL_SECONDS;
  const pass = { tenantId, keyId: clientId };
  setCookie(c, PORTAL_COOKIE, await signPortalPass(c.var.secrets.sessionSecret, pass, expiresAt), {
    path: '/portal',
    httpOnly: true,
    sameSite: 'Strict',
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: PORTAL_SECONDS,
  });
  return c.redirect('/portal', 303);
}

export function signOutOfPortal(c: Context<AppEnv>): Response {
  deleteCookie(c, PORTAL_COOKIE, { path: '/portal' });
  return c.redirect('/portal', 303);
}

function refuse(
  c: Context<AppEnv>,
  status: 401 | 429,
  clientId = '',
  now = Date.now(),
): Response | Promise<Response> {
  const wait = attempts.waitSeconds(clientId, now);
  if (status === 429) c.header('retry-after', String(wait));
  const refusal =
    status === 429
      ? `Too many attempts with this client id. Wait ${wait} s and try again.`
      : 'The client is unknown, its secret is wrong, or it may not act now.';
  const shown = CLIENT_ID.test(clientId) ? clientId : '';
  return c.html(
    page(<SignInPage environment={c.env.ENVIRONMENT} refusal={refusal} clientId={shown} />),
    status,
  );
}

function SignInPage(props: { environment: string; refusal?: string; clientId?: string }) {
  return (
    <PortalMessage environment={props.environment} title="Sign in">
      <p>Your tenant's own pages open with the id and the secret of one of its keys.</p>
      {props.refusal !== undefined && (
        <p class="fault" role="alert">
          {props.refusal}
        </p>
      )}
      <form class="sign-in" method="post" action="/portal/sign-in">
        <input type="hidden" name="grant_type" value="client_credentials" />
        <label for="client-id">Client id</label>
        <input
          id="client-id"
          name="client_id"
          value={props.clientId ?? ''}
          autocomplete="username"
          placeholder="key_…"
          spellcheck={false}
          required
        />
        <label for="client-secret">Client secret</label>
        <input
          id="client-secret"
          name="client_secret"
          type="password"
          autocomplete="current-password"
          required
        />
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      <p class="quiet">
        No key? The operator of this platform makes the first one; with it you make others here.
      </p>
    </PortalMessage>
  );
}
