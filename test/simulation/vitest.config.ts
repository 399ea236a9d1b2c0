// The simulation in plain Node: seeded, without a runtime, a platform or a clock of its own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'simulation',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 60_000,
  },
});
