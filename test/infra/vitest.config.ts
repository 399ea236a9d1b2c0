// The embedded Cloudflare as its clients see it. One file at a time: each starts servers of its own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'infra',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    fileParallelism: false,
    // As Node itself imports CommonJS packages: the code under test runs there without a bundler.
    deps: { interopDefault: false },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
