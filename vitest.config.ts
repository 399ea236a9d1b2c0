// Every room's tests in one run. How a room runs its own stands in test/<room>/vitest.config.ts; rooms
// that start real servers set `fileParallelism: false` there, and vitest runs those last, one by one.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['test/*/vitest.config.ts'],
    // One worker on two cores: a workerd beside each worker needs the other half.
    maxWorkers: '50%',
    reporters: ['default'],
    // A run that found nothing to test has proven nothing.
    passWithNoTests: false,
  },
});
