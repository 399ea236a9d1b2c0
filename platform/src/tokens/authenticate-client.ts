// Decides whose credentials these are: for the token endpoint and for the portal alike. It never says
// what was wrong with the ones it refuses, and never keeps or logs a secret.
import type { Env } from '../env.ts';
import { keyIdOf, sameDigest, sha256Hex } from '../keys/key-secret.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { findTenantOfKey } from '../tenants/tenant-index.ts';
import type { CredentialsRequest } from './client-credentials.ts';

/**
 * The tenant whose live key this is. A typo is refused by its checksum, before any look-up; the
 * ledger, not the index, has the last word.
 */
export async function authenticateClient(
  env: Env,
  request: Pick<CredentialsRequest, 'clientId' | 'clientSecret'>,
): Promise<string | undefined> {
  if (keyIdOf(request.clientSecret) !== request.clientId) return undefined;
  const tenantId = await findTenantOfKey(env.DB, request.clientId);
  if (tenantId === undefined) return undefined;
  const tenant = await ledgerOf(env, tenantId).read();
  if (!tenant.ok || tenant.value.status !== 'active') return undefined;
  const key = tenant.value.keys.find(({ id }) => id === request.clientId);
  if (key === undefined || key.revoked_at !== null) return undefined;
  return sameDigest(key.secret_hash, await sha256Hex(request.clientSecret)) ? tenantId : undefined;
}
