// What a tenant's API answers, as far as pages show it. Tenant code is hostile: fields are bounded,
// unknown ones are left out, and every value stays a value; nothing here becomes markup or a path.
import { isPlainObject, type JsonObject } from '@z0-app/sdk/json';
import * as z from 'zod';

/**
 * Ids that may stand in a path: they never begin with a dot, so that no path climbs. Longer than the
 * template's own ids, so that a tenant's other ledgers fit.
 */
export const ENTITY_ID = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,127}$/u;

const id = z.string().regex(ENTITY_ID);
const text = z.string().max(512);
const name = z.string().min(1).max(128);
const count = z.int().nonnegative();
const seq = z.int().positive();
/** Plain JSON already: what is left to say is that it is an object. */
const json = z.custom<JsonObject>(isPlainObject);

/** An entity in the list, as its last report had it. */
export const entityLine = z.object({
  id,
  type: name,
  facts: count,
  storage_bytes: count,
  reported_at: text,
});
export type EntityLine = z.infer<typeof entityLine>;

export const entity = z.object({
  id,
  type: name,
  owner_id: text.optional(),
  lifecycle: name,
  version: count,
  metadata: json,
  data: json,
  created_at: text,
  updated_at: text,
  masked: z.boolean().optional(),
});
export type EntityAnswer = z.infer<typeof entity>;

export const fact = z.object({
  id: text,
  seq,
  type: name,
  subtype: name.optional(),
  timestamp: text,
  effective_at: text.optional(),
  recorded_at: text,
  correlation_id: text.optional(),
  causation_id: text.optional(),
  source_id: text.optional(),
  corrects: text.optional(),
  config_id: text.optional(),
  config_version: count.optional(),
  schema_version: count,
  data: json,
  hash: text,
  prev_hash: text,
});
export type FactAnswer = z.infer<typeof fact>;

export const state = z.object({
  seq,
  as_of: text,
  state: json,
  masked: z.boolean().optional(),
});
export type StateAnswer = z.infer<typeof state>;

const scope = z.enum(['platform', 'tenant', 'entity']);

export const effectiveConfig = z.object({
  type: name,
  id: text,
  version: count,
  scope,
  settings: json,
  sources: z.array(z.object({ id: text, version: count, scope, effective_at: text })).max(100),
});
export type ConfigAnswer = z.infer<typeof effectiveConfig>;

export const verification = z.object({
  ok: z.boolean(),
  facts: count,
  head: z.object({ seq: count, hash: text }),
  faults: z.array(z.object({ code: name, seq: count, detail: z.string().max(2_000) })).max(200),
});
export type VerificationAnswer = z.infer<typeof verification>;

/** A page of a list; a cursor only ever goes back to where it came from. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item).max(100),
    has_more: z.boolean(),
    next_cursor: z.string().min(1).max(1_024).nullable(),
  });
}

export interface PageAnswer<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}
