// The ledger of docs/hierarchy.md: regions within regions, each with the sales of all below it.
import { EntityLedger, type Fact, parentLedger } from '@z0-app/sdk';

interface Env {
  REGION: DurableObjectNamespace;
}

export class RegionLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, { REGION }: Env) {
    const stubOf = (id: string) => REGION.get(REGION.idFromName(id));
    super(ctx, { REGION }, { parent: parentLedger({ stubOf }) });
  }

  protected override forwards(fact: Fact): boolean {
    return fact.type === 'sale';
  }

  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    // From here on it is a fact of this region, with source_id and child_id, and goes on up.
    await this.forwardFact(childId, fact);
  }

  protected override updateCachedState({ type, data }: Fact): void {
    if (type !== 'sale') return;
    const revenue = this.cachedStateManager.get<number>('Revenue') ?? 0;
    this.cachedStateManager.set('Revenue', revenue + Number(data.cents));
  }
}
