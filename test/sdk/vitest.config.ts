// The SDK's ledgers inside real workerd, one object per test.
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
          COUNTER: { className: 'CounterLedger', useSQLite: true },
          INVOICE: { className: 'InvoiceLedger', useSQLite: true },
          SYSTEM: { className: 'SystemLedger', useSQLite: true },
        },
      },
    }),
  ],
  test: { name: 'sdk', root: import.meta.dirname, include: ['**/*.test.ts'] },
});
