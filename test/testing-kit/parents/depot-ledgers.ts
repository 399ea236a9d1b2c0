// Parcels tell their depot what they weigh; a depot adds it up.
import { EntityLedger, type Fact, parentLedger } from '@z0-app/sdk';

interface Env {
  DEPOT_LEDGER: DurableObjectNamespace;
}

export class ParcelLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    const { DEPOT_LEDGER } = env;
    const stubOf = (id: string) => DEPOT_LEDGER.get(DEPOT_LEDGER.idFromName(`depot_${id}`));
    super(ctx, env, { parent: parentLedger({ stubOf }) });
  }
}

export class DepotLedger extends EntityLedger {
  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    if (fact.type !== 'weighed') return;
    const { grams = 0 } = fact.data;
    await this.appendFact({ type: 'loaded', data: { parcel_id: childId, grams } });
  }

  protected override updateCachedState({ type, data }: Fact): void {
    const load = this.cachedStateManager.get<number>('Load') ?? 0;
    if (type === 'loaded') this.cachedStateManager.set('Load', load + Number(data.grams));
  }
}
