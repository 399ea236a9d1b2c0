// The part of the platform's own ledger that keeps the plans' Configs and takes a change of one to all
// tenants on it, a page at a time by alarm: killed anywhere, it goes on. It writes no route itself.
import type { Config, ConfigInput, Outcome, WriteContext } from '@z0-app/sdk';
import { AlertingLedger } from '../alerts/alerting-ledger.ts';
import { SYSTEM_SHARD } from '../metrics/system-shard.ts';
import {
  isLeft,
  PART_NAMES,
  type PartName,
  type PartProgress,
  pageOfTenants,
  refreshTenants,
  runOf,
  unsettled,
  withPage,
} from './plan-rollout.ts';
import { isPlanType, type PlanConfig, planNameOf } from './plan-settings.ts';
import { DEFAULT_PLAN, type KnownPlan, plansFrom } from './plans.ts';

/** Longer than a put takes: the alarm that is set before it must find what was put. */
const AFTER_PUT_MS = 2_000;
const RETRY_MS = 15_000;
/** The API that takes a Worker's limits allows four calls a second, and two are made for each Worker. */
const MS_PER_WORKER = 500;
const PARTS = {
  route: { key: 'plan_routes', page: 100 },
  worker: { key: 'plan_workers', page: 20 },
} as const satisfies Record<PartName, object>;

export class PlanRolloutLedger extends AlertingLedger {
  #rolling = false;

  /** The plans' Configs that are in force. */
  async planConfigs(): Promise<PlanConfig[]> {
    return inForce(await this.#planConfigs(), Date.now());
  }

  /** By plan, what not all of its tenants have; a plan that is not there is done. */
  async planRollouts(): Promise<Record<string, PartName>> {
    const plans = plansFrom(await this.planConfigs());
    const rollouts: Record<string, PartName> = {};
    for (const part of PART_NAMES.toReversed()) {
      for (const { plan } of unsettled(part, this.#progress(part).told, plans)) {
        rollouts[plan] = part;
      }
    }
    return rollouts;
  }

  override async putConfig(input: ConfigInput, context: WriteContext): Promise<Outcome<Config>> {
    const isPlan = isPlanType(input.type);
    // Before it is put: whatever happens then, it is looked at.
    if (isPlan) await this.wakeWithin(AFTER_PUT_MS);
    const outcome = await super.putConfig(input, context);
    if (isPlan && outcome.ok) await this.wakeWithin(0);
    return outcome;
  }

  override async alarm(): Promise<void> {
    try {
      await super.alarm();
    } finally {
      if (this.ctx.id.name === SYSTEM_SHARD) await this.#goOn();
    }
  }

  async #goOn(): Promise<void> {
    if (this.#rolling) return;
    this.#rolling = true;
    try {
      const ms = await this.#tellPage();
      if (ms !== undefined) await this.wakeWithin(ms);
    } catch (error) {
      const detail = String(error).slice(0, 500);
      console.warn(JSON.stringify({ level: 'warn', event: 'plan_rollout_failed', detail }));
      await this.wakeWithin(RETRY_MS);
    } finally {
      this.#rolling = false;
    }
  }

  /** Tells some tenants; in how many milliseconds to go on, `undefined` when there is nothing. */
  async #tellPage(): Promise<number | undefined> {
    const all = await this.#planConfigs();
    const now = Date.now();
    const plans = plansFrom(inForce(all, now));
    const waits: number[] = untilNext(all, now);
    // All routes before any Worker: the limits at dispatch are the ones that count first.
    for (const part of PART_NAMES) {
      const progress = runOf(part, this.#progress(part), plans);
      this.ctx.storage.kv.put(PARTS[part].key, progress);
      if (progress.run === undefined) continue;
      if (progress.not_before <= now) return this.#tell(part, progress, plans);
      waits.push(progress.not_before - now);
    }
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  async #tell(
    part: PartName,
    progress: PartProgress,
    plans: ReadonlyMap<string, KnownPlan>,
  ): Promise<number> {
    const { run } = progress;
    if (run === undefined) return 0;
    const { key, page: limit } = PARTS[part];
    const { plan, cursor: after } = run;
    const others = plan === DEFAULT_PLAN ? [...plans.keys()] : undefined;
    const ids =
      after === null
        ? run.again.slice(0, limit)
        : await pageOfTenants(this.env.DB, { plan, others, after, limit });
    const { failed, calls } = await refreshTenants(this.env, ids, part);
    const next = withPage(run, { ids, failed, limit });
    const rest = next.cursor === null && isLeft(next) ? RETRY_MS : calls * MS_PER_WORKER;
    const not_before = Date.now() + rest;
    this.ctx.storage.kv.put<PartProgress>(key, { ...progress, run: next, not_before });
    return 0;
  }

  #progress(part: PartName): PartProgress {
    return this.ctx.storage.kv.get<PartProgress>(PARTS[part].key) ?? { told: {}, not_before: 0 };
  }

  /** In force, or going to be. */
  async #planConfigs(): Promise<Config[]> {
    const outcome = await this.inheritableConfigs();
    if (!outcome.ok) return [];
    return outcome.value.filter(({ type }) => planNameOf(type) !== undefined);
  }
}

function inForce(configs: readonly Config[], now: number): PlanConfig[] {
  const found = configs.filter(({ effective_at: from, superseded_at: to }) => {
    return Date.parse(from) <= now && (to === undefined || now < Date.parse(to));
  });
  return found.flatMap(({ type, id, version, effective_at, settings }) => {
    const name = planNameOf(type);
    return name === undefined ? [] : [{ name, id, version, effective_at, settings }];
  });
}

/** How long until a plan that was put for later is in force; none when no plan was. */
function untilNext(configs: readonly Config[], now: number): number[] {
  const times = configs.map(({ effective_at: from }) => Date.parse(from)).filter((at) => at > now);
  return times.length === 0 ? [] : [Math.min(...times) - now];
}
