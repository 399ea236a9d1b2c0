// A subscription: seats are bought, then assigned, and never more than were bought.
import { EntityLedger, type Fact, type Invariant } from '@z0-app/sdk';

type Seats = { bought: number; assigned: number };

export class SubscriptionLedger extends EntityLedger {
  protected override updateCachedState(fact: Fact): void {
    const seats = this.cachedStateManager.get<Seats>('Seats') ?? { bought: 0, assigned: 0 };
    if (fact.type === 'seats_bought') seats.bought += Number(fact.data.count);
    if (fact.type === 'seat_assigned') seats.assigned += 1;
    this.cachedStateManager.set('Seats', seats);
  }

  protected override invariants(): readonly Invariant[] {
    return [
      { name: 'whole_count', check: wholeCount },
      { name: 'free_seat', check: freeSeat },
    ];
  }
}

const wholeCount: Invariant['check'] = ({ type, data }) =>
  type !== 'seats_bought' || (Number.isSafeInteger(data.count) && Number(data.count) > 0)
    ? undefined
    : { pointer: '/data/count', detail: 'count is a whole number above 0.' };

const freeSeat: Invariant['check'] = ({ type }, state) => {
  const { bought, assigned } = state.get<Seats>('Seats') ?? { bought: 0, assigned: 0 };
  return type === 'seat_assigned' && assigned >= bought ? 'No seat is free.' : undefined;
};
