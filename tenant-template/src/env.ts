// What this Worker is given. Nothing here reaches another tenant's data.
import type { EntityLedger, TenantSystemLedger } from '@z0-app/sdk';

export interface Env {
  /** Set at upload; the only tenant this Worker answers for. */
  TENANT_ID: string;
  /** The door to the platform, added at upload: its Configs come from there. */
  PLATFORM?: Fetcher;
  ACCOUNT_LEDGER: DurableObjectNamespace<EntityLedger>;
  TENANT_SYSTEM_LEDGER: DurableObjectNamespace<TenantSystemLedger>;
}
