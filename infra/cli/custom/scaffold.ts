// Writes the project that `z0 init` begins with. Never writes into a folder that holds something.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.ts';
import { PROJECT_FILE } from './project.ts';

const TEMPLATES = fileURLToPath(new URL('../../scaffold/', import.meta.url));
/** The repository that this command is part of. */
const HOME = fileURLToPath(new URL('../../../', import.meta.url));

/** Kept as text: they belong to the project they become, and are checked and run there. */
const FILES = {
  'src/ledgers.ts': 'src/ledgers.ts.txt',
  'src/bindings.d.ts': 'src/bindings.d.ts.txt',
  'test/ledgers.test.ts': 'test/ledgers.test.ts.txt',
  'test/worker.ts': 'test/worker.ts.txt',
  'vitest.config.ts': 'vitest.config.ts.txt',
  'tsconfig.json': 'tsconfig.json.txt',
  'README.md': 'readme.md.txt',
  '.gitignore': 'gitignore.txt',
};

/** What the project's tests and checks run with, in the versions that are proven here. */
const TOOLS = [
  '@cloudflare/vitest-pool-workers',
  '@cloudflare/workers-types',
  'typescript',
  'vitest',
];

export interface Scaffolded {
  readonly dir: string;
  readonly name: string;
  /** From the folder, sorted. */
  readonly files: readonly string[];
  /** Whether the folder's packages are those of the platform's repository, by a link. */
  readonly linked: boolean;
}

export function writeScaffold(folder: string): Scaffolded {
  const dir = resolve(folder);
  makeEmpty(dir);
  const name = projectName(dir);
  // Inside the repository its packages are found anyway.
  const linked = !findsSdk(dir);
  const text = linked
    ? 'Here `node_modules` is a link to the packages of that repository: delete it before `npm install`.'
    : 'Packages are found in that repository, around this folder.';
  const files = new Map<string, string>([
    [PROJECT_FILE, jsonOf({ name, main: 'src/ledgers.ts' })],
    ['package.json', jsonOf(manifestOf(name, dir))],
  ]);
  for (const [path, template] of Object.entries(FILES)) {
    const source = readFileSync(join(TEMPLATES, template), 'utf8');
    files.set(path, source.replaceAll('{{name}}', name).replaceAll('{{linked}}', text));
  }
  for (const [path, source] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), source, { flag: 'wx' });
  }
  if (linked) symlinkSync(join(HOME, 'node_modules'), join(dir, 'node_modules'), 'dir');
  return { dir, name, files: [...files.keys()].toSorted(), linked };
}

function makeEmpty(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    if (readdirSync(dir).length === 0) return;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`${dir} cannot be made: ${reason}`, 'name another folder');
  }
  throw new CliError(`${dir} is not empty`, 'name a folder that is empty or not there yet');
}

/** The folder's name as npm allows it. */
function projectName(dir: string): string {
  const name = basename(dir)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'ledgers' : name;
}

function findsSdk(dir: string): boolean {
  try {
    createRequire(join(dir, PROJECT_FILE)).resolve('@z0-app/sdk');
    return true;
  } catch {
    return false;
  }
}

function manifestOf(name: string, dir: string): object {
  // The repository's own manifest, of the same release.
  const home = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: { dev: 'z0 dev', test: 'vitest run', types: 'tsc' },
    dependencies: { '@z0-app/sdk': `file:${relative(dir, join(HOME, 'sdk'))}` },
    devDependencies: Object.fromEntries(TOOLS.map((tool) => [tool, home.devDependencies[tool]])),
  };
}

function jsonOf(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
