// A sound ledger for the kit to pass, and ledgers each with one mistake that the kit must find. None
// stands in for anything of Cloudflare's.
import {
  EntityLedger,
  type Fact,
  type FactInput,
  type Hook,
  type Invariant,
  type Outcome,
  type StateQuery,
  type StateView,
  type WriteContext,
} from '@z0-app/sdk';

export { TenantSystemLedger } from '@z0-app/sdk';
export { SubscriptionLedger } from '../first-ledger/subscription-ledger.ts';
export { CreditLedger } from './configs/credit-ledger.ts';
export { FullLedger } from './full-ledger.ts';
export { DepotLedger, ParcelLedger } from './parents/depot-ledgers.ts';

/** Points are earned and spent, never below zero; every hundredth earned leaves a badge. */
export class PointsLedger extends EntityLedger {
  protected override updateCachedState(fact: Fact): void {
    const points = this.cachedStateManager.get<number>('Points') ?? 0;
    this.cachedStateManager.set('Points', points + changeOf(fact));
  }

  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'never_below_zero',
        check: (fact, state) =>
          (state.get<number>('Points') ?? 0) + changeOf(fact) < 0
            ? { pointer: '/data/points', detail: 'There are not that many points.' }
            : undefined,
      },
    ];
  }

  protected override hooks(): readonly Hook[] {
    return [
      {
        name: 'badge',
        run: async (fact) => {
          if (fact.type !== 'earned' || changeOf(fact) < 100) return;
          await this.appendFact({ type: 'badge', causation_id: fact.id, data: { level: 1 } });
        },
      },
    ];
  }
}

/** Forgets the key: a retry appends again. */
export class KeylessLedger extends PointsLedger {
  override async append(input: FactInput, context: WriteContext): Promise<Outcome<Fact>> {
    const { idempotencyKey: _dropped, ...rest } = context;
    return super.append(input, rest);
  }
}

/** Gives another state on each replay. */
export class RandomLedger extends EntityLedger {
  protected override updateCachedState(): void {
    this.cachedStateManager.set('Dice', crypto.randomUUID());
  }
}

/** Its handler throws on what its invariants let through. */
export class ThrowingLedger extends EntityLedger {
  protected override updateCachedState(fact: Fact): void {
    if (fact.type === 'surprise') throw new TypeError('nobody thought of this');
  }
}

/** Keeps in a field what belongs into cached state: who came. */
export class ForgetfulLedger extends EntityLedger {
  readonly #came = new Set<string>();

  protected override updateCachedState(fact: Fact): void {
    if (fact.type === 'came') this.#came.add(JSON.stringify(fact.data));
  }

  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'nobody_twice',
        check: ({ data }) => (this.#came.has(JSON.stringify(data)) ? 'They are here.' : undefined),
      },
    ];
  }
}

/** Answers from a field: how many appends it has seen. */
export class BoastfulLedger extends EntityLedger {
  #seen = 0;

  override async getState(query: StateQuery = {}): Promise<Outcome<StateView>> {
    const view = await super.getState(query);
    if (view.ok) view.value.state.Seen = this.#seen;
    return view;
  }

  override async append(input: FactInput, context: WriteContext): Promise<Outcome<Fact>> {
    this.#seen += 1;
    return super.append(input, context);
  }
}

function changeOf({ type, data }: Fact): number {
  const points = typeof data.points === 'number' ? data.points : 0;
  return type === 'spent' ? -points : points;
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
