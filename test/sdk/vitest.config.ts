// The SDK's ledgers inside real workerd, one object per test.
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

/** `npm run test:property -- --seeds N` asks for 10,000 operations a seed; else few and small. */
const seeds = Number(process.env.Z0_PROPERTY_SEEDS ?? 0);
const first = Number(process.env.Z0_PROPERTY_FIRST ?? 1);
const PROPERTY =
  seeds > 0
    ? { first, seeds, histories: 100, commands: 200 }
    : { first, seeds: 3, histories: 12, commands: 24 };

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './ledgers.ts',
      miniflare: {
        compatibilityDate: '2026-10-01',
        compatibilityFlags: ['nodejs_compat'],
        durableObjects: {
          CALLING: { className: 'CallingLedger', useSQLite: true },
          CONTACT: { className: 'ContactLedger', useSQLite: true },
          COUNTER: { className: 'CounterLedger', useSQLite: true },
          FAMILY: { className: 'FamilyLedger', useSQLite: true },
          INVOICE: { className: 'InvoiceLedger', useSQLite: true },
          REGION: { className: 'RegionLedger', useSQLite: true },
          SYSTEM: { className: 'SystemLedger', useSQLite: true },
          SYSTEM_LEDGER: { className: 'SystemLedger', useSQLite: true },
          TENANT_SYSTEM_LEDGER: { className: 'MyTenantSystemLedger', useSQLite: true },
          TERMS: { className: 'TermsLedger', useSQLite: true },
          PROPERTY_LEDGER: { className: 'PropertyLedger', useSQLite: true },
          OBSERVED: { className: 'ObservedLedger', useSQLite: true },
          REPORTING: { className: 'ReportingLedger', useSQLite: true },
          PROJECT: { className: 'ProjectLedger', useSQLite: true },
          ACCOUNT: { className: 'AccountLedger', useSQLite: true },
          WIRED: { className: 'WiredLedger', useSQLite: true },
          TENANT_ACCOUNT: { className: 'TenantAccountLedger', useSQLite: true },
        },
        bindings: { TENANT_ID: 'acme', PROPERTY },
      },
    }),
  ],
  test: {
    name: 'sdk',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // Only something that hangs is to fail by its time.
    testTimeout: 30_000,
  },
});
