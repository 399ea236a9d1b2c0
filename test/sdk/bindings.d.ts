// What the pool binds for these tests.
import type {
  AccountLedger,
  CallingLedger,
  ContactLedger,
  CounterLedger,
  FamilyLedger,
  InvoiceLedger,
  MyTenantSystemLedger,
  ObservedLedger,
  ProjectLedger,
  PropertyLedger,
  RegionLedger,
  ReportingLedger,
  SystemLedger,
  TenantAccountLedger,
  TermsLedger,
  WiredLedger,
} from './ledgers.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      CALLING: DurableObjectNamespace<CallingLedger>;
      CONTACT: DurableObjectNamespace<ContactLedger>;
      COUNTER: DurableObjectNamespace<CounterLedger>;
      FAMILY: DurableObjectNamespace<FamilyLedger>;
      INVOICE: DurableObjectNamespace<InvoiceLedger>;
      OBSERVED: DurableObjectNamespace<ObservedLedger>;
      REPORTING: DurableObjectNamespace<ReportingLedger>;
      REGION: DurableObjectNamespace<RegionLedger>;
      SYSTEM: DurableObjectNamespace<SystemLedger>;
      /** How much property.test.ts runs. */
      PROPERTY: { first: number; seeds: number; histories: number; commands: number };
      SYSTEM_LEDGER: DurableObjectNamespace<SystemLedger>;
      TENANT_SYSTEM_LEDGER: DurableObjectNamespace<MyTenantSystemLedger>;
      TERMS: DurableObjectNamespace<TermsLedger>;
      PROPERTY_LEDGER: DurableObjectNamespace<PropertyLedger>;
      PROJECT: DurableObjectNamespace<ProjectLedger>;
      ACCOUNT: DurableObjectNamespace<AccountLedger>;
      WIRED: DurableObjectNamespace<WiredLedger>;
      TENANT_ACCOUNT: DurableObjectNamespace<TenantAccountLedger>;
      TENANT_ID: string;
    }
  }
}
