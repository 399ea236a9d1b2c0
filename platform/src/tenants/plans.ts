// The plans a tenant can be on and what each allows: what the platform's Configs say, over what holds
// without any. It decides and shows; the dispatcher and Cloudflare enforce what goes with a request.
import { LedgerError } from '@z0-app/sdk/errors';
import { platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { type PlanConfig, type PlanSettings, parsePlanSettings } from './plan-settings.ts';

export interface Plan {
  readonly name: string;
  /** Per request: CPU milliseconds and subrequests (Workers for Platforms custom limits). */
  readonly limits: { readonly cpu_ms: number; readonly subrequests: number };
  /** Requests per period, period in seconds. */
  readonly rate: { readonly limit: number; readonly period_s: number };
  /** Of all ledgers of the tenant. */
  readonly storage_bytes: number;
  readonly entities: number;
  /** Schedules that the tenant's own code may declare. */
  readonly schedules: number;
  /** What a preview replays at most. */
  readonly preview: { readonly entities: number; readonly facts: number };
}

/** A plan with where it comes from. */
export interface KnownPlan {
  readonly plan: Plan;
  /** `undefined` for one that no Config changes. */
  readonly config: Omit<PlanConfig, 'settings'> | undefined;
}

export const PLAN_NAMES = ['free', 'standard', 'scale'] as const;
export type PlanName = (typeof PLAN_NAMES)[number];
export const DEFAULT_PLAN: PlanName = 'standard';

/** What the plans allow as long as nobody put a Config; `standard` is what a new one starts from. */
export const PLANS: Readonly<Record<PlanName, Plan>> = {
  free: {
    name: 'free',
    limits: { cpu_ms: 50, subrequests: 50 },
    rate: { limit: 1_000, period_s: 60 },
    storage_bytes: 2_000_000_000,
    entities: 10_000,
    schedules: 3,
    preview: { entities: 20, facts: 20_000 },
  },
  standard: {
    name: 'standard',
    limits: { cpu_ms: 200, subrequests: 200 },
    rate: { limit: 30_000, period_s: 60 },
    storage_bytes: 200_000_000_000,
    entities: 1_000_000,
    schedules: 20,
    preview: { entities: 100, facts: 100_000 },
  },
  scale: {
    name: 'scale',
    limits: { cpu_ms: 1_000, subrequests: 1_000 },
    rate: { limit: 600_000, period_s: 60 },
    storage_bytes: 20_000_000_000_000,
    entities: 100_000_000,
    schedules: 200,
    preview: { entities: 1_000, facts: 1_000_000 },
  },
};

/** What the plan of `tenant` allows now. Throws `not_ready` while the plans cannot be read. */
export async function planOf(env: Env, tenant: { readonly plan: string }): Promise<Plan> {
  return planNamed(await readPlans(env), tenant.plan);
}

/** All plans there are, by name, those of the platform itself first. Throws as `planOf`. */
export async function readPlans(env: Env): Promise<ReadonlyMap<string, KnownPlan>> {
  return plansFrom(await configsOf(env));
}

/** The plan of that name; a tenant on one that is no more has what the default allows. */
export function planNamed(plans: ReadonlyMap<string, KnownPlan>, name: string): Plan {
  return (plans.get(name) ?? plans.get(DEFAULT_PLAN))?.plan ?? PLANS[DEFAULT_PLAN];
}

/** What there is besides the built-in plans, and over them. */
export function plansFrom(configs: readonly PlanConfig[]): ReadonlyMap<string, KnownPlan> {
  const plans = new Map<string, KnownPlan>(
    PLAN_NAMES.map((name) => [name, { plan: PLANS[name], config: undefined }]),
  );
  for (const { settings, ...config } of configs) {
    const parsed = parsePlanSettings(settings);
    // Checked when it was put; by then the bounds may have been others.
    if (!parsed.ok) logBroken(config);
    const plan = withSettings(baseOf(config.name), config.name, parsed.ok ? parsed.value : {});
    plans.set(config.name, { plan, config });
  }
  return plans;
}

function baseOf(name: string): Plan {
  // Object.hasOwn narrows nothing for TypeScript; the key is checked right here.
  return Object.hasOwn(PLANS, name) ? PLANS[name as PlanName] : PLANS[DEFAULT_PLAN];
}

function withSettings(base: Plan, name: string, given: PlanSettings): Plan {
  const { cpu_ms, subrequests, rate, preview, ...rest } = given;
  return {
    ...base,
    ...rest,
    name,
    limits: {
      cpu_ms: cpu_ms ?? base.limits.cpu_ms,
      subrequests: subrequests ?? base.limits.subrequests,
    },
    rate: { ...base.rate, ...rate },
    preview: { ...base.preview, ...preview },
  };
}

async function configsOf(env: Env): Promise<PlanConfig[]> {
  try {
    return await platformLedger(env).planConfigs();
  } catch (error) {
    const detail = `The plans cannot be read right now: ${String(error).slice(0, 200)}`;
    throw new LedgerError({ code: 'not_ready', detail });
  }
}

function logBroken({ id, version }: Omit<PlanConfig, 'settings'>): void {
  const entry = { level: 'error', event: 'plan_settings_broken', id, version };
  console.error(JSON.stringify(entry));
}
