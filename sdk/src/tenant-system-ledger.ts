// The system ledger inside one tenant's Worker, named after the tenant. It never sees another
// tenant: its namespace belongs to that Worker alone.
import { SystemLedger } from './system-ledger.ts';

export interface TenantSystemLedgerEnv {
  /** Set at upload as plain text. */
  TENANT_ID: string;
}

export class TenantSystemLedger<
  Env extends TenantSystemLedgerEnv = TenantSystemLedgerEnv,
> extends SystemLedger<Env> {}
