// What the dispatcher reads from KV: where a tenant's requests go, and whose tokens are trusted.
// The control plane writes these records with the same schemas. Pure; never touches KV itself.
import * as z from 'zod';

/** A tenant id as every room accepts it. Also the only shape a host or path can name. */
export const TENANT_ID = /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/;

/** Bounds of an issuer's identifier: it is part of a KV key, which holds 512 bytes. */
const MAX_ISSUER_LENGTH = 256;
/** Keys past this many are not a rotation, they are a mistake. */
const MAX_KEYS = 16;

const tenantId = z.string().regex(TENANT_ID);

/** A limit that is reached: what the tenant was last known to use of it. */
const reachedSchema = z.object({
  name: z.enum(['entities', 'storage_bytes']),
  value: z.int().nonnegative(),
  used: z.int().nonnegative(),
  /** Reached by so much that the tenant's own routes, which may do anything, are held back too. */
  by_far: z.boolean(),
});

export type ReachedLimit = z.infer<typeof reachedSchema>;

export const routeRecordSchema = z.object({
  tenant_id: tenantId,
  /** Script name in the dispatch namespace. */
  script: z.string().min(1).max(255),
  status: z.enum(['active', 'suspended', 'deleted']),
  plan: z.string().min(1).max(64),
  /** Custom limits of one invocation: CPU milliseconds and number of subrequests. */
  limits: z.object({ cpu_ms: z.int().positive(), subrequests: z.int().positive() }),
  /** `limit` requests per `period_s` seconds. */
  rate: z.object({ limit: z.int().positive(), period_s: z.int().positive().max(3600) }),
  /** What all of the tenant's ledgers together may hold; none in a record of an older platform. */
  holds: z
    .object({ entities: z.int().nonnegative(), storage_bytes: z.int().nonnegative() })
    .optional(),
  /** Those of `holds` that are reached, as far as the tenant's ledgers have reported. */
  reached: z.array(reachedSchema).max(2).optional(),
  updated_at: z.string(),
});

/** Where a tenant's requests go and what they may cost. */
export type RouteRecord = z.infer<typeof routeRecordSchema>;

export const issuerRecordSchema = z.object({
  issuer: z.string().min(1).max(MAX_ISSUER_LENGTH),
  /** Set for a tenant's own OIDC issuer: its tokens speak for that tenant alone. */
  tenant_id: tenantId.nullable(),
  jwks: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(MAX_KEYS) }),
});

/** A trusted issuer and its public keys. */
export type IssuerRecord = z.infer<typeof issuerRecordSchema>;

/** KV key of a tenant's route record. */
export function routeKey(tenantId: string): string {
  return `route:${tenantId}`;
}

/** KV key of an issuer's record. */
export function issuerKey(issuer: string): string {
  return `issuer:${issuer}`;
}
