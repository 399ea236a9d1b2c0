// What the pool binds for these tests.
import type {
  AccountLedger,
  CounterLedger,
  InvoiceLedger,
  MyTenantSystemLedger,
  ProjectLedger,
  SystemLedger,
  TenantAccountLedger,
  WiredLedger,
} from './ledgers.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      COUNTER: DurableObjectNamespace<CounterLedger>;
      INVOICE: DurableObjectNamespace<InvoiceLedger>;
      SYSTEM: DurableObjectNamespace<SystemLedger>;
      /** How much property.test.ts runs. */
      PROPERTY: { seeds: number; histories: number; commands: number };
      SYSTEM_LEDGER: DurableObjectNamespace<SystemLedger>;
      TENANT_SYSTEM_LEDGER: DurableObjectNamespace<MyTenantSystemLedger>;
      PROJECT: DurableObjectNamespace<ProjectLedger>;
      ACCOUNT: DurableObjectNamespace<AccountLedger>;
      WIRED: DurableObjectNamespace<WiredLedger>;
      TENANT_ACCOUNT: DurableObjectNamespace<TenantAccountLedger>;
      TENANT_ID: string;
    }
  }
}
