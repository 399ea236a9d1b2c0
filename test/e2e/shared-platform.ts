// One seeded platform for all tests that only use it; tests that kill one start their own.
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { newStateDir, PlatformProcess } from './platform-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    stateDir: string;
    firstStartMs: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = newStateDir();
  const startedAt = performance.now();
  const platform = await PlatformProcess.start(stateDir);
  project.provide('stateDir', stateDir);
  project.provide('firstStartMs', performance.now() - startedAt);
  return async () => {
    await platform.end('SIGTERM');
    rmSync(stateDir, { recursive: true, force: true });
  };
}
