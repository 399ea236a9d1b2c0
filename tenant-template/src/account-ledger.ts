// The worked example: an account that owes money. `charge` raises the balance, `payment` lowers
// it, and a charge beyond the credit limit is never recorded. It never holds a fraction of a cent.
import {
  EntityLedger,
  type Fact,
  type Invariant,
  type InvariantFault,
  type JsonObject,
  type JsonValue,
  type StateReader,
} from '@z0-app/sdk';
import type { Env } from './env.ts';
import { ledgerOptions } from './ledger-options.ts';

/** Integer minor units (cents for USD). */
export interface BalanceState {
  /** What is owed; negative when the account has paid ahead. */
  balance: number;
  /** ISO 4217; null until the entity or its first fact names one. */
  currency: string | null;
  /** The most that may be owed; null for no limit. From the entity's `data.credit_limit`. */
  credit_limit: number | null;
}

const EMPTY: BalanceState = { balance: 0, currency: null, credit_limit: null };
const CURRENCY = /^[A-Z]{3}$/;

export class AccountLedger extends EntityLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ledgerOptions(env));
  }

  protected override updateCachedState(fact: Fact): void {
    const state = this.cachedStateManager.get<BalanceState>('BalanceState') ?? EMPTY;
    const next = evolve(state, fact);
    if (next !== state) this.cachedStateManager.set('BalanceState', next);
  }

  protected override invariants(): readonly Invariant[] {
    return [
      { name: 'valid_terms', check: checkTerms },
      { name: 'valid_amount', check: checkAmount },
      { name: 'within_credit_limit', check: checkLimit },
    ];
  }
}

/** The balance after `fact`; the same object when the fact says nothing about it. */
export function evolve(state: BalanceState, fact: Fact): BalanceState {
  if (isMoney(fact)) {
    const { amount, currency } = fact.data;
    if (typeof amount !== 'number' || typeof currency !== 'string') return state;
    const balance = state.balance + (fact.type === 'charge' ? amount : -amount);
    return { ...state, balance, currency };
  }
  const terms = termsOf(fact);
  if (!terms) return state;
  const currency = typeof terms.currency === 'string' ? terms.currency : state.currency;
  const { credit_limit = state.credit_limit } = terms;
  return {
    ...state,
    currency,
    credit_limit: typeof credit_limit === 'number' ? credit_limit : null,
  };
}

function checkTerms(fact: Fact, state: StateReader): InvariantFault | undefined {
  const terms = termsOf(fact);
  if (!terms) return undefined;
  const { credit_limit, currency } = terms;
  if (credit_limit !== undefined && credit_limit !== null && !isAmount(credit_limit, 0)) {
    const detail = 'credit_limit is a whole number of minor units, 0 or more.';
    return { pointer: '/data/credit_limit', detail };
  }
  if (currency === undefined) return undefined;
  if (typeof currency !== 'string' || !CURRENCY.test(currency)) {
    return { pointer: '/data/currency', detail: 'currency is three upper-case letters.' };
  }
  return checkCurrency(currency, state);
}

function checkAmount(fact: Fact, state: StateReader): InvariantFault | undefined {
  if (!isMoney(fact)) return undefined;
  const { amount, currency } = fact.data;
  if (!isAmount(amount, 1)) {
    return { pointer: '/data/amount', detail: 'amount is a whole number of minor units above 0.' };
  }
  if (typeof currency !== 'string' || !CURRENCY.test(currency)) {
    return { pointer: '/data/currency', detail: 'currency is three upper-case letters.' };
  }
  return checkCurrency(currency, state);
}

function checkCurrency(currency: string, state: StateReader): InvariantFault | undefined {
  const held = state.get<BalanceState>('BalanceState')?.currency ?? currency;
  if (held === currency) return undefined;
  return { pointer: '/data/currency', detail: `The account is held in ${held}, not ${currency}.` };
}

function checkLimit(fact: Fact, state: StateReader): InvariantFault | undefined {
  if (!isMoney(fact)) return undefined;
  const pointer = '/data/amount';
  const before = state.get<BalanceState>('BalanceState') ?? EMPTY;
  const { balance } = evolve(before, fact);
  if (!Number.isSafeInteger(balance)) {
    return { pointer, detail: 'The balance would lose digits.' };
  }
  const { credit_limit } = before;
  if (fact.type !== 'charge' || credit_limit === null || balance <= credit_limit) return undefined;
  return {
    pointer,
    detail: `The balance would be ${balance}, the credit limit is ${credit_limit}.`,
  };
}

function isMoney(fact: Fact): boolean {
  return fact.type === 'charge' || fact.type === 'payment';
}

/** What a created or updated entity says about its terms. */
function termsOf(fact: Fact): JsonObject | undefined {
  if (fact.type !== 'lifecycle') return undefined;
  if (fact.subtype !== 'created' && fact.subtype !== 'updated') return undefined;
  return isObject(fact.data.data) ? fact.data.data : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAmount(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}
