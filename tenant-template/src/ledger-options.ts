// What every ledger class of this tenant passes to its base: Configs of the tenant and the platform,
// the way to a parent, and where it reports to. It only names stubs; nothing is called until a ledger has something to ask.
import { configs, configsOf, type LedgerOptions, observedBy, parentLedger } from '@z0-app/sdk';
import type { Env } from './env.ts';
import { ledgerOfId, tenantLedgerOf } from './registry.ts';

/**
 * `super(ctx, env, ledgerOptions(env))` gives a ledger Configs and a parent. What is above is asked at
 * most once a minute, by a write; a ledger without a parent calls nobody else.
 */
export function ledgerOptions(env: Env): LedgerOptions {
  return {
    configs: configs({ source: configsOf(() => tenantLedgerOf(env)) }),
    parent: parentLedger({ stubOf: (parentId) => parentOf(env, parentId) }),
    observabilityStub: observedBy(env.TENANT_SYSTEM_LEDGER, env.TENANT_ID),
  };
}

/** Over HTTP, a parent that no ledger serves was refused; a ledger's own code may still name one. */
function parentOf(env: Env, parentId: string): Pick<DurableObjectStub, 'id'> {
  const ledger = ledgerOfId(env, parentId);
  if (!ledger) throw new RangeError('No ledger of this Worker serves the parent.');
  // Edge: a LedgerStub is a stub of which only the ledger's methods are typed.
  return ledger as unknown as DurableObjectStub;
}
