// Finds a ledger from a Worker. Only a name for one call and one type: it decides nothing, and whoever
// calls it has said who the caller is.
import type { EntityLedger, LedgerStub } from './entity-ledger.ts';

/**
 * The ledger called `name` in `namespace`, e.g. `ledgerOf(env.INVOICE_LEDGER, 'invoice_inv_1')`. Names
 * are `<type>_<entity id>`. Nothing is called yet, so it cannot fail. Source: docs/storage.md.
 */
export function ledgerOf<Ledger extends EntityLedger>(
  namespace: DurableObjectNamespace<Ledger>,
  name: string,
): LedgerStub {
  return ledgerAt(namespace, namespace.idFromName(name));
}

/** The same, by the object's id. */
export function ledgerAt<Ledger extends EntityLedger>(
  namespace: DurableObjectNamespace<Ledger>,
  id: DurableObjectId,
): LedgerStub {
  const stub: unknown = namespace.get(id);
  // Edge: the runtime's stub type gives up on JSON's recursion; its methods are the class's own.
  return stub as LedgerStub;
}
