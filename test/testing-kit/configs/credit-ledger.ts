// A credit account: what is drawn costs the fee that its Config sets, and is owed.
import {
  configs,
  configsOf,
  EntityLedger,
  type Fact,
  type FactDraft,
  ledgerOf,
  type TenantSystemLedger,
} from '@z0-app/sdk';

interface Env {
  TENANT_ID: string;
  TENANT_SYSTEM_LEDGER: DurableObjectNamespace<TenantSystemLedger>;
}

export class CreditLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    // The tenant's Configs, and through them the platform's.
    const source = configsOf(() => ledgerOf(env.TENANT_SYSTEM_LEDGER, env.TENANT_ID));
    super(ctx, env, { configs: configs({ source }) });
  }

  protected override configTypeOf({ type }: FactDraft): string | undefined {
    return type === 'drawn' ? 'credit' : undefined;
  }

  protected override updateCachedState(fact: Fact): void {
    const owed = this.cachedStateManager.get<number>('Owed') ?? 0;
    const drawn = fact.type === 'drawn' ? Number(fact.data.amount) + this.#feeOf(fact) : 0;
    this.cachedStateManager.set('Owed', owed + drawn);
  }

  #feeOf(fact: Fact): number {
    return Number(this.configOf(fact)?.settings.fee ?? 0);
  }
}
