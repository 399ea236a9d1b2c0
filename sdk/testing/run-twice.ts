// Every write proves its retry: sent twice under one key, it must answer the same and change nothing
// the second time. Never decides whether the answer itself is the right one.
import type { Outcome, WriteContext } from '../src/outcome.ts';
import { difference } from './difference.ts';
import { type ReadableLedger, readAllFacts, readState, withoutInherited } from './read-ledger.ts';
import { ScenarioError } from './scenario-error.ts';

/**
 * Sends `write` twice with `context` under one key, which is made up when the context has none, and
 * gives the first answer. Throws ScenarioError when the second answer differs, is not marked
 * `replayed`, or when facts or state changed with it.
 */
export async function runTwice<T>(
  ledger: ReadableLedger,
  context: WriteContext,
  write: (context: WriteContext) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const keyed = { idempotencyKey: crypto.randomUUID(), ...context };
  const first = await write(keyed);
  const before = [await readAllFacts(ledger), await readState(ledger)] as const;
  const second = await write(keyed);
  const after = [await readAllFacts(ledger), await readState(ledger)] as const;
  const fail = (sentence: string): never => {
    throw new ScenarioError(`The same request, sent twice under one key, ${sentence}`, after[0]);
  };
  const added = withoutInherited(after[0]).length - withoutInherited(before[0]).length;
  if (added !== 0) fail(`wrote ${added} more fact(s) the second time.`);
  const changed = difference(before[1], after[1], '/state');
  if (changed !== undefined) fail(`changed the state the second time: ${changed}`);
  const answered = difference(answerOf(first), answerOf(second), '');
  if (answered !== undefined) fail(`was answered differently the second time: ${answered}`);
  if (first.ok && second.replayed !== true) fail('was not marked as replayed the second time.');
  return first;
}

function answerOf<T>(outcome: Outcome<T>): unknown {
  return outcome.ok ? { value: outcome.value } : { error: outcome.error };
}
