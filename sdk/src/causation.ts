// Remembers which fact the running code answers to, so that what it appends says so. It follows a
// hook through its awaits, and never beyond the ledger that ran it.
// oxlint-disable-next-line typescript/triple-slash-reference -- ambient modules cannot be imported
/// <reference path="./runtime.d.ts" />
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Fact, FactInput } from './fact.ts';
import type { Delivery, DeliveryStep } from './ledger-parent.ts';

/** Passed on: a ledger's code is small, and each import of a module weighs. */
export { AsyncLocalStorage };

interface Cause {
  readonly ledger: object;
  readonly fact: Fact;
  /** Set while a child's fact is being taken in. */
  readonly delivery: Delivery | undefined;
}

/** Shared by all ledgers of the isolate: a cause names its ledger. */
const causes = new AsyncLocalStorage<Cause>();

/** Runs `callback`, and all that it awaits, as an answer of `ledger` to `fact`. */
export function causedBy<R>(ledger: object, fact: Fact, callback: () => R, delivery?: Delivery): R {
  return causes.run({ ledger, fact, delivery }, callback);
}

/** The append at hand, if it answers a child's fact. Ask once for each append. */
export function deliveryStep(ledger: object): DeliveryStep | undefined {
  const cause = causes.getStore();
  return cause?.ledger === ledger ? cause.delivery?.next() : undefined;
}

/** `input` with the causation and correlation of the fact at hand, where it names none itself. */
export function withCause(ledger: object, input: FactInput): FactInput {
  const cause = causes.getStore();
  if (cause?.ledger !== ledger) return input;
  const { id, correlation_id } = cause.fact;
  const inherited = correlation_id === undefined ? {} : { correlation_id };
  return { causation_id: id, ...inherited, ...input };
}
