// Bundles a project's ledgers with esbuild into one ES module, and finds the line of a source that a
// line of it came from. It judges nothing but whether the sources parse and are found.
import { existsSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  type BuildFailure,
  type BuildOptions,
  build,
  type Message,
  type OutputFile,
} from 'esbuild';
import { CliError } from '../cli-error.ts';
import type { Project } from './project.ts';

export interface SourceLine {
  /** From the folder that commands are typed in. */
  readonly file: string;
  /** The first is 1. */
  readonly line: number;
}

/** What is wrong with the sources, in order. */
export interface BundleFault extends Partial<SourceLine> {
  readonly text: string;
}

export interface Bundle {
  /** Name of the module, e.g. `ledgers.js`. */
  readonly name: string;
  /** The file it begins with, as a person would name it. */
  readonly main: string;
  readonly content: string;
  /** The source map as the comment that a runtime reads, to be put behind `content`. */
  readonly mapComment: string;
  /** Where line `line` (from 1) of `content` comes from; undefined when the bundler wrote it. */
  readonly sourceOf: (line: number) => SourceLine | undefined;
}

export type BundleResult =
  | { readonly ok: true; readonly bundle: Bundle }
  | { readonly ok: false; readonly faults: readonly BundleFault[] };

export async function bundleProject(project: Project): Promise<BundleResult> {
  if (!existsSync(project.main)) {
    throw new CliError(
      `${project.main} is missing`,
      'name the file that exports your ledgers in z0.json',
    );
  }
  try {
    const { outputFiles } = await build(bundleOptions(project));
    return bundled(project, outputFiles);
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return unbundled(project, error.errors);
  }
}

/** What esbuild is asked for; it writes no file. */
export function bundleOptions(project: Project): BuildOptions & { write: false } {
  const { dir, main } = project;
  return {
    entryPoints: [main],
    absWorkingDir: dir,
    outfile: join(dir, nameOf(project)),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['@z0-app/sdk', '@z0-app/sdk/*', 'cloudflare:*', 'node:*'],
    sourcemap: 'external',
    logLevel: 'silent',
  };
}

/** Of what a build with `bundleOptions` made. */
export function bundled(project: Project, files: readonly OutputFile[]): BundleResult {
  const name = nameOf(project);
  const output = readOutput(join(project.dir, name), files);
  return { ok: true, bundle: { name, main: placeOf(project.main), ...output } };
}

/** Of what such a build said instead. */
export function unbundled({ dir }: Project, errors: readonly Message[]): BundleResult {
  return { ok: false, faults: errors.map((message) => faultOf(message, dir)) };
}

const nameOf = ({ main }: Project): string => `${basename(main).replace(/\.[^.]+$/, '')}.js`;

function readOutput(
  outfile: string,
  files: readonly OutputFile[],
): Pick<Bundle, 'content' | 'mapComment' | 'sourceOf'> {
  const content = files.find(({ path }) => path.endsWith('.js'))?.text ?? '';
  const map = files.find(({ path }) => path.endsWith('.js.map'))?.text ?? '';
  // esbuild's own output; `sources` are relative to the map.
  const payload = JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0];
  const sourceMap = new SourceMap(payload);
  const lines = content.split('\n');
  const data = Buffer.from(map).toString('base64');
  return {
    content,
    mapComment: `//# sourceMappingURL=data:application/json;base64,${data}\n`,
    sourceOf: (line) => {
      // What a line came from is told from its first character on.
      const column = lines[line - 1]?.search(/\S/) ?? -1;
      if (column === -1) return undefined;
      const entry = sourceMap.findEntry(line - 1, column);
      if (!('originalSource' in entry) || entry.generatedLine !== line - 1) return undefined;
      const file = resolve(dirname(outfile), entry.originalSource);
      return { file: placeOf(file), line: entry.originalLine + 1 };
    },
  };
}

function faultOf({ text, location }: Message, dir: string): BundleFault {
  if (location === null) return { text };
  return { file: placeOf(resolve(dir, location.file)), line: location.line, text };
}

/** As a person at this folder would name it. */
export function placeOf(path: string): string {
  const place = relative('', path) || '.';
  return place.startsWith(join('..', '..')) ? path : place;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
