// The plans a tenant can be on and what each allows. Pure data; the dispatcher enforces it.

export interface Plan {
  /** Per request: CPU milliseconds and subrequests (Workers for Platforms custom limits). */
  readonly limits: { readonly cpu_ms: number; readonly subrequests: number };
  /** Requests per period, period in seconds. */
  readonly rate: { readonly limit: number; readonly period_s: number };
}

export const PLAN_NAMES = ['free', 'standard', 'scale'] as const;
export type PlanName = (typeof PLAN_NAMES)[number];
export const DEFAULT_PLAN: PlanName = 'standard';

export const PLANS: Readonly<Record<PlanName, Plan>> = {
  free: { limits: { cpu_ms: 50, subrequests: 50 }, rate: { limit: 1_000, period_s: 60 } },
  standard: { limits: { cpu_ms: 200, subrequests: 200 }, rate: { limit: 30_000, period_s: 60 } },
  scale: { limits: { cpu_ms: 1_000, subrequests: 1_000 }, rate: { limit: 600_000, period_s: 60 } },
};
