// The house checks itself: rules about the source, in plain Node, without starting anything.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'house',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // Only something that hangs is to fail by its time.
    testTimeout: 30_000,
  },
});
