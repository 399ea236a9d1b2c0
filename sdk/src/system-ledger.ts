// A ledger that observes others: it receives `sdk` facts like any other fact. The facts of one
// system ledger never leave it by themselves.
import { EntityLedger } from './entity-ledger.ts';

/** Address one by shard; shard 0 is named `system`. */
export class SystemLedger<Env = unknown> extends EntityLedger<Env> {}
