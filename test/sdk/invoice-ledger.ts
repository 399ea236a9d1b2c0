// The README's example, word for word after this comment; `readme.test.ts` runs it.
import { EntityLedger, type Fact, type Invariant } from '@z0-app/sdk';

export class InvoiceLedger extends EntityLedger {
  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'open_amount',
        check: (fact, state) => {
          const { open = 0 } = state.get<{ open: number }>('InvoiceState') ?? {};
          const paid = Number(fact.data.amount ?? 0);
          return fact.type === 'payment' && paid > open ? `only ${open} is open` : undefined;
        },
      },
    ];
  }

  protected override updateCachedState(fact: Fact): void {
    const { open = 0 } = this.cachedStateManager.get<{ open: number }>('InvoiceState') ?? {};
    const sign = fact.type === 'charge' ? 1 : -1;
    const change = sign * Number(fact.data.amount ?? 0);
    this.cachedStateManager.set('InvoiceState', { open: open + change });
  }
}
