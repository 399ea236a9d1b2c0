// The way to a system ledger that outlasts its crashes: a stub stays broken once its object has died,
// so each report takes a new one. Nothing is called until there is something to report.
import type { FactInput } from './fact.ts';
import type { ObservabilityStub } from './ledger-options.ts';
import type { WriteContext } from './outcome.ts';

/** What a system ledger is reported to by. */
export interface FactReceiver {
  appendFact(input: FactInput, context: Partial<WriteContext>): Promise<object>;
}

/**
 * For `observabilityStub`: the system ledger called `name`. A plain stub works too, until that ledger
 * crashes; then it reports again when the reporting object has been evicted.
 */
export function observedBy(
  namespace: Pick<DurableObjectNamespace, 'get' | 'idFromName'>,
  name: string,
): ObservabilityStub & FactReceiver {
  const id = namespace.idFromName(name);
  return {
    id,
    // Edge: namespaces are untyped in the seeds. Every system ledger has appendFact.
    appendFact: (input, context) =>
      (namespace.get(id) as unknown as FactReceiver).appendFact(input, context),
  };
}
