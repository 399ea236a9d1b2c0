// What the Config of a plan may set, within which bounds, and which plan it is of. Pure: what is in
// force is the platform's ledger to say.
import { type ErrorItem, LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { validationError } from '../http/validation-error.ts';

/** The type of a plan's Config is this and the plan's name: a ledger has one Config of a type. */
const PREFIX = 'plan.';
const NAME = /^[a-z][a-z0-9_-]{0,31}$/u;

/** A plan's Config as it is in force. */
export interface PlanConfig {
  /** Of the plan. */
  readonly name: string;
  readonly id: string;
  readonly version: number;
  readonly effective_at: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Each field may be left out; then what the built-in plan of that name allows, or `standard`, holds. */
const planSettings = z.strictObject({
  /** Cloudflare's bounds; with less than ten the template itself could not answer. */
  cpu_ms: z.int().min(10).max(300_000).exactOptional(),
  subrequests: z.int().min(10).max(10_000).exactOptional(),
  rate: z
    .strictObject({
      limit: z.int().min(1).max(100_000_000).exactOptional(),
      period_s: z.int().min(1).max(3_600).exactOptional(),
    })
    .exactOptional(),
  storage_bytes: z.int().min(1_000_000).max(1e15).exactOptional(),
  entities: z.int().min(1).max(1e12).exactOptional(),
  schedules: z.int().min(0).max(1_000).exactOptional(),
  preview: z
    .strictObject({
      entities: z.int().min(1).max(10_000).exactOptional(),
      facts: z.int().min(1).max(10_000_000).exactOptional(),
    })
    .exactOptional(),
});

export type PlanSettings = z.infer<typeof planSettings>;

type Parsed = { ok: true; value: PlanSettings } | { ok: false; faults: readonly ErrorItem[] };

export function parsePlanSettings(settings: unknown): Parsed {
  const parsed = planSettings.safeParse(settings);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issues = parsed.error.issues.map((issue) => {
    return { ...issue, path: ['settings', ...issue.path] };
  });
  return { ok: false, faults: validationError(issues, 'json').errors ?? [] };
}

/** Whether Configs of this type are plans, by a good name or not. */
export function isPlanType(type: string): boolean {
  return type === 'plan' || type.startsWith(PREFIX);
}

/** The plan that a Config of this type is of. */
export function planNameOf(type: string): string | undefined {
  const name = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : '';
  return NAME.test(name) ? name : undefined;
}

export function planTypeOf(name: string): string {
  return PREFIX + name;
}

/** Refuses a Config that would be a plan and cannot. Errors: `invalid_request`, a pointer for each. */
export function refuseBrokenPlan(type: string, settings: unknown): void {
  if (!isPlanType(type)) return;
  if (planNameOf(type) === undefined) {
    const detail = `is no plan: the type is "plan." and a name that fits ${NAME.source}`;
    throw refusal([{ pointer: '/type', code: 'invalid_name', detail }]);
  }
  const parsed = settings === undefined ? undefined : parsePlanSettings(settings);
  if (parsed?.ok === false) throw refusal(parsed.faults);
}

/** Who names a plan that is not there is told which ones are. */
export function unknownPlan(name: string, known: Iterable<string>): LedgerError {
  const detail = `there is no plan ${JSON.stringify(name)}; there are ${[...known].join(', ')}`;
  return refusal([{ pointer: '/plan', code: 'unknown_plan', detail }]);
}

function refusal(errors: readonly ErrorItem[]): LedgerError {
  const detail = errors.map((item) => `${item.pointer}: ${item.detail}`).join('; ');
  return new LedgerError({ code: 'invalid_request', detail, errors });
}
