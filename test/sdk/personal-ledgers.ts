// A ledger class with personal data: contacts who place orders. Which fields are declared is a test's
// to say, as the next version of a class may declare others.
import {
  EntityLedger,
  type Fact,
  type Invariant,
  type JsonObject,
  type PersonalFields,
  parentLedger,
  personalData,
} from '@z0-app/sdk';

const FIELDS: PersonalFields = {
  entity: ['/email', '/contact/phone'],
  order: ['/name', '/ship_to'],
  'lifecycle/created': ['/owner_id'],
};

/** What each object is made with when it starts; a test that changes it puts it back. */
export const making: {
  fields: PersonalFields | undefined;
  /** The object ends in the middle of the next replay of its first fact. */
  crashes: boolean;
} = { fields: FIELDS, crashes: false };

interface Env {
  CONTACT: DurableObjectNamespace;
}

export class ContactLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, {
      ...(making.fields ? { personalData: personalData(making.fields) } : {}),
      parent: parentLedger({ stubOf: (id) => env.CONTACT.get(env.CONTACT.idFromName(id)) }),
    });
  }

  protected override updateCachedState(fact: Fact): void | Promise<void> {
    const { type, seq, data } = fact;
    if (seq === 1 && making.crashes) return this.#crash();
    if (type === 'garbled') throw new TypeError(`no order from ${nameOf(fact)}`);
    if (type === 'lifecycle' && isObject(data.data) && 'email' in data.data) {
      this.cachedStateManager.set('Email', data.data.email);
    }
    if (type !== 'order') return;
    const sum = this.cachedStateManager.get<number>('Sum') ?? 0;
    this.cachedStateManager.set('Sum', sum + Number(data.amount));
    this.cachedStateManager.set('Last', { name: data.name, ship_to: data.ship_to });
  }

  protected override invariants(): readonly Invariant[] {
    return [
      {
        name: 'something_ordered',
        check: (fact) =>
          fact.type === 'order' && fact.data.amount === 0
            ? `${nameOf(fact)} ordered nothing.`
            : undefined,
      },
    ];
  }

  protected override async onChildFact(childId: string, fact: Fact): Promise<void> {
    await this.forwardFact(childId, fact);
  }

  async #crash(): Promise<void> {
    // What was committed before this is on disk by then.
    await scheduler.wait(50);
    making.crashes = false;
    this.ctx.abort('the test ends the object');
  }
}

function nameOf({ data }: Fact): string {
  return typeof data.name === 'string' ? data.name : 'nobody';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
