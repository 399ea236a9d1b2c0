// What every form of the portal passes first: it came from the portal itself, and it is small. Reads
// a form's fields and decides nothing about them.
import type { Context, MiddlewareHandler } from 'hono';
import { page } from '../dashboard/page.ts';
import { isFromOwnPage } from '../dashboard/session/same-origin.tsx';
import type { AppEnv } from '../http/app-env.ts';
import { readBodyText } from '../http/read-body.ts';
import { PortalMessage } from './portal-page.tsx';

const MAX_FORM_BYTES = 8 * 1024;
const FORM_KEY = /^[0-9a-f-]{36}$/u;

/** Refuses a form that another site made the browser send. */
export const ownForm: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isFromOwnPage(c)) return next();
  return c.html(
    page(
      <PortalMessage environment={c.env.ENVIRONMENT} title="Nothing was changed">
        <p>
          This form did not come from the portal itself. <a href="/portal">Open it</a> and press the
          button there.
        </p>
      </PortalMessage>,
    ),
    403,
  );
};

/** The form as text; empty when it is too long or not UTF-8. */
export async function readFormText(c: Context<AppEnv>): Promise<string> {
  const body = await readBodyText(c.req.raw, MAX_FORM_BYTES);
  return body.ok ? body.text : '';
}

/** What makes a second press of the same button a repeat of the first. */
export function formKeyOf(form: URLSearchParams): string | undefined {
  const key = form.get('key');
  return key !== null && FORM_KEY.test(key) ? key : undefined;
}

/** Goes into a form once for each time the form is shown. */
export function FormKey() {
  return <input type="hidden" name="key" value={crypto.randomUUID()} />;
}
