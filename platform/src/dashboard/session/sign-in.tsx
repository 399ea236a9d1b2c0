// Lets the operator in: a link's token becomes a cookie, and every page asks for it. Stores nothing.
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '../../http/app-env.ts';
import { MessagePage } from '../message-page.tsx';
import { page } from '../page.ts';
import { SESSION_COOKIE, signSession, verifySession } from './session.ts';

/** Only with a session; anybody else is told how to get one. */
export const signedIn: MiddlewareHandler<AppEnv> = async (c, next) => {
  const cookie = getCookie(c, SESSION_COOKIE);
  const secret = c.var.secrets.sessionSecret;
  if (cookie !== undefined && (await verifySession(secret, 'z0-session+jwt', cookie))) {
    return next();
  }
  return c.html(page(<SignInHelp environment={c.env.ENVIRONMENT} />), 401);
};

export async function signIn(c: Context<AppEnv>): Promise<Response> {
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

export function signOut(c: Context<AppEnv>): Response {
  deleteCookie(c, SESSION_COOKIE, { path: '/dashboard' });
  return c.redirect('/dashboard', 303);
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
