// Asks a ledger's invariants about a fact that is about to be written. Never lets the fact through
// when a check itself is broken.
import { messageOf } from './evolver.ts';
import type { Fact } from './fact.ts';
import type { Invariant } from './invariant.ts';
import { type Refusal, refuse } from './outcome.ts';
import type { StateOverlay } from './state-overlay.ts';

/** The first refusal, undefined when all agree. `pointer` is where the fact sits in the request. */
export function checkInvariants(
  rules: readonly Invariant[],
  fact: Fact,
  overlay: StateOverlay,
  pointer: string,
): Refusal | undefined {
  const state = {
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the type it stored
    get<S>(name: string): S | undefined {
      const text = overlay.read(name);
      // Parse edge: the ledger's own code stored it under this name.
      return text === undefined ? undefined : (JSON.parse(text) as S);
    },
  };
  for (const { name, check } of rules) {
    try {
      const found = check(fact, state);
      if (found === undefined) continue;
      const fault = typeof found === 'string' ? { detail: found, pointer: '' } : found;
      const { detail } = fault;
      const item = { pointer: `${pointer}${fault.pointer}`, code: name, detail };
      return refuse('invariant_violated', detail, [item]);
    } catch (error) {
      // A broken check must not let the fact through, and says nothing about the fact.
      return refuse('internal', `The invariant ${name} threw: ${messageOf(error)}`);
    }
  }
  return undefined;
}
