// Mints access tokens (RFC 9068, EdDSA). It asks nothing: whoever calls it has decided.
import { importJWK, SignJWT } from 'jose';
import type { Env } from '../env.ts';
import type { SigningKey } from '../secrets.ts';

export const ACCESS_TOKEN_SECONDS = 15 * 60;

export interface Grant {
  readonly tenantId: string;
  readonly clientId: string;
  /** Space-separated. */
  readonly scope: string;
  /** At most an hour: the dispatcher accepts no longer. */
  readonly lifetimeSeconds: number;
}

/** A signed token; `sub` is the client itself, as RFC 9068 has it for client credentials. */
export async function mintAccessToken(
  env: Pick<Env, 'ISSUER' | 'AUDIENCE'>,
  key: SigningKey,
  grant: Grant,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    client_id: grant.clientId,
    tenant_id: grant.tenantId,
    scope: grant.scope,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: key.kid })
    .setIssuer(env.ISSUER)
    .setAudience(env.AUDIENCE)
    .setSubject(grant.clientId)
    .setIssuedAt(now)
    .setExpirationTime(now + grant.lifetimeSeconds)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(key, 'EdDSA'));
}
