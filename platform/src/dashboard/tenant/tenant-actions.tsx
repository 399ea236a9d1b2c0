// Suspending and resuming a tenant from its page: a page that asks first, and the form it sends. The
// tenant's ledger decides and records, exactly as it does for the API.
import type { Outcome } from '@z0-app/sdk';
import type { Context } from 'hono';
import type { AppEnv } from '../../http/app-env.ts';
import { readBodyText } from '../../http/read-body.ts';
import { operatorContext } from '../../http/write-context.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { tenantId } from '../../tenants/tenant-id.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';
import { MessagePage } from '../message-page.tsx';
import { page } from '../page.ts';
import { NoSuchTenant } from './no-such-tenant.tsx';

export type Action = 'suspend' | 'resume';

export const ACTIONS: readonly Action[] = ['suspend', 'resume'];

/** The only status that an action may start from, and what happens then. */
const WORDS = {
  suspend: {
    from: 'active',
    verb: 'Suspend',
    effect:
      'From then on every request with a key or token of this tenant is refused. Its data stays as it is, and you can resume it at any time.',
  },
  resume: {
    from: 'suspended',
    verb: 'Resume',
    effect: 'From then on its requests are served again, with the same keys and data.',
  },
} as const;

const MAX_FORM_BYTES = 1_024;
const FORM_KEY = /^[0-9a-f-]{36}$/u;

/** The button on the tenant's page; none while neither action is possible. */
export function ActionButton(props: { tenant: TenantState }) {
  const action = ACTIONS.find((name) => WORDS[name].from === props.tenant.status);
  if (action === undefined) return null;
  return (
    <form class="action" method="get" action={pathOf(props.tenant.id, action)}>
      <button type="submit">{`${WORDS[action].verb} …`}</button>
    </form>
  );
}

/** Asks first. The page changes nothing. */
export async function confirmAction(c: Context<AppEnv>, action: Action): Promise<Response> {
  const id = tenantId.safeParse(c.req.param('id'));
  const state = id.success ? await ledgerOf(c.env, id.data).read() : undefined;
  if (!state?.ok) return noSuchTenant(c);
  // With `no-referrer` a browser would send `Origin: null` with the form.
  c.header('referrer-policy', 'same-origin');
  return c.html(
    page(<Confirmation environment={c.env.ENVIRONMENT} tenant={state.value} action={action} />),
  );
}

/** Does it, and shows the tenant. Pressing the button twice does it once. */
export async function runAction(c: Context<AppEnv>, action: Action): Promise<Response> {
  const id = tenantId.safeParse(c.req.param('id'));
  const key = await readFormKey(c.req.raw);
  if (!id.success) return noSuchTenant(c);
  const route = `POST /v1/tenants/{id}/${action}`;
  const context = operatorContext(c, id.data, route);
  const { idempotencyKey: _, ...unkeyed } = context;
  const ledger = ledgerOf(c.env, id.data);
  const keyed = key === undefined ? unkeyed : { ...unkeyed, idempotencyKey: key };
  const outcome = await (action === 'suspend' ? ledger.suspend(keyed) : ledger.resume(keyed));
  return answer(c, id.data, outcome);
}

function answer(
  c: Context<AppEnv>,
  id: string,
  outcome: Outcome<TenantState>,
): Response | Promise<Response> {
  if (outcome.ok) return c.redirect(`/dashboard/tenants/${id}`, 303);
  if (outcome.error.code === 'not_found') return noSuchTenant(c);
  const back = `/dashboard/tenants/${id}`;
  return c.html(
    page(
      <MessagePage environment={c.env.ENVIRONMENT} title="Nothing was changed" signedIn>
        <p>{outcome.error.detail}</p>
        <p>
          <a href={back}>Back to the tenant</a>
        </p>
      </MessagePage>,
    ),
    409,
  );
}

function Confirmation(props: { environment: string; tenant: TenantState; action: Action }) {
  const { tenant, action } = props;
  const { from, verb, effect } = WORDS[action];
  const back = `/dashboard/tenants/${tenant.id}`;
  return (
    <MessagePage
      environment={props.environment}
      title={`${verb} ${tenant.name}?`}
      place="tenant"
      signedIn
    >
      {tenant.status === from ? (
        <form method="post" action={pathOf(tenant.id, action)}>
          <p>{effect}</p>
          <input type="hidden" name="key" value={crypto.randomUUID()} />
          <p class="buttons">
            <button type="submit" class={action === 'suspend' ? 'danger' : 'primary'}>
              {`${verb} ${tenant.id}`}
            </button>
            <a href={back}>Cancel</a>
          </p>
        </form>
      ) : (
        <p>
          {`This is for a tenant that is ${from}; this one is ${tenant.status}. `}
          <a href={back}>Back to the tenant</a>
        </p>
      )}
    </MessagePage>
  );
}

/** What makes a second press of the same button a repeat of the first. */
async function readFormKey(request: Request): Promise<string | undefined> {
  const body = await readBodyText(request, MAX_FORM_BYTES);
  const key = body.ok ? new URLSearchParams(body.text).get('key') : null;
  return key !== null && FORM_KEY.test(key) ? key : undefined;
}

function pathOf(id: string, action: Action): string {
  return `/dashboard/tenants/${encodeURIComponent(id)}/${action}`;
}

function noSuchTenant(c: Context<AppEnv>): Response | Promise<Response> {
  return c.html(page(<NoSuchTenant environment={c.env.ENVIRONMENT} />), 404);
}
