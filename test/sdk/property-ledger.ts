// The ledger class of the property test: what is added counts up to the limit of a Config, notes and
// the entity's email are personal, and the handler of `broken` facts throws.
import {
  configs,
  configsOf,
  EntityLedger,
  type Fact,
  type FactDraft,
  type Invariant,
  ledgerOf,
  personalData,
  type TenantSystemLedger,
} from '@z0-app/sdk';

interface Env {
  TENANT_SYSTEM_LEDGER: DurableObjectNamespace<TenantSystemLedger>;
}

export class PropertyLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, {
      configs: configs({
        // Each history has a tenant of its own, by the name of its ledger.
        source: configsOf(() => ledgerOf(env.TENANT_SYSTEM_LEDGER, ctx.id.name ?? 'nobody')),
        refreshMs: 0,
      }),
      personalData: personalData({ entity: ['/email'], add: ['/note'] }),
    });
  }

  protected override configTypeOf(fact: FactDraft): string | undefined {
    return fact.type === 'add' ? 'limit' : undefined;
  }

  protected override updateCachedState(fact: Fact): void {
    const { type, data } = fact;
    const inner = data.data;
    if (type === 'add') {
      this.cachedStateManager.set('Total', { total: this.#totalAfter(fact) });
      if (data.note !== undefined) this.cachedStateManager.set('Note', data.note);
    } else if (typeof inner === 'object' && inner !== null && 'email' in inner) {
      this.cachedStateManager.set('Email', inner.email);
    } else if (type === 'broken') {
      this.cachedStateManager.set('Total', { total: -1 });
      throw new TypeError('this handler always throws');
    }
  }

  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'within_limit',
        check: (fact) => {
          const limit = this.configOf(fact)?.settings.limit;
          const total = this.#totalAfter(fact);
          if (typeof limit !== 'number' || total <= limit) return undefined;
          return `${total} is above ${limit}.`;
        },
      },
    ];
  }

  #totalAfter(fact: Fact): number {
    const before = this.cachedStateManager.get<{ total: number }>('Total')?.total ?? 0;
    return before + Number(fact.data.by ?? 0);
  }
}
