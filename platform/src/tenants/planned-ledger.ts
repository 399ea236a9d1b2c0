// The part of a tenant's ledger that has the tenant follow its plan: the route record that is passed at
// dispatch, the limits its Worker was uploaded with, and what of the plan it has used up.
import { type RouteRecord, routeKey } from '@z0-app/dispatcher/route-record';
import { setUserWorkerLimits } from '@z0-app/provisioning';
import type { Outcome } from '@z0-app/sdk';
import { LedgerError } from '@z0-app/sdk/errors';
import { apiFor } from '../provisioning/provision-tenant.ts';
import { SecretKeepingLedger } from '../tenant-secrets/secret-keeping-ledger.ts';
import type { PartName } from './plan-rollout.ts';
import { type PlanUsage, reachedOf } from './plan-use.ts';
import { type Plan, planNamed, planOf, plansFrom } from './plans.ts';
import { type RouteTarget, routeRecordOf, routeTargetOf } from './tenant-projection.ts';
import type { TenantState } from './tenant-state.ts';

const HEAL_DELAY_MS = 2_000;

/** What is kept beside the facts: what was last written elsewhere, and what is still to be. */
const KEYS = {
  route: 'route',
  record: 'route_record',
  plan: 'route_plan',
  routeDue: 'route_due',
  worker: 'worker_limits',
  workerDue: 'worker_due',
  usage: 'plan_usage',
} as const;

export abstract class PlannedLedger extends SecretKeepingLedger {
  #following: Promise<unknown> = Promise.resolve();

  /**
   * Has the route, or the limits of the Worker, say what the plan allows now, and tells whether the
   * Cloudflare API was called for that. A repeat does nothing; what Cloudflare does not take at once is
   * tried again by this ledger's own alarm.
   */
  async refreshPlan(part: PartName): Promise<Outcome<{ called: boolean }>> {
    let called = false;
    if (part === 'route') await this.#refreshRoute();
    else called = await this.followWorker(true).catch(logLater);
    return { ok: true, value: { called } };
  }

  /** Notes what the tenant's ledgers hold; a limit that is reached goes into the route. */
  async reportUsage(usage: PlanUsage): Promise<Outcome<null>> {
    const { kv } = this.ctx.storage;
    if ((kv.get<PlanUsage>(KEYS.usage)?.at ?? 0) < usage.at) kv.put(KEYS.usage, usage);
    await this.#refreshRoute();
    return { ok: true, value: null };
  }

  /** Notes the plan and the limits that the tenant's Worker was uploaded with. */
  async noteUpload(plan: string, limits: Plan['limits']): Promise<Outcome<null>> {
    this.ctx.storage.kv.put(KEYS.worker, textOf(plan, limits));
    return { ok: true, value: null };
  }

  protected abstract tenant(): TenantState | undefined;

  /** One after the other: a slow write must not overtake a newer one. */
  protected abstract oneAtATime(write: () => Promise<void>): Promise<void>;

  /** Whether the route is known to say something else than it should. */
  protected routeIsDue(): boolean {
    return this.ctx.storage.kv.get<boolean>(KEYS.routeDue) === true;
  }

  /** Before the tenant gets another plan: its Worker keeps the old one's limits until it is told. */
  protected expectOtherLimits(state: TenantState): void {
    const { kv } = this.ctx.storage;
    kv.put(KEYS.worker, workerTextOf(kv, state));
    kv.put(KEYS.workerDue, true);
  }

  /** Writes the route, or takes it away; nothing when it stands there. `anew`: whatever is known of it. */
  protected async applyRoute(state: TenantState, target: RouteTarget, anew = false): Promise<void> {
    const { kv } = this.ctx.storage;
    const isKnown = kv.get(KEYS.route) === target && kv.get(KEYS.plan) === state.plan;
    if (!anew && !this.routeIsDue() && isKnown) return;
    if (target === 'absent') {
      await this.env.ROUTES.delete(routeKey(state.id));
      kv.delete(KEYS.record);
      kv.delete(KEYS.routeDue);
    } else {
      await this.#writeRoute(state, target);
    }
    kv.put(KEYS.route, target);
    kv.put(KEYS.plan, state.plan);
  }

  /** Gives the Worker the limits of the plan. While another upload may be under way, that is due later. */
  protected async followWorker(anew = false): Promise<boolean> {
    const { kv } = this.ctx.storage;
    if (!anew && kv.get(KEYS.workerDue) !== true) return false;
    const done = this.#following.then(() => this.#followNow());
    this.#following = done.catch(() => undefined);
    return done;
  }

  async #refreshRoute(): Promise<void> {
    await this.oneAtATime(async () => {
      const state = this.tenant();
      const target = state && routeTargetOf(state);
      // While the tenant is provisioned the run is in charge, and the route is written anew after it.
      if (target === undefined) this.ctx.storage.kv.put(KEYS.routeDue, true);
      else if (state && target !== 'deleted') {
        await this.applyRoute(state, target, true).catch(async (error: unknown) => {
          await this.#stayDue();
          throw error;
        });
      }
    });
  }

  async #writeRoute(state: TenantState, target: RouteRecord['status']): Promise<void> {
    const { kv } = this.ctx.storage;
    const known = kv.get<RouteRecord>(KEYS.record);
    const { record, isSure } = await this.#recordOf(state, target, known);
    if (known === undefined || !isSame(known, record)) {
      kv.put(KEYS.routeDue, true);
      await this.env.ROUTES.put(routeKey(state.id), JSON.stringify(record));
      kv.put(KEYS.record, record);
    }
    if (isSure) kv.delete(KEYS.routeDue);
    else await this.#stayDue();
  }

  /** By the plan as it is now; while nobody can say, as it was: a tenant is suspended all the same. */
  async #recordOf(
    state: TenantState,
    target: RouteRecord['status'],
    known: RouteRecord | undefined,
  ): Promise<{ record: RouteRecord; isSure: boolean }> {
    const usage = this.ctx.storage.kv.get<PlanUsage>(KEYS.usage);
    try {
      const record = routeRecordOf(state, target, await planOf(this.env, state));
      const reached = usage && record.holds ? reachedOf(record.holds, usage) : [];
      return { record: reached.length > 0 ? { ...record, reached } : record, isSure: true };
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      const plan = planNamed(plansFrom([]), state.plan);
      const { updated_at } = state;
      const record = known && { ...known, status: target, updated_at };
      return { record: record ?? routeRecordOf(state, target, plan), isSure: false };
    }
  }

  async #followNow(): Promise<boolean> {
    const { kv } = this.ctx.storage;
    const state = this.tenant();
    if (state === undefined || state.status === 'failed' || state.status.startsWith('delet')) {
      kv.delete(KEYS.workerDue);
      return false;
    }
    kv.put(KEYS.workerDue, true);
    if (state.status === 'provisioning' || this.activationDelayMs() !== undefined) return false;
    const { limits } = await planOf(this.env, state);
    const wanted = textOf(state.plan, limits);
    const isOther = workerTextOf(kv, state) !== wanted;
    if (isOther) {
      await this.#wake();
      const { api, target } = apiFor(this.env, state.id);
      const result = await setUserWorkerLimits(api, target, { plan: state.plan, limits });
      if (!result.ok && result.kind !== 'refused') {
        throw new LedgerError({ code: 'worker_failed', detail: result.detail });
      }
      // Refused for good: the next upload brings the limits.
      if (!result.ok) logRefused(state.id, result.detail);
      else kv.put(KEYS.worker, wanted);
    }
    kv.delete(KEYS.workerDue);
    return isOther;
  }

  async #stayDue(): Promise<void> {
    this.ctx.storage.kv.put(KEYS.routeDue, true);
    await this.#wake();
  }

  async #wake(): Promise<void> {
    const at = Date.now() + HEAL_DELAY_MS;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }
}

function textOf(plan: string, { cpu_ms, subrequests }: Plan['limits']): string {
  return JSON.stringify({ plan, cpu_ms, subrequests });
}

/** What the Worker was last given; of one that was uploaded before this was noted, the built-in limits. */
function workerTextOf(kv: DurableObjectStorage['kv'], { plan }: TenantState): string {
  return kv.get<string>(KEYS.worker) ?? textOf(plan, planNamed(plansFrom([]), plan).limits);
}

function isSame(one: RouteRecord, other: RouteRecord): boolean {
  const updated_at = '';
  return JSON.stringify({ ...one, updated_at }) === JSON.stringify({ ...other, updated_at });
}

function logLater(error: unknown): true {
  const detail = String(error).slice(0, 500);
  console.warn(JSON.stringify({ level: 'warn', event: 'worker_limits_later', detail }));
  return true;
}

function logRefused(tenantId: string, detail: string): void {
  const entry = { level: 'error', event: 'worker_limits_refused', tenant_id: tenantId, detail };
  console.error(JSON.stringify(entry));
}
