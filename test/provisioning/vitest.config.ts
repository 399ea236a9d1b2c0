// Plans, configs and uploads, the last against a running embedded Cloudflare. One file at a time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'provisioning',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    fileParallelism: false,
    // As Node itself imports CommonJS packages: the code under test runs there without a bundler.
    deps: { interopDefault: false },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
