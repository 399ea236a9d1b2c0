// The three demo tenants: who they are and what their day looked like. Data and arithmetic only.

export interface DemoFact {
  readonly type: 'charge' | 'payment';
  readonly data: { readonly amount: number; readonly currency: string; readonly memo: string };
  readonly timestamp: string;
}

export interface DemoAccount {
  readonly id: string;
  readonly data: {
    readonly currency: string;
    readonly credit_limit: number;
    readonly owner: string;
  };
}

export interface DemoTenant {
  readonly id: string;
  readonly name: string;
  readonly accounts: readonly DemoAccount[];
  readonly purchases: readonly string[];
  /** Charges far over the limit: the ledger refuses them, as it should. */
  readonly refusedCharges: number;
}

const account = (id: string, owner: string, creditLimit: number): DemoAccount => ({
  id: `acct_${id}`,
  data: { currency: 'USD', credit_limit: creditLimit, owner },
});

export const DEMO_TENANTS: readonly DemoTenant[] = [
  {
    id: 'acme',
    name: 'Acme Coffee Supply',
    accounts: [
      account('coffee', 'Blue Door Café', 500_000),
      account('roastery', 'Harbor Roastery', 1_200_000),
      account('kiosk', 'Station Kiosk', 80_000),
      account('canteen', 'Mill Street Canteen', 300_000),
    ],
    purchases: ['Arabica beans 10 kg', 'Paper cups', 'Grinder service', 'Oat milk', 'Filters'],
    refusedCharges: 0,
  },
  {
    id: 'globex',
    name: 'Globex Telecom',
    accounts: [
      account('hotline', 'Support hotline', 900_000),
      account('sales', 'Sales team', 400_000),
      account('alarms', 'Alarm lines', 150_000),
      account('roaming', 'Field engineers', 600_000),
      account('lobby', 'Lobby phones', 40_000),
    ],
    purchases: ['Calls to landlines', 'Roaming EU', 'Toll-free minutes', 'SMS bundle', 'Data 5 GB'],
    refusedCharges: 0,
  },
  {
    id: 'initech',
    name: 'Initech Software',
    accounts: [
      account('licenses', 'License desk', 250_000),
      account('training', 'Training', 120_000),
      account('printers', 'Printer leasing', 30_000),
    ],
    purchases: ['Seat license', 'Workshop day', 'Toner', 'Support hour', 'Course material'],
    refusedCharges: 4,
  },
];

const FACTS_PER_ACCOUNT = 18;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A day of charges with a payment now and then, ending shortly before `now`; never over the limit. */
export function dayOfFacts(tenant: DemoTenant, entry: DemoAccount, now: number): DemoFact[] {
  const random = seededRandom(`${tenant.id}/${entry.id}`);
  const { currency, credit_limit: limit } = entry.data;
  const facts: DemoFact[] = [];
  let owed = 0;
  for (let index = 0; index < FACTS_PER_ACCOUNT; index += 1) {
    const progress = (index + random()) / FACTS_PER_ACCOUNT;
    const timestamp = new Date(now - DAY_MS + progress * (DAY_MS - 60_000)).toISOString();
    const amount = Math.max(100, Math.round((random() * limit) / 12 / 5) * 5);
    const mustPay = owed + amount > limit * 0.8;
    if (mustPay || (owed > 0 && random() < 0.2)) {
      facts.push({
        type: 'payment',
        data: { amount: owed, currency, memo: 'Bank transfer' },
        timestamp,
      });
      owed = 0;
    } else {
      const memo = tenant.purchases[Math.floor(random() * tenant.purchases.length)] ?? 'Purchase';
      facts.push({ type: 'charge', data: { amount, currency, memo }, timestamp });
      owed += amount;
    }
  }
  return facts;
}

/** A small generator (mulberry32) so that every machine shows the same day. */
function seededRandom(seed: string): () => number {
  let state = Buffer.from(seed).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7);
  return () => {
    state = Math.imul(state + 0x6d_2b_79_f5, 1);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
