// Who is on which plan, how much of it a tenant has used up, and whether a plan may go. It writes nothing.
import type { ReachedLimit, RouteRecord } from '@z0-app/dispatcher/route-record';
import { LedgerError } from '@z0-app/sdk/errors';
import type { Env } from '../env.ts';
import { planNameOf } from './plan-settings.ts';
import { PLANS } from './plans.ts';

/** What all ledgers of a tenant together hold, by their own reports. */
export interface PlanUsage {
  readonly entities: number;
  readonly storage_bytes: number;
  /** End of the period it was reported for, in milliseconds since 1970. */
  readonly at: number;
}

/** From this much of a limit on, the tenant's own routes are held back as well. */
const BY_FAR = 1.1;

/** Which limits are reached. */
export function reachedOf(
  holds: NonNullable<RouteRecord['holds']>,
  usage: Omit<PlanUsage, 'at'>,
): ReachedLimit[] {
  return (['entities', 'storage_bytes'] as const).flatMap((name) => {
    const [value, used] = [holds[name], usage[name]];
    return used < value ? [] : [{ name, value, used, by_far: used >= value * BY_FAR }];
  });
}

/** Whether `one` holds back the same requests as `other`. */
export function isSameReach(one: readonly ReachedLimit[], other: readonly ReachedLimit[]): boolean {
  const text = (list: readonly ReachedLimit[]) =>
    list.map(({ name, value, by_far: byFar }) => `${name} ${value} ${byFar}`).join();
  return text(one) === text(other);
}

/** How many tenants there are by plan, those that were deleted left out. */
export async function countByPlan(db: D1Database): Promise<ReadonlyMap<string, number>> {
  const { results } = await db
    .prepare(`SELECT plan, count(*) AS n FROM tenants WHERE status != 'deleted' GROUP BY plan`)
    .all<{ plan: string; n: number }>();
  return new Map(results.map(({ plan, n }) => [plan, n]));
}

/** Refuses to archive a plan that tenants are on and nothing would stand in for. Errors: `conflict`. */
export async function refuseUsedPlan(env: Env, type: string): Promise<void> {
  const name = planNameOf(type);
  if (name === undefined || Object.hasOwn(PLANS, name)) return;
  const tenants = (await countByPlan(env.DB)).get(name) ?? 0;
  if (tenants === 0) return;
  const who = tenants === 1 ? '1 tenant is' : `${tenants.toLocaleString('en')} tenants are`;
  const detail = `${who} on the plan ${name}; give them another one first.`;
  throw new LedgerError({ code: 'conflict', detail });
}
