// The tenant template as it is uploaded, inside real workerd.
import { cloudflareTest } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: '../../tenant-template/wrangler.jsonc' },
      miniflare: { bindings: { TENANT_ID: 'acme' } },
    }),
  ],
  test: { name: 'tenant-template', root: import.meta.dirname, include: ['**/*.test.ts'] },
});
