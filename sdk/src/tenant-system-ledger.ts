// The system ledger inside one tenant's Worker, named after the tenant. It never sees another
// tenant: its namespace belongs to that Worker alone.
import type { LedgerOptions } from './ledger-options.ts';
import { SystemLedger } from './system-ledger.ts';

/** What the Worker of a tenant must have in its `env`. */
export interface TenantSystemLedgerEnv {
  /** Set at upload as plain text. */
  TENANT_ID: string;
}

/** `LedgerOptions`, and how a tenant's reports are gathered. Source: seeds, self-observability. */
export interface TenantSystemLedgerOptions extends LedgerOptions {
  /** Length of one aggregation period, milliseconds; default 60,000. */
  aggregationIntervalMs?: number;
}

/** A `SystemLedger` for one tenant: receives the `sdk` facts of that tenant's ledgers and keeps them. */
export class TenantSystemLedger<
  Env extends TenantSystemLedgerEnv = TenantSystemLedgerEnv,
> extends SystemLedger<Env> {
  protected readonly aggregationIntervalMs: number;

  constructor(ctx: DurableObjectState, env: Env, options: TenantSystemLedgerOptions = {}) {
    super(ctx, env, options);
    this.aggregationIntervalMs = options.aggregationIntervalMs ?? 60_000;
  }
}
