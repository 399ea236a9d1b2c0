#!/usr/bin/env node
// Starts the `z0` CLI on the Node that the project brings, whatever the machine's own Node is.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;
const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) {
  await import(main);
} else {
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  const { status } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
