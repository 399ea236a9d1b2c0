// What the pool binds for these tests.
import type { TenantSystemLedger } from '@z0-app/sdk';
import type * as ledgers from './ledgers.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      BOASTFUL: DurableObjectNamespace<ledgers.BoastfulLedger>;
      CREDIT_LEDGER: DurableObjectNamespace<ledgers.CreditLedger>;
      DEPOT_LEDGER: DurableObjectNamespace<ledgers.DepotLedger>;
      FORGETFUL: DurableObjectNamespace<ledgers.ForgetfulLedger>;
      FULL: DurableObjectNamespace<ledgers.FullLedger>;
      PARCEL_LEDGER: DurableObjectNamespace<ledgers.ParcelLedger>;
      POINTS: DurableObjectNamespace<ledgers.PointsLedger>;
      KEYLESS: DurableObjectNamespace<ledgers.KeylessLedger>;
      RANDOM: DurableObjectNamespace<ledgers.RandomLedger>;
      SUBSCRIPTION: DurableObjectNamespace<ledgers.SubscriptionLedger>;
      TENANT_ID: string;
      TENANT_SYSTEM_LEDGER: DurableObjectNamespace<TenantSystemLedger>;
      THROWING: DurableObjectNamespace<ledgers.ThrowingLedger>;
    }
  }
}
