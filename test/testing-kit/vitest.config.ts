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
          POINTS: { className: 'PointsLedger', useSQLite: true },
          KEYLESS: { className: 'KeylessLedger', useSQLite: true },
          RANDOM: { className: 'RandomLedger', useSQLite: true },
          SUBSCRIPTION: { className: 'SubscriptionLedger', useSQLite: true },
          THROWING: { className: 'ThrowingLedger', useSQLite: true },
        },
      },
    }),
  ],
  test: { name: 'testing-kit', root: import.meta.dirname, include: ['**/*.test.ts'] },
});
