// A ledger whose facts are calculated with a Config: what is spent counts at the rate of the `terms`
// in force, up to their limit. It inherits the Configs of its tenant.
import {
  configs,
  configsOf,
  EntityLedger,
  type Fact,
  type FactDraft,
  type Invariant,
  ledgerOf,
  type TenantSystemLedger,
} from '@z0-app/sdk';

interface Env {
  TENANT_SYSTEM_LEDGER: DurableObjectNamespace<TenantSystemLedger>;
}

export class TermsLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, {
      configs: configs({
        // One tenant for each test: the name of a ledger says whose it is.
        source: configsOf(() =>
          ledgerOf(env.TENANT_SYSTEM_LEDGER, ctx.id.name?.split(':')[0] ?? 'nobody'),
        ),
        refreshMs: 0,
      }),
      storageBudgetBytes: 1_000_000,
    });
  }

  protected override configTypeOf(fact: FactDraft): string | undefined {
    return fact.type === 'spend' ? 'terms' : undefined;
  }

  protected override updateCachedState(fact: Fact): void {
    if (fact.type !== 'spend') return;
    this.cachedStateManager.set('Spent', { total: this.#total() + this.#costOf(fact) });
  }

  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'within_limit',
        check: (fact) => {
          const limit = this.configOf(fact)?.settings.limit;
          const total = this.#total() + this.#costOf(fact);
          if (typeof limit !== 'number' || total <= limit) return undefined;
          return { pointer: '/data/by', detail: `${total} is above ${limit}.` };
        },
      },
    ];
  }

  #total(): number {
    return this.cachedStateManager.get<{ total: number }>('Spent')?.total ?? 0;
  }

  #costOf(fact: Fact): number {
    const rate = this.configOf(fact)?.settings.rate;
    return Number(fact.data.by ?? 0) * (typeof rate === 'number' ? rate : 1);
  }
}
