// Refuses a form that another site made the browser send. The session cookie is SameSite=Strict, but
// tenants' hosts may share the platform's site, so the exact origin is compared, too.
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../../http/app-env.ts';
import { MessagePage } from '../message-page.tsx';
import { page } from '../page.ts';

/** Browsers send `Origin` with every form's POST; one without it, or with another, is foreign. */
export function isFromOwnPage(c: Context<AppEnv>): boolean {
  const own = new URL(c.req.url).origin;
  const site = c.req.header('sec-fetch-site') ?? 'same-origin';
  return c.req.header('origin') === own && site === 'same-origin';
}

export const sameOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isFromOwnPage(c)) return next();
  return c.html(
    page(
      <MessagePage environment={c.env.ENVIRONMENT} title="Nothing was changed" signedIn>
        <p>
          This form did not come from the dashboard itself. <a href="/dashboard">Open it</a> and
          press the button there.
        </p>
      </MessagePage>,
    ),
    403,
  );
};
