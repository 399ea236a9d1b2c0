// What a tenant's new code may cost before it is taken back: the Config of type `health_gate`, where one
// was put, else the defaults. What is broken in it is refused when it is put, and left out when read.
import { type ErrorItem, LedgerError } from '@z0-app/sdk/errors';
import * as z from 'zod';
import { platformLedger } from '../../configs/platform-ledger.ts';
import type { Env } from '../../env.ts';
import { validationError } from '../../http/validation-error.ts';
import { tenantId } from '../../tenants/tenant-id.ts';
import type { HealthBudget } from './judge-health.ts';

/** The type of the Config. Tenants do not inherit it: it names other tenants. */
export const HEALTH_GATE_CONFIG = 'health_gate';

export interface HealthGate extends HealthBudget {
  /** Whether new code is watched at all. */
  readonly enabled: boolean;
  /** How long it is watched, and how often it is looked at. */
  readonly window_seconds: number;
  readonly check_seconds: number;
}

export const DEFAULT_GATE: HealthGate = {
  enabled: true,
  window_seconds: 600,
  check_seconds: 15,
  minimum_requests: 20,
  error_share: 0.05,
  error_times: 2,
  p95_ms: 500,
  p95_times: 2,
};

const MAX_TENANTS = 1_000;

const fields = z.strictObject({
  enabled: z.boolean().optional(),
  window_seconds: z.int().min(10).max(86_400).optional(),
  check_seconds: z.int().min(1).max(600).optional(),
  minimum_requests: z.int().min(1).max(1_000_000).optional(),
  error_share: z.number().min(0).max(1).optional(),
  error_times: z.number().min(1).max(1_000).optional(),
  p95_ms: z.number().min(1).max(10_000).optional(),
  p95_times: z.number().min(1).max(1_000).optional(),
});

const settingsSchema = fields.extend({
  /** Of single tenants, in place of what stands beside it. */
  tenants: z
    .record(tenantId, fields)
    .refine((all) => Object.keys(all).length <= MAX_TENANTS, `has more than ${MAX_TENANTS} tenants`)
    .optional(),
  constraints: z.unknown().optional(),
});

/** Refuses a Config of this type that has a fault. Errors: `invalid_request`, a pointer for each. */
export function refuseBrokenGate(type: string, settings: unknown): void {
  if (type !== HEALTH_GATE_CONFIG) return;
  const parsed = settingsSchema.safeParse(settings);
  if (parsed.success) return;
  const issues = parsed.error.issues.map((issue) => {
    return { ...issue, path: ['settings', ...issue.path] };
  });
  const errors: readonly ErrorItem[] = validationError(issues, 'json').errors ?? [];
  const [first] = errors;
  const detail = `${first?.pointer ?? '/settings'}: ${first?.detail ?? 'is not right'}`;
  throw new LedgerError({ code: 'invalid_request', detail, errors: errors.slice(0, 16) });
}

/** What holds for a tenant by these settings. */
export function gateIn(settings: unknown, tenant: string): HealthGate {
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) return DEFAULT_GATE;
  const { tenants = {}, constraints: _, ...general } = parsed.data;
  const own = Object.hasOwn(tenants, tenant) ? tenants[tenant] : {};
  return { ...DEFAULT_GATE, ...defined(general), ...defined(own ?? {}) };
}

/** What is in force for a tenant; `undefined` while that cannot be read. */
export async function readHealthGate(env: Env, tenant: string): Promise<HealthGate | undefined> {
  try {
    const outcome = await platformLedger(env).effectiveConfig(HEALTH_GATE_CONFIG);
    if (outcome.ok) return gateIn(outcome.value.settings, tenant);
    return outcome.error.code === 'not_found' ? DEFAULT_GATE : undefined;
  } catch (error) {
    const detail = String(error).slice(0, 500);
    console.warn(JSON.stringify({ level: 'warn', event: 'health_gate_unread', tenant, detail }));
    return undefined;
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without fields that are `undefined`, which would hide a default. */
function defined<T extends object>(given: T): Defined<T> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  // Edge: `fromEntries` forgets which keys it was given.
  return Object.fromEntries(entries) as Defined<T>;
}
