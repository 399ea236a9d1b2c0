// Which tenant ids are acceptable. Pure. An id is also a script name, a host label and a path
// segment, so names that mean something there are kept back.
import * as z from 'zod';

const RESERVED = new Set([
  'admin',
  'api',
  'app',
  'dashboard',
  'dispatcher',
  'docs',
  'internal',
  'localhost',
  'oauth',
  'outbound',
  'platform',
  'root',
  'status',
  'system',
  'tenant',
  'tenants',
  'workers',
  'www',
  'z0',
]);

/** Whether `id` may name a new tenant. `xn--…` is refused: as a host label it would be punycode. */
export function isFreeForTenants(id: string): boolean {
  return !RESERVED.has(id) && !id.startsWith('z0-') && id.slice(2, 4) !== '--';
}

/** 3 to 32 characters: a letter, then letters, digits or `-`, never ending in `-`. */
export const tenantId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,30}[a-z0-9]$/u, 'must be 3 to 32 of a-z, 0-9 and -, from a letter');

/** The id of a tenant about to be created. */
export const newTenantId = tenantId.refine(isFreeForTenants, 'is reserved');
