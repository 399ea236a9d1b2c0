// Bundles Workers with esbuild: an entry into one ES module, for an artefact and for telling whether a
// Worker changed, or several entries into modules that share what they have in common.
import { relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

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

const OPTIONS = {
  bundle: true,
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
} satisfies BuildOptions;

/** The bundled module's text; equal sources give equal text. */
export async function bundleWorker(entry: string): Promise<string> {
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [entry], write: false });
  return outputFiles[0]?.text ?? '';
}

/** Texts by module name, sorted: one for each of `entries` (file by name), and what they share. */
export async function bundleParts(
  entries: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const outdir = import.meta.dirname;
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: Object.entries(entries).map(([name, file]) => ({
      in: file,
      out: name.replace(/\.js$/, ''),
    })),
    outdir,
    chunkNames: 'z0/shared-[hash]',
    splitting: true,
    write: false,
  });
  const texts = outputFiles.map(({ path, text }) => [relative(outdir, path), text] as const);
  return new Map(texts.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
