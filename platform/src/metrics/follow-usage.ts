// Compares what a tenant's ledgers reported with what its plan lets them hold, and has its ledger write
// the route anew when that changes what is held back. It never fails, and refuses nothing itself.
import { type RouteRecord, routeKey, routeRecordSchema } from '@z0-app/dispatcher/route-record';
import type { Env } from '../env.ts';
import { ledgerOf } from '../tenants/ledger-of.ts';
import { isSameReach, type PlanUsage, reachedOf } from '../tenants/plan-use.ts';
import { readPlans } from '../tenants/plans.ts';
import type { TenantStatsMessage } from './tenant-stats.ts';

/** A tenant that holds less than any plan allows is looked at every so many of its reports. */
const SMALL_EVERY = 16;

/** Looks at the newest of each tenant's reports. */
export async function followUsage(env: Env, reports: readonly TenantStatsMessage[]): Promise<void> {
  const newest = new Map<string, TenantStatsMessage>();
  for (const report of reports) {
    const known = newest.get(report.tenant_id);
    if (known === undefined || known.period_end <= report.period_end) {
      newest.set(report.tenant_id, report);
    }
  }
  if (newest.size === 0) return;
  const least = await leastAllowed(env);
  await Promise.all([...newest.values()].map((report) => followOne(env, report, least)));
}

type Least = Omit<PlanUsage, 'at'>;

async function followOne(env: Env, report: TenantStatsMessage, least: Least): Promise<void> {
  const { tenant_id: id, period = 0 } = report;
  const usage = usageOf(report);
  if (usage === undefined) return;
  const isSmall = usage.entities < least.entities && usage.storage_bytes < least.storage_bytes;
  // Its route says so already, but for one that held more before: that can wait, and a read costs.
  if (isSmall && period % SMALL_EVERY !== 0) return;
  try {
    const route = await readRoute(env, id);
    if (route === undefined || isKnown(route, usage)) return;
    await ledgerOf(env, id).reportUsage(usage);
  } catch (error) {
    // The tenant's next report, a minute from now, says the same.
    const detail = String(error).slice(0, 500);
    const entry = { level: 'warn', event: 'usage_not_followed', tenant_id: id, detail };
    console.warn(JSON.stringify(entry));
  }
}

/** Of all plans; nothing while they cannot be read, so that everyone is looked at. */
async function leastAllowed(env: Env): Promise<Least> {
  try {
    const plans = [...(await readPlans(env)).values()].map(({ plan }) => plan);
    return {
      entities: Math.min(...plans.map(({ entities }) => entities)),
      storage_bytes: Math.min(...plans.map(({ storage_bytes: bytes }) => bytes)),
    };
  } catch {
    return { entities: 0, storage_bytes: 0 };
  }
}

/** `undefined` for an older SDK, which tells neither. */
function usageOf({
  totals,
  storage_bytes,
  period_end: at,
}: TenantStatsMessage): PlanUsage | undefined {
  if (totals === undefined || storage_bytes === undefined) return undefined;
  return { entities: totals.entities, storage_bytes, at };
}

function isKnown({ holds, reached = [] }: RouteRecord, usage: PlanUsage): boolean {
  return holds !== undefined && isSameReach(reachedOf(holds, usage), reached);
}

async function readRoute(env: Env, id: string): Promise<RouteRecord | undefined> {
  const parsed = routeRecordSchema.safeParse(await env.ROUTES.get(routeKey(id), 'json'));
  return parsed.success ? parsed.data : undefined;
}
