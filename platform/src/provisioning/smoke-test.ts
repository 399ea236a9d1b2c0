// One real request through the real dispatcher to a new tenant's Worker. Throws for a retry until
// the tenant answers; it never changes anything.
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import type { Secrets } from '../secrets.ts';
import { mintAccessToken } from '../tokens/access-token.ts';

const SMOKE_CLIENT = 'z0-provisioning';

export async function smokeTest(env: Env, secrets: Secrets, tenantId: string): Promise<void> {
  const token = await mintAccessToken(env, secrets.signingKeys[0], {
    tenantId,
    clientId: SMOKE_CLIENT,
    scope: 'ledger:read',
    lifetimeSeconds: 60,
  });
  const response = await env.DISPATCH.fetch(new URL('/v1/health', env.DISPATCHER_URL).toString(), {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = await response.text();
  if (response.ok) return;
  const detail = `The smoke request was answered ${response.status}: ${body.slice(0, 200)}`;
  throw new LedgerError({ code: 'worker_failed', detail });
}
