// A ledger that uses all of the SDK, so that every table there is comes into being.
import {
  configs,
  EntityLedger,
  type Fact,
  type Invariant,
  parentLedger,
  personalData,
} from '@z0-app/sdk';

interface Env {
  FULL: DurableObjectNamespace;
  SUBSCRIPTION: DurableObjectNamespace;
}

export class FullLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, {
      configs: configs(),
      personalData: personalData({ entity: ['/email'], earned: ['/from'] }),
      parent: parentLedger({ stubOf: (id) => env.FULL.get(env.FULL.idFromName(id)) }),
      // Nobody made it with these arguments, so it fails whenever it is called.
      observabilityStub: env.SUBSCRIPTION.get(env.SUBSCRIPTION.idFromName('nobody')),
      bootstrapConfig: { fallback_on_failure: true, warn_on_fallback: false },
    });
  }

  protected override updateCachedState({ type, data }: Fact): void {
    const points = this.cachedStateManager.get<number>('Points') ?? 0;
    if (type === 'earned') this.cachedStateManager.set('Points', points + Number(data.points));
  }

  protected override invariants(): readonly Invariant[] {
    return [
      { name: 'earned', check: ({ data }) => (data.points === 0 ? 'Nothing earned.' : undefined) },
    ];
  }

  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    if (fact.type === 'earned') await this.forwardFact(childId, fact);
  }

  /** Reports to the target that fails. */
  async report(): Promise<void> {
    await this.emitSdkObservability('cache_stats', {
      period_start: 0,
      period_end: 1,
      hits: 0,
      misses: 0,
    });
  }
}
