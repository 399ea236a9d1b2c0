// How what a tenant's ledger says looks in the places that only answer questions: D1 for lists and
// look-ups, KV for the dispatcher. It decides nothing and is safe to repeat and to lose.
import type { RouteRecord } from '@z0-app/dispatcher/route-record';
import { scriptNameOf } from '@z0-app/provisioning';
import type { Plan } from './plans.ts';
import type { TenantState } from './tenant-state.ts';

/** Writes the D1 rows of `state`. A row made from a later fact is never overwritten. */
export async function projectToIndex(db: D1Database, state: TenantState): Promise<void> {
  const tenant = db
    .prepare(
      `INSERT INTO tenants (id, name, plan, status, created_at, updated_at, seq, artefact)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
       ON CONFLICT (id) DO UPDATE SET name = ?2, plan = ?3, status = ?4, updated_at = ?6, seq = ?7,
         artefact = ?8
       WHERE tenants.seq <= ?7`,
    )
    .bind(
      state.id,
      state.name,
      state.plan,
      state.status,
      state.created_at,
      state.updated_at,
      state.seq,
      // A state that was cached before this was recorded has none.
      state.artefact ?? null,
    );
  const keys = state.keys.map((key) =>
    db
      .prepare(
        `INSERT INTO tenant_keys (key_id, tenant_id, created_at, revoked_at, seq)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key_id) DO UPDATE SET revoked_at = ?4, seq = ?5
         WHERE tenant_keys.seq <= ?5`,
      )
      .bind(key.id, state.id, key.created_at, key.revoked_at, state.seq),
  );
  await db.batch([tenant, ...keys]);
}

/** What the dispatcher should find under the tenant's key: a status, or nothing at all. */
export type RouteTarget = RouteRecord['status'] | 'absent';

/** The route a settled tenant must have; while provisioning, the run is in charge of it. */
const ROUTE_TARGETS: Readonly<Record<TenantState['status'], RouteTarget | undefined>> = {
  provisioning: undefined,
  active: 'active',
  suspended: 'suspended',
  failed: 'absent',
  deleting: 'deleted',
  deleted: 'deleted',
};

export function routeTargetOf(state: TenantState): RouteTarget | undefined {
  return ROUTE_TARGETS[state.status];
}

/** What the dispatcher is to know of a tenant on `plan`. */
export function routeRecordOf(
  state: TenantState,
  status: RouteRecord['status'],
  plan: Plan,
): RouteRecord {
  const { entities, storage_bytes } = plan;
  return {
    tenant_id: state.id,
    script: scriptNameOf(state.id),
    status,
    plan: state.plan,
    limits: plan.limits,
    rate: plan.rate,
    holds: { entities, storage_bytes },
    updated_at: state.updated_at,
  };
}
