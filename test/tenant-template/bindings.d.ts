// What the pool binds for these tests.
import type { AccountLedger } from '../../tenant-template/src/account-ledger.ts';
import type * as template from '../../tenant-template/src/index.ts';

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof template;
    }
    interface Env {
      /** Takes the Configs that the platform is to have, as JSON; GET gives the reports it was sent. */
      PLATFORM_CONFIGS: Fetcher;
      ACCOUNT_LEDGER: DurableObjectNamespace<AccountLedger>;
      TENANT_SYSTEM_LEDGER: DurableObjectNamespace<template.TenantSystemLedger>;
    }
  }
}
