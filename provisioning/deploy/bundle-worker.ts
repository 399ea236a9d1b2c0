// Bundles a Worker's entry into one ES module with esbuild, for Workers that are uploaded as an
// artefact and for telling whether a Worker changed.
import { build, type Plugin } from 'esbuild';

/** Parts of libraries that no Worker here uses and no bundler can tell: a twentieth of a tenant's. */
const LEFT_OUT: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  {
    // The SDK takes a schema's `format` as an annotation and never asks the table of formats.
    filter: /[\\/]@cfworker[\\/]json-schema[\\/].*[\\/]format\.js$/,
    contents: 'export const format = {};',
  },
  {
    // Behind `app.mount()`, for applications of other frameworks.
    filter: /[\\/]hono[\\/]dist[\\/]utils[\\/]mount\.js$/,
    contents: `export const createMountedRequest = () => {
      throw new TypeError('app.mount() is left out of bundled Workers; use app.route().');
    };`,
  },
];

const leaveOut: Plugin = {
  name: 'leave-out',
  setup(bundling) {
    for (const { filter, contents } of LEFT_OUT) bundling.onLoad({ filter }, () => ({ contents }));
  },
};

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
    plugins: [leaveOut],
  });
  return outputFiles[0]?.text ?? '';
}
