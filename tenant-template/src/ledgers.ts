// Every ledger class of this tenant. A class `XxxLedger` serves entities of type `xxx` through the
// binding `XXX_LEDGER`. To add one: write the class, export it here, and name it in wrangler.jsonc
// (a binding, and a migration with its own tag). Nothing else in the template changes.
//
//   export class InvoiceLedger extends EntityLedger<Env> {
//     static readonly idPrefix = 'inv';
//     constructor(ctx: DurableObjectState, env: Env) {
//       super(ctx, env, ledgerOptions(env));
//     }
//     protected override updateCachedState(fact: Fact): void { … }
//   }
export { TenantSystemLedger } from '@z0-app/sdk';
export { AccountLedger } from './account-ledger.ts';
