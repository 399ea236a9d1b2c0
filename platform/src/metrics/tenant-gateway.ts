// The one door from a tenant's Worker into the platform. Who is calling was fixed when the tenant's
// Worker was uploaded (`ctx.props`); nothing a caller passes can change it.
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Config, Outcome } from '@z0-app/sdk';
import { ALERTS_CONFIG } from '../alerts/alert-settings.ts';
import { platformLedger } from '../configs/platform-ledger.ts';
import type { Env } from '../env.ts';
import { validationError } from '../http/validation-error.ts';
import { isPlanType } from '../tenants/plan-settings.ts';
import { tenantId } from '../tenants/tenant-id.ts';
import { HEALTH_GATE_CONFIG } from '../versions/health/health-budget.ts';
import { tenantStatsSchema } from './tenant-stats.ts';

export interface GatewayProps {
  readonly tenant_id: string;
}

/** Configs that name other tenants. */
const NOT_FOR_TENANTS = new Set([ALERTS_CONFIG, HEALTH_GATE_CONFIG]);

/** How far a tenant's clock may be ahead; a report from later would stand in charts until then. */
const CLOCK_LEEWAY_MS = 3_600_000;

export class TenantGateway extends WorkerEntrypoint<Env, GatewayProps> {
  /** Takes one period's counts. Errors: `invalid_request`. Recorded once per period, soon after. */
  async reportStats(payload: unknown): Promise<Outcome<null>> {
    const caller = tenantId.safeParse(this.ctx.props.tenant_id);
    if (!caller.success) return nobody();
    const stats = tenantStatsSchema.safeParse(payload);
    if (!stats.success) return { ok: false, error: validationError(stats.error.issues, 'json') };
    if (stats.data.period_end > Date.now() + CLOCK_LEEWAY_MS) return fromTheFuture();
    await this.env.METRICS.send({ ...stats.data, tenant_id: caller.data });
    return { ok: true, value: null };
  }

  /** What every tenant inherits: Configs of the platform that are in force, or going to be. */
  async readConfig(): Promise<Outcome<Config[]>> {
    if (!tenantId.safeParse(this.ctx.props.tenant_id).success) return nobody();
    const outcome = await platformLedger(this.env).inheritableConfigs();
    if (!outcome.ok) return outcome.error.code === 'not_found' ? { ok: true, value: [] } : outcome;
    // Some name other tenants; a plan is about a tenant, not for its ledgers.
    const value = outcome.value.filter(
      ({ type }) => !NOT_FOR_TENANTS.has(type) && !isPlanType(type),
    );
    return { ok: true, value };
  }
}

function fromTheFuture(): Outcome<never> {
  const detail = 'is more than an hour from now';
  const errors = [{ pointer: '/period_end', code: 'out_of_range', detail }];
  return {
    ok: false,
    error: { code: 'invalid_request', detail: `/period_end: ${detail}`, errors },
  };
}

function nobody(): Outcome<never> {
  const detail = 'This door was not set up for a tenant.';
  return { ok: false, error: { code: 'not_found', detail } };
}
