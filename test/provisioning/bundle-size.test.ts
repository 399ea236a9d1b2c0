// What customers' Workers carry stays small: every one of them loads it at each cold start.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleWorker } from '../../provisioning/deploy/bundle-worker.ts';

const KB = 1024;

test.each([
  ['EntityLedger and what it needs', 'sdk/src/entity-ledger.ts', 20 * KB],
  ['the default tenant Worker', 'tenant-template/src/index.ts', 60 * KB],
])('%s stays within its size, gzipped', async (_what, entry, limit) => {
  const path = fileURLToPath(new URL(`../../${entry}`, import.meta.url));
  const size = gzipSync(await bundleWorker(path)).byteLength;
  expect(size).toBeGreaterThan(5 * KB);
  expect(size).toBeLessThan(limit);
});
