// The testing kit against sound and faulty ledgers, and the documents of docs/, inside real workerd.
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './ledgers.ts',
      miniflare: {
        compatibilityDate: '2026-10-01',
        compatibilityFlags: ['nodejs_compat'],
        durableObjects: {
          BOASTFUL: { className: 'BoastfulLedger', useSQLite: true },
          CREDIT_LEDGER: { className: 'CreditLedger', useSQLite: true },
          DEPOT_LEDGER: { className: 'DepotLedger', useSQLite: true },
          FORGETFUL: { className: 'ForgetfulLedger', useSQLite: true },
          POINTS: { className: 'PointsLedger', useSQLite: true },
          FULL: { className: 'FullLedger', useSQLite: true },
          PARCEL_LEDGER: { className: 'ParcelLedger', useSQLite: true },
          KEYLESS: { className: 'KeylessLedger', useSQLite: true },
          RANDOM: { className: 'RandomLedger', useSQLite: true },
          SUBSCRIPTION: { className: 'SubscriptionLedger', useSQLite: true },
          TENANT_SYSTEM_LEDGER: { className: 'TenantSystemLedger', useSQLite: true },
          THROWING: { className: 'ThrowingLedger', useSQLite: true },
        },
        bindings: { TENANT_ID: 'acme' },
      },
    }),
  ],
  test: {
    name: 'testing-kit',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // Only something that hangs is to fail by its time.
    testTimeout: 30_000,
  },
});
