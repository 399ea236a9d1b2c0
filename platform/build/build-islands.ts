// Builds the pages' one script, and the styles its libraries bring, into `dist/islands.js`: a module
// that the Worker imports. Run by `wrangler`, by a deploy and by tests; it starts and serves nothing.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ENTRY = join(import.meta.dirname, '../islands/main.ts');
const MODULE = join(import.meta.dirname, '../dist/islands.js');

/**
 * uPlot asks the browser for its language as it loads, and a browser may name one that there is not;
 * then no island would start. All numbers of the pages are in one language anyway.
 */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup(bundling) {
    bundling.onLoad({ filter: /[\\/]uPlot\.esm\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace('nav.language', "'en-US'");
      if (contents === text) throw new TypeError('uPlot asks for the language in another way now');
      return { contents };
    });
  },
};

/** Equal sources give an equal module. */
export default async function buildIslands(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2024',
    platform: 'browser',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
    plugins: [oneLanguage],
  });
  const script = outputFiles[0]?.text ?? '';
  const require = createRequire(import.meta.url);
  const style = readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8');
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 16);
  writeWhole(
    `export const SCRIPT = ${JSON.stringify(script)};\n` +
      `export const SCRIPT_HASH = ${JSON.stringify(hash)};\n` +
      `export const LIBRARY_STYLE = ${JSON.stringify(style)};\n`,
  );
}

/** Two builds may run at once; a reader must find one module or the other, never half of one. */
function writeWhole(text: string): void {
  mkdirSync(dirname(MODULE), { recursive: true });
  const draft = `${MODULE}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, MODULE);
}

if (import.meta.main) await buildIslands();
