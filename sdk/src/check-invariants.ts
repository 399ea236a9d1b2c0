// Asks a ledger's invariants, and the rules of its Configs, about a fact that is about to be written.
// Never lets the fact through when a check itself is broken.
import { messageOf } from './evolver.ts';
import type { Fact } from './fact.ts';
import type { Invariant } from './invariant.ts';
import type { BrokenRule, ConfigReader } from './ledger-configs.ts';
import { accept, type Outcome, refuse, refuseField } from './outcome.ts';
import type { StateOverlay } from './state-overlay.ts';

const NOTHING_BROKEN = accept<readonly BrokenRule[]>([]);

/**
 * The first refusal, else the rules of severity `warning` that the fact breaks. `pointer` is where
 * the fact sits in the request.
 */
export function checkInvariants(
  rules: readonly Invariant[],
  configs: ConfigReader | undefined,
  fact: Fact,
  overlay: StateOverlay,
  pointer: string,
): Outcome<readonly BrokenRule[]> {
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
      return broken({ name, ...fault }, pointer);
    } catch (error) {
      // A broken check must not let the fact through, and says nothing about the fact.
      return refuse('internal', `The invariant ${name} threw: ${messageOf(error)}`);
    }
  }
  if (!configs) return NOTHING_BROKEN;
  const { refusal, warnings } = configs.judge(fact, state);
  return refusal ? broken(refusal, pointer) : accept(warnings);
}

function broken(rule: BrokenRule, pointer: string): Outcome<readonly BrokenRule[]> {
  const { name: code, detail } = rule;
  return refuseField(`${pointer}${rule.pointer}`, code, detail, 'invariant_violated');
}
