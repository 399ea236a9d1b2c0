// What good answers look like, for the API's description and for tests. The Worker carries none of it:
// what a ledger answers is typed by the SDK.
import * as z from 'zod/mini';

const time = z.iso.datetime({ offset: true });
const text = z.string();
const json = z.record(text, z.unknown());
const version = z.int().check(z.minimum(1));
const position = z.int().check(z.minimum(0));
const scope = z.enum(['platform', 'tenant', 'entity']);

export const health = z.strictObject({
  object: z.literal('health'),
  status: z.literal('ok'),
  tenant_id: text,
});

export const openapi = z.looseObject({ openapi: text, info: json, paths: json });

export const entity = z.strictObject({
  id: text,
  type: text,
  tenant_id: text,
  owner_id: z.optional(text),
  lifecycle: z.enum(['active', 'retiring', 'retired', 'anonymized', 'deleted']),
  version,
  metadata: json,
  data: json,
  created_at: time,
  updated_at: time,
});

export const fact = z.strictObject({
  id: text,
  seq: version,
  type: text,
  subtype: z.optional(text),
  tenant_id: text,
  entity_id: text,
  timestamp: time,
  effective_at: z.optional(time),
  recorded_at: time,
  correlation_id: z.optional(text),
  causation_id: z.optional(text),
  source_id: z.optional(text),
  corrects: z.optional(text),
  config_id: z.optional(text),
  config_version: z.optional(version),
  schema_version: version,
  data: json,
  hash: text,
  prev_hash: text,
});

export const config = z.strictObject({
  id: text,
  tenant_id: text,
  scope,
  type: text,
  name: text,
  version,
  settings: json,
  state: z.enum(['draft', 'active', 'archived']),
  effective_at: time,
  superseded_at: z.optional(time),
});

const page = {
  object: z.literal('list'),
  has_more: z.boolean(),
  next_cursor: z.nullable(text),
};

export const fact_list = z.strictObject({ ...page, data: z.array(fact) });

export const entity_list = z.strictObject({
  ...page,
  data: z.array(
    z.strictObject({
      object: z.literal('entity_summary'),
      id: text,
      type: text,
      facts: position,
      storage_bytes: position,
      reported_at: time,
    }),
  ),
});

export const config_list = z.strictObject({ ...page, data: z.array(config) });

export const effective_config = z.strictObject({
  object: z.literal('effective_config'),
  type: text,
  id: text,
  version: position,
  scope,
  settings: json,
  sources: z.array(z.strictObject({ id: text, version, scope, effective_at: time })),
});

export const state = z.strictObject({
  object: z.literal('state'),
  entity_id: text,
  seq: version,
  as_of: time,
  state: json,
  masked: z.optional(z.literal(true)),
});

export const outcome = z.strictObject({
  object: z.literal('outcome'),
  entity_id: text,
  subject: text,
  seq: version,
  as_of: time,
  current: fact,
  versions: z.array(fact),
  has_more: z.boolean(),
});

export const relationships = z.strictObject({
  object: z.literal('relationships'),
  entity_id: text,
  seq: version,
  as_of: time,
  data: z.array(
    z.strictObject({
      kind: z.enum(['parent', 'link']),
      target_id: text,
      role: z.optional(text),
      fact_id: text,
      since: time,
    }),
  ),
});

export const verification = z.strictObject({
  object: z.literal('verification'),
  ok: z.boolean(),
  facts: position,
  head: z.strictObject({ seq: position, hash: text }),
  faults: z.array(z.strictObject({ code: text, seq: position, detail: text })),
});

export const reconciliation = z.strictObject({
  object: z.literal('reconciliation'),
  entity_id: text,
  ok: z.boolean(),
  seq: version,
  drift: z.array(
    z.strictObject({
      name: text,
      cached_hash: z.nullable(text),
      facts_hash: z.nullable(text),
    }),
  ),
  fact_id: z.optional(text),
});

export const what_if = z.strictObject({
  object: z.literal('what_if'),
  entity_id: text,
  type: text,
  seq: version,
  now: json,
  supposed: json,
  differs: z.array(text),
  refused: z.array(z.strictObject({ seq: version, fact_id: text, rule: text, detail: text })),
  refused_count: position,
  facts_judged: position,
});
