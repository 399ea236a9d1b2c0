// Loads the modules that run inside workerd (folder `worker-code/`) as JavaScript text.
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

export type WorkerCodeName = 'dispatch-namespace' | 'door' | 'outbound-entry' | 'public-egress';

const loaded = new Map<WorkerCodeName, string>();

/** The named module with its types removed. */
export function workerCode(name: WorkerCodeName): string {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const source = readFileSync(new URL(`../worker-code/${name}.ts`, import.meta.url), 'utf8');
  const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'es2024' });
  loaded.set(name, code);
  return code;
}
