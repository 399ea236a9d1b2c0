// Writes the code of a version into a folder. It overwrites nothing, writes nothing outside that folder,
// and writes either all files or none that was there before.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import { objectOf } from '../platform-client.ts';

interface SavedFile {
  readonly path: string;
  readonly content: string;
}

/** Answers the paths that were written. `answer`: manifest and modules as the platform has them. */
export function saveVersion(answer: unknown, folder: string): string[] {
  const files = filesOf(answer, resolve(folder));
  const taken = files.find(({ path }) => existsSync(path));
  if (taken !== undefined) {
    throw new CliError(`${taken.path} is there already`, 'name another folder with --to');
  }
  for (const { path, content } of files) {
    mkdirSync(dirname(path), { recursive: true });
    // `wx`: also what came to be there since is not overwritten.
    writeFileSync(path, content, { flag: 'wx' });
  }
  return files.map(({ path }) => path);
}

function filesOf(answer: unknown, folder: string): SavedFile[] {
  const { manifest, modules } = objectOf(answer);
  const all = [
    { name: 'manifest.json', content: `${JSON.stringify(manifest, undefined, 2)}\n` },
    ...(Array.isArray(modules) ? modules.map(objectOf) : []),
  ];
  return all.map(({ name, content }) => {
    if (typeof name !== 'string' || typeof content !== 'string') {
      throw new CliError('the platform answered no modules');
    }
    const path = join(folder, name);
    const inside = relative(folder, path);
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
      throw new CliError(`the module ${name} would be outside of ${folder}`);
    }
    return { path, content };
  });
}
