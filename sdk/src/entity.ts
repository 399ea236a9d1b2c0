// An Entity: identity and metadata, projected from lifecycle facts. Pure; it never holds anything
// that the facts do not say.
import type { Fact } from './fact.ts';
import { isPlainObject, type JsonObject, type JsonValue } from './json.ts';

/** In order, and never back. Only an `active` entity takes a caller's facts. Source: docs/storage.md. */
export type Lifecycle = 'active' | 'retiring' | 'retired' | 'anonymized' | 'deleted';

/** Source: docs/storage.md. Times are RFC 3339, UTC, with milliseconds. */
export interface Entity {
  readonly id: string;
  readonly type: string;
  readonly tenant_id: string;
  readonly owner_id?: string;
  readonly lifecycle: Lifecycle;
  /** The head `seq` of its ledger: every fact makes a new version. */
  readonly version: number;
  readonly metadata: JsonObject;
  readonly data: JsonObject;
  readonly created_at: string;
  /** When the entity itself last changed; ordinary facts do not count. */
  readonly updated_at: string;
}

/**
 * What creates an entity; the fact it makes is at most 256 KiB. Source: the tenant API.
 * Errors: `invalid_request` with a pointer per fault, `already_exists`, `payload_too_large`.
 */
export interface EntityInput {
  /** `<prefix>_<…>`, 3 to 128 characters of `[A-Za-z0-9_-]`. */
  id: string;
  /** `[a-z][a-z0-9_.-]{0,63}` */
  type: string;
  data?: JsonObject;
  metadata?: JsonObject;
  owner_id?: string;
  /** Becomes a `relationship`/`parent_assigned` fact. */
  parent_id?: string;
}

/** Merged into the entity (RFC 7396): `null` removes a key. */
export interface EntityPatch {
  data?: JsonObject;
  metadata?: JsonObject;
}

/** One step of an entity's lifecycle. Errors: `lifecycle_conflict` for any other step. */
export interface LifecycleMove {
  to: Lifecycle;
  /** Kept in the fact; at most 1,000 characters. */
  reason?: string;
}

/** Hands an entity to another tenant. Source: seeds, "Tenant changes". Errors: `invalid_request`. */
export interface TenantChange {
  /** The tenant's id: `[a-z][a-z0-9-]{1,30}[a-z0-9]`. */
  to_tenant: string;
}

const STEPS: readonly unknown[] = ['active', 'retiring', 'retired', 'anonymized', 'deleted'];

/** One step forward only. */
export function canMove(from: Lifecycle, to: Lifecycle): boolean {
  return STEPS.indexOf(to) === STEPS.indexOf(from) + 1;
}

export function isLifecycle(value: unknown): value is Lifecycle {
  return STEPS.includes(value);
}

/** The entity after `fact`. Folding all facts in order gives the entity as it is. */
export function evolveEntity(entity: Entity | undefined, fact: Fact): Entity | undefined {
  if (!entity) return fact.type === 'lifecycle' ? created(fact) : undefined;
  const same = { ...entity, version: fact.seq };
  if (fact.type !== 'lifecycle') return same;
  const updated_at = fact.recorded_at;
  if (fact.subtype === 'updated') {
    const data = mergePatch(entity.data, objectOr(fact.data.data));
    const metadata = mergePatch(entity.metadata, objectOr(fact.data.metadata));
    return { ...same, data, metadata, updated_at };
  }
  if (fact.subtype === 'tenant_changed' && typeof fact.data.to_tenant === 'string') {
    return { ...same, tenant_id: fact.data.to_tenant, updated_at };
  }
  if (fact.subtype !== 'transitioned' || !isLifecycle(fact.data.to)) return same;
  const moved = { ...same, lifecycle: fact.data.to, updated_at };
  if (fact.data.to !== 'anonymized') return moved;
  const { owner_id: _, ...anonymous } = moved;
  return { ...anonymous, data: {}, metadata: {} };
}

function created(fact: Fact): Entity | undefined {
  if (fact.subtype !== 'created' || typeof fact.data.type !== 'string') return undefined;
  return {
    id: fact.entity_id,
    type: fact.data.type,
    tenant_id: fact.tenant_id,
    ...(typeof fact.data.owner_id === 'string' ? { owner_id: fact.data.owner_id } : {}),
    lifecycle: 'active',
    version: fact.seq,
    metadata: objectOr(fact.data.metadata),
    data: objectOr(fact.data.data),
    created_at: fact.recorded_at,
    updated_at: fact.recorded_at,
  };
}

/** RFC 7396 merge of two JSON objects. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isObject(value)) merged[key] = mergePatch(objectOr(merged[key]), value);
    else if (value !== undefined) merged[key] = value;
  }
  return merged;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return isPlainObject(value);
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}
