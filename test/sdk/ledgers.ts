// The ledger class the SDK's tests run against: its handler is synchronous, asynchronous or broken,
// as the fact asks. It never stands in for anything of Cloudflare's.
import { EntityLedger, type Fact, type Hook, type Invariant, type Upcasters } from '@z0-app/sdk';

export { SystemLedger } from '@z0-app/sdk';
export { CallingLedger, FamilyLedger } from './hierarchy-ledgers.ts';
export { InvoiceLedger } from './invoice-ledger.ts';
export { ObservedLedger, ReportingLedger } from './observed-ledgers.ts';
export { ContactLedger } from './personal-ledgers.ts';
export { PropertyLedger } from './property-ledger.ts';
export { RegionLedger } from './region-ledger.ts';
export {
  AccountLedger,
  MyTenantSystemLedger,
  ProjectLedger,
  TenantAccountLedger,
  WiredLedger,
} from './seed-ledgers.ts';
export { TermsLedger } from './terms-ledger.ts';

interface Env {
  SYSTEM: DurableObjectNamespace;
}

interface Total {
  total: number;
}

export class CounterLedger extends EntityLedger<Env> {
  /** Set by a test: whether handlers of `flaky` facts throw. */
  flakyThrows = true;
  /** Set by a test: what the code knows of its facts' versions. */
  version = 1;
  added: Upcasters = {};
  /** A `gated` fact's handler says that it runs, and waits for the test to open the gate. */
  readonly entered = Promise.withResolvers<void>();
  readonly gate = Promise.withResolvers<void>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, {
      handlerTimeoutMs: 1000,
      observabilityStub: env.SYSTEM.get(env.SYSTEM.idFromName('system')),
    });
  }

  protected override updateCachedState(fact: Fact): void | Promise<void> {
    switch (fact.type) {
      case 'slow':
        return this.#addLater(fact);
      case 'gated':
        this.entered.resolve();
        return this.gate.promise.then(() => this.#add(fact));
      case 'hung':
        return this.#addTooLate(fact);
      case 'greedy':
        // A handler that changes what it was only lent.
        fact.data.by = 1000;
        return this.#add({ ...fact, data: { by: 1 } });
      case 'broken':
        throw new TypeError('this handler always throws');
      case 'flaky':
        if (this.flakyThrows) throw new TypeError('this handler throws for now');
        return this.#add(fact);
      case 'unstorable':
        this.#add(fact);
        return this.cachedStateManager.set('Bad', { when: Number.NaN });
      case 'reentrant':
        return this.appendFact({ type: 'add', data: { by: 1 } }).then(() => undefined);
      default:
        return this.#add(fact);
    }
  }

  protected override schemaVersion(): number {
    return this.version;
  }

  protected override upcasters(): Upcasters {
    return this.added;
  }

  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'never_above_100',
        check: (fact, state) => {
          const total = (state.get<Total>('Total')?.total ?? 0) + amountOf(fact);
          return total > 100 ? `The total would be ${total}.` : undefined;
        },
      },
      {
        name: 'throws_on_demand',
        check: (fact) => {
          if (fact.type === 'crash_check') throw new TypeError('a broken check');
          return undefined;
        },
      },
    ];
  }

  protected override hooks(): readonly Hook[] {
    return [
      {
        name: 'throws_on_demand',
        run: (fact) => {
          if (fact.type === 'crash_hook') throw new TypeError('a broken hook');
        },
      },
      {
        name: 'echoes',
        run: async (fact) => {
          if (fact.type !== 'echo') return;
          await scheduler.wait(1);
          await this.appendFact({ type: 'echoed' });
          await this.appendFact({ type: 'echoed', causation_id: 'named', correlation_id: 'own' });
        },
      },
    ];
  }

  #add(fact: Fact): void {
    const total = this.cachedStateManager.get<Total>('Total')?.total ?? 0;
    this.cachedStateManager.set('Total', { total: total + amountOf(fact) });
  }

  async #addTooLate(fact: Fact): Promise<void> {
    await scheduler.wait(1500);
    this.#add(fact);
  }

  async #addLater(fact: Fact): Promise<void> {
    const total = this.cachedStateManager.get<Total>('Total')?.total ?? 0;
    await scheduler.wait(20);
    this.cachedStateManager.set('Total', { total: total + amountOf(fact) });
  }
}

function amountOf(fact: Fact): number {
  return typeof fact.data.by === 'number' ? fact.data.by : 0;
}

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
