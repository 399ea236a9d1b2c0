// Makes and revokes the keys of the tenant that is signed in, and of nobody else: the tenant is the
// session's, never the form's. A secret lives for one answer.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { WriteContext } from '@z0-app/sdk';
import type { Context } from 'hono';
import { page } from '../../dashboard/page.ts';
import { displayText } from '../../http/api-schemas.ts';
import type { AppEnv } from '../../http/app-env.ts';
import { mintKey, sha256Hex } from '../../keys/key-secret.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { liveKeys, type TenantKey } from '../../tenants/tenant-state.ts';
import { NoSuchThing } from '../no-such-thing.tsx';
import { formKeyOf, ownForm, readFormText } from '../portal-form.tsx';
import type { PortalVisitor } from '../session/portal-session.ts';
import { asVisitor } from '../session/portal-sign-in.tsx';
import { ConfirmRevoke, PortalKeys, PortalNewKey } from './portal-keys.tsx';

export function mountPortalKeys(app: OpenAPIHono<AppEnv>): void {
  app.get(
    '/portal/keys',
    asVisitor((c, visitor) => keysPage(c, visitor)),
  );
  app.post('/portal/keys', ownForm, asVisitor(create));
  app.get(
    '/portal/keys/:key_id/revoke',
    asVisitor((c, visitor) => {
      const revoking = keyOf(c, visitor);
      if (revoking === undefined) return noSuchThing(c, visitor);
      return c.html(page(<ConfirmRevoke {...frameOf(c, visitor)} revoking={revoking} />));
    }),
  );
  app.post('/portal/keys/:key_id/revoke', ownForm, asVisitor(revoke));
}

async function create(c: Context<AppEnv>, visitor: PortalVisitor): Promise<Response> {
  const form = new URLSearchParams(await readFormText(c));
  const given = (form.get('label') ?? '').trim();
  const label = given === '' ? undefined : displayText.safeParse(given);
  if (label?.success === false) {
    return keysPage(c, visitor, 'A label is at most 120 characters of readable text.', 400);
  }
  const { keyId, secret } = mintKey(c.env.KEY_MODE);
  const outcome = await ledgerOf(c.env, visitor.tenant.id).createKey(
    {
      key_id: keyId,
      secret_hash: await sha256Hex(secret),
      principal: visitor.keyId,
      ...(label !== undefined && { label: label.data }),
    },
    contextOf(c, visitor, 'POST /portal/keys', formKeyOf(form)),
  );
  if (!outcome.ok) return keysPage(c, visitor, outcome.error.detail, 409);
  const shown = outcome.replayed ? null : secret;
  return c.html(
    page(<PortalNewKey {...frameOf(c, visitor)} createdKey={outcome.value} secret={shown} />),
    201,
  );
}

/** The last live key stays: revoking it would lock the tenant out. */
async function revoke(c: Context<AppEnv>, visitor: PortalVisitor): Promise<Response> {
  const form = new URLSearchParams(await readFormText(c));
  const key = keyOf(c, visitor);
  if (key === undefined) return noSuchThing(c, visitor);
  if (key.revoked_at === null && liveKeys(visitor.tenant).length < 2) {
    return c.html(page(<ConfirmRevoke {...frameOf(c, visitor)} revoking={key} />), 409);
  }
  const context = contextOf(c, visitor, 'POST /portal/keys/{id}/revoke', formKeyOf(form));
  const ledger = ledgerOf(c.env, visitor.tenant.id);
  const outcome = await ledger.revokeKey(key.id, context, visitor.keyId);
  if (!outcome.ok) return keysPage(c, visitor, outcome.error.detail, 409);
  return c.redirect('/portal/keys', 303);
}

function keysPage(
  c: Context<AppEnv>,
  visitor: PortalVisitor,
  refusal?: string,
  status: 200 | 400 | 409 = 200,
): Response | Promise<Response> {
  const said = refusal === undefined ? {} : { refusal };
  return c.html(page(<PortalKeys {...frameOf(c, visitor)} {...said} />), status);
}

function keyOf(c: Context<AppEnv>, { tenant }: PortalVisitor): TenantKey | undefined {
  return tenant.keys.find(({ id }) => id === c.req.param('key_id'));
}

function contextOf(
  c: Context<AppEnv>,
  visitor: PortalVisitor,
  route: string,
  key: string | undefined,
): WriteContext {
  return {
    tenantId: visitor.tenant.id,
    principal: visitor.keyId,
    route,
    correlationId: c.var.requestId,
    ...(key !== undefined && { idempotencyKey: key }),
  };
}

function frameOf(c: Context<AppEnv>, visitor: PortalVisitor) {
  return { environment: c.env.ENVIRONMENT, visitor };
}

function noSuchThing(c: Context<AppEnv>, visitor: PortalVisitor): Response | Promise<Response> {
  return c.html(page(<NoSuchThing {...frameOf(c, visitor)} />), 404);
}
