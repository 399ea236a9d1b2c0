// The whole platform as `z0 up` starts it, driven from outside. Replaces no part of it.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'e2e',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['./shared-platform.ts'],
    // Each file drives real processes; side by side they would only slow each other down.
    fileParallelism: false,
    // Only something that hangs is to fail by its time.
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
