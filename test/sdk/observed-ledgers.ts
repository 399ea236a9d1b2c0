// Ledgers that report to a tenant's system ledger, and that one with a door to a platform which fails
// and dies as a test says. What the platform applied outlives all of them.
import {
  configs,
  EntityLedger,
  type Fact,
  type Hook,
  type Outcome,
  observedBy,
  type TenantStatsReport,
  TenantSystemLedger,
} from '@z0-app/sdk';

/** What happens to the next report: each word once, then all goes well. */
export type Fate = 'ok' | 'refused' | 'away' | 'dies before' | 'dies after';

/** A platform that applies each period once. */
export class Platform {
  readonly fates: Fate[] = [];
  /** How often each period came. */
  readonly attempts: number[] = [];
  readonly applied = new Map<number, TenantStatsReport>();

  take(report: TenantStatsReport, die: () => never): Outcome<null> {
    this.attempts.push(report.period);
    const fate = this.fates.shift() ?? 'ok';
    if (fate === 'dies before') die();
    if (fate === 'away') throw new TypeError('away');
    if (fate === 'refused') return { ok: false, error: { code: 'not_ready', detail: 'Busy.' } };
    this.applied.set(report.period, this.applied.get(report.period) ?? report);
    if (fate === 'dies after') die();
    return { ok: true, value: null };
  }

  /** What all periods add up to; 0 of what none of them says. */
  sum(field: `${string}_count` | 'cache_hits'): number {
    return [...this.applied.values()].reduce(
      (sum, report) => sum + Number(Reflect.get(report, field) ?? 0),
      0,
    );
  }
}

/** By the name of the tenant's system ledger. */
export const platforms = new Map<string, Platform>();

export class ReportingLedger extends TenantSystemLedger {
  constructor(ctx: DurableObjectState, env: { TENANT_ID: string }) {
    const die = (): never => {
      ctx.abort('The test ends this object.');
      throw new TypeError('ended');
    };
    const platform = platforms.get(ctx.id.name ?? '');
    const door = {
      readConfig: async () => ({ ok: true, value: [] }),
      reportStats: async (report: TenantStatsReport) => platform?.take(report, die),
    };
    // Edge: the door of a test is no service binding; the ledger calls these methods alone.
    super(ctx, { ...env, ...(platform && { PLATFORM: door as unknown as Fetcher }) });
  }
}

/** Ledgers that end when the next fact of theirs has arrived, by their name. */
export const endsWhenTold = new Set<string>();

interface ObservedEnv {
  REPORTING: DurableObjectNamespace<ReportingLedger>;
}

/**
 * Named `<system ledger>/<id>`; one whose id starts with `strict` cannot do without its system ledger,
 * one that starts with `conf` keeps Configs.
 */
export class ObservedLedger extends EntityLedger<ObservedEnv> {
  constructor(ctx: DurableObjectState, env: ObservedEnv) {
    const name = ctx.id.name ?? '';
    const [system = '', id = ''] = name.split('/');
    const target = observedBy(env.REPORTING, system);
    const appendFact: typeof target.appendFact = async (input, fact) => {
      const answer = await target.appendFact(input, fact);
      if (endsWhenTold.delete(name)) ctx.abort('The test ends this object.');
      return answer;
    };
    const observabilityStub: typeof target = { ...target, appendFact };
    super(ctx, env, {
      ...(id.startsWith('conf') && { configs: configs() }),
      observabilityStub,
      bootstrapConfig: {
        fallback_on_failure: !id.startsWith('strict'),
        warn_on_fallback: false,
      },
    });
  }

  protected override updateCachedState(fact: Fact): void {
    const total = this.cachedStateManager.get<number>('Total') ?? 0;
    this.cachedStateManager.set('Total', total + Number(fact.data.by ?? 0));
  }

  protected override hooks(): readonly Hook[] {
    const run = (fact: Fact): void => {
      if (fact.type.startsWith('crash_hook')) throw new TypeError('a broken hook');
    };
    return [{ name: 'throws_on_demand', run }];
  }
}
