// Bundles a Worker's entry into one ES module with esbuild, for Workers that are uploaded as an
// artefact and for telling whether a Worker changed.
import { build } from 'esbuild';

/** The bundled module's text; equal sources give equal text. */
export async function bundleWorker(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    minify: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
