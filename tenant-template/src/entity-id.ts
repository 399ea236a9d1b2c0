// Ids for entities that come without one. With an Idempotency-Key the id follows from the key, so
// that a retry meets the object its first try made. Pure, but for randomness when there is no key.
import type { WriteContext } from '@z0-app/sdk';
import { newId, toCrockford } from '@z0-app/sdk/ids';

export async function entityIdFor(prefix: string, context: WriteContext): Promise<string> {
  const { idempotencyKey, tenantId, principal, route } = context;
  if (idempotencyKey === undefined) return newId(prefix);
  const scope = JSON.stringify([tenantId, principal, route, idempotencyKey]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(scope));
  return `${prefix}_${toCrockford(new Uint8Array(digest, 0, 16))}`;
}
