// A tenant's session on the portal: a cookie signed with SESSION_SECRET that names one key of one
// tenant. It is never believed alone: each request asks the tenant's ledger whether the key is live.
import { jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import type { Env } from '../../env.ts';
import { ledgerOf } from '../../tenants/ledger-of.ts';
import { tenantId } from '../../tenants/tenant-id.ts';
import type { TenantState } from '../../tenants/tenant-state.ts';

export const PORTAL_COOKIE = 'z0_portal';
export const PORTAL_SECONDS = 8 * 60 * 60;

/** Unlike the dashboard's in type and audience: neither is accepted as the other. */
const TYPE = 'z0-portal+jwt';
const AUDIENCE = 'z0-portal';

/** Which key signed in, and whose it is. */
export interface PortalPass {
  readonly tenantId: string;
  readonly keyId: string;
}

/** A pass that holds now, with the tenant as its ledger has it. */
export interface PortalVisitor {
  readonly tenant: TenantState;
  readonly keyId: string;
}

const claims = z.object({ sub: z.string(), tenant_id: tenantId });

/** A token that ends at `expiresAt` (Unix seconds). */
export async function signPortalPass(
  secret: string,
  pass: PortalPass,
  expiresAt: number,
): Promise<string> {
  return new SignJWT({ tenant_id: pass.tenantId })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE })
    .setAudience(AUDIENCE)
    .setSubject(pass.keyId)
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(secret));
}

/** The pass in `token`, or `undefined` when it is forged, over, or of another type. */
export async function verifyPortalPass(
  secret: string,
  token: string,
): Promise<PortalPass | undefined> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      typ: TYPE,
      audience: AUDIENCE,
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    const { sub, tenant_id } = claims.parse(payload);
    return { tenantId: tenant_id, keyId: sub };
  } catch {
    return undefined;
  }
}

/** Whom `token` lets in now; nobody once its key is revoked or its tenant is not active. */
export async function visitorOf(
  env: Env,
  secret: string,
  token: string | undefined,
): Promise<PortalVisitor | undefined> {
  const pass = token === undefined ? undefined : await verifyPortalPass(secret, token);
  if (pass === undefined) return undefined;
  const tenant = await ledgerOf(env, pass.tenantId).read();
  if (!tenant.ok || tenant.value.status !== 'active') return undefined;
  const key = tenant.value.keys.find(({ id }) => id === pass.keyId);
  return key?.revoked_at === null ? { tenant: tenant.value, keyId: pass.keyId } : undefined;
}
