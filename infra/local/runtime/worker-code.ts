// Loads the modules that run inside workerd (folder `worker-code/`) as JavaScript text.
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export type WorkerCodeName =
  | 'dispatch-namespace'
  | 'door'
  | 'outbound-entry'
  | 'public-egress'
  | 'tail';

const loaded = new Map<WorkerCodeName, string>();

/** The named module as one file without types; what the runtime provides stays imported. */
export function workerCode(name: WorkerCodeName): string {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`../worker-code/${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*', 'z0:uploaded-main'],
  });
  const code = outputFiles[0]?.text ?? '';
  loaded.set(name, code);
  return code;
}
