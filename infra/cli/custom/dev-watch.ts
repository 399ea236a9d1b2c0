// Watches a project with esbuild and hands over each bundle of it. It judges nothing: a bundle at fault
// is handed over like any other.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuildResult, context, type Plugin } from 'esbuild';
import { type BundleResult, bundled, bundleOptions, unbundled } from './bundle.ts';
import { DEV_VARS_FILE } from './dev-vars.ts';
import { PROJECT_FILE, type Project } from './project.ts';

export interface Built {
  readonly result: BundleResult;
  /** When the last of its files was saved; milliseconds since 1970. */
  readonly savedAtMs: number;
  readonly bundleMs: number;
}

export interface Watch {
  /** Ends it; nothing is handed over afterwards. */
  readonly end: () => Promise<void>;
}

/** A file that was saved longer ago was moved here, or is not what changed. */
const JUST_SAVED_MS = 10_000;

/** An editor that writes in place is not read half-way. */
const SETTLE_MS = 20;

/** Hands over the first bundle, too. */
export async function watchProject(
  project: Project,
  onBuilt: (built: Built) => void,
): Promise<Watch> {
  const beside = [PROJECT_FILE, DEV_VARS_FILE].map((name) => join(project.dir, name));
  let startedMs = 0;
  let isOver = false;
  const plugin: Plugin = {
    name: 'z0-dev',
    setup(build) {
      build.onStart(() => {
        startedMs = Date.now();
      });
      // No source imports these; a change of them is one of the project all the same.
      build.onResolve({ filter: /.*/ }, ({ kind }) =>
        kind === 'entry-point' ? { watchFiles: beside } : undefined,
      );
      build.onEnd((result) => {
        if (isOver) return;
        onBuilt({
          result: resultOf(project, result),
          savedAtMs: savedAt([...inputsOf(project, result), ...beside], startedMs),
          bundleMs: Date.now() - startedMs,
        });
      });
    },
  };
  const watched = await context({
    ...bundleOptions(project),
    metafile: true,
    plugins: [plugin],
  });
  await watched.watch({ delay: SETTLE_MS });
  return {
    end: async () => {
      isOver = true;
      await watched.dispose();
    },
  };
}

function resultOf(project: Project, { errors, outputFiles }: BuildResult): BundleResult {
  return errors.length > 0 ? unbundled(project, errors) : bundled(project, outputFiles ?? []);
}

function inputsOf({ dir }: Project, { metafile }: BuildResult): string[] {
  return Object.keys(metafile?.inputs ?? {}).map((file) => resolve(dir, file));
}

/** The latest of the files' own times; `noticedMs` when none of them tells. */
function savedAt(files: readonly string[], noticedMs: number): number {
  const times = files.map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN,
  );
  const told = times.filter((ms) => ms <= noticedMs && noticedMs - ms < JUST_SAVED_MS);
  return told.length === 0 ? noticedMs : Math.max(...told);
}
