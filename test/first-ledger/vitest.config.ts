// The ledger's tests inside real workerd.
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.jsonc' } })],
  test: { name: 'first-ledger', root: import.meta.dirname, include: ['**/*.test.ts'] },
});
