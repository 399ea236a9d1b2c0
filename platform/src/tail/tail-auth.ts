// Who may read a tenant's live log through the API: the operator any, a tenant its own with a token of
// one of its keys. For anybody else the tenant is not there.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Context } from 'hono';
import { createLocalJWKSet, jwtVerify } from 'jose';
import * as z from 'zod';
import type { AppEnv } from '../http/app-env.ts';
import { OPERATOR } from '../http/operator-auth.ts';
import { sameDigest, sha256Hex } from '../keys/key-secret.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { publicJwks } from '../tokens/signing-keys.ts';

/** As the dispatcher reads them; `client_id` is the key that asked for the token. */
const claims = z.object({ client_id: z.string(), tenant_id: z.string(), scope: z.string() });

const READ = 'ledger:read';

/** Who reads: `operator`, or `tenant:<id>`. Errors: `token_missing`, `token_invalid`, `not_found`. */
export async function tailViewer(c: Context<AppEnv>, tenantId: string): Promise<string> {
  const [scheme, token, ...rest] = (c.req.header('authorization') ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
    const detail = 'Send "authorization: Bearer" with the operator token or a token of the tenant.';
    throw new LedgerError({ code: 'token_missing', detail });
  }
  if (sameDigest(await sha256Hex(token), c.var.secrets.operatorKeyHash)) return OPERATOR;
  const tenant = await tenantOf(c, token);
  if (tenant === undefined) {
    const detail = 'The token is not valid, or the key it is of may not act now.';
    throw new LedgerError({ code: 'token_invalid', detail });
  }
  if (tenant !== tenantId) throw noSuchTenant();
  return viewerOf(tenant);
}

export const viewerOf = (tenantId: string): string => `tenant:${tenantId}`;

/** Missing and forbidden look the same. */
export function noSuchTenant(): LedgerError {
  return new LedgerError({ code: 'not_found', detail: 'There is no such tenant.' });
}

/** Whose the token is, as long as its key is live. */
async function tenantOf(c: Context<AppEnv>, token: string): Promise<string | undefined> {
  const { signingKeys } = c.var.secrets;
  const { ISSUER: issuer, AUDIENCE: audience } = c.env;
  let claimed: z.infer<typeof claims>;
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicJwks(signingKeys)), {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer,
      audience,
      requiredClaims: ['exp', 'iat'],
    });
    claimed = claims.parse(payload);
  } catch {
    return undefined;
  }
  const { tenant_id: tenantId, client_id: keyId, scope } = claimed;
  if (!scope.split(' ').includes(READ)) return undefined;
  const tenant = await ledgerOf(c.env, tenantId).read();
  if (!tenant.ok || tenant.value.status !== 'active') return undefined;
  const key = tenant.value.keys.find(({ id }) => id === keyId);
  return key?.revoked_at === null ? tenantId : undefined;
}
