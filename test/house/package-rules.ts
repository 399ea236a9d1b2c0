// What the manifests promise: exact versions, one copy of the runtime, no undeclared dependency, and
// commands that exist. Reads package.json, package-lock.json and the front-page documents.
import { importsOf } from './import-graph.ts';
import { eachFile, type Rule, type Violation } from './rule.ts';
import { isShipped, roomOf, type SourceFile } from './source-files.ts';
import { lineAt } from './syntax.ts';

const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies'];
const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
const SINGLE = ['workerd', 'miniflare', 'wrangler', 'zod'];
/** Documents at the root whose commands people type. */
const FRONT_PAGES = ['README.md', 'ARCHITECTURE.md'];

export const pinned: Rule = {
  rule: 'every dependency is pinned to one exact version',
  why: 'the set was proven to install and run together; a range is another set every week.',
  instead: 'write the version without ^ or ~, and run `npm ci` in a clean clone afterwards.',
  refuses: [
    { 'sdk/package.json': '{ "dependencies": { "zod": "^4.6.6" } }' },
    { 'package.json': '{ "devDependencies": { "vitest": "latest" } }' },
  ],
  allows: [
    { 'package.json': '{ "dependencies": { "a": "1.2.3-beta.1", "b": "npm:@c/d@1.4.10" } }' },
  ],
  check: eachFile(isManifest, (file) =>
    declaredIn(file).flatMap(([name, version]): Violation[] => {
      const line = lineOf(file, `"${name}"`);
      const found = `${name} ${version}`;
      return EXACT.test(version) ? [] : [{ path: file.path, line, found }];
    }),
  ),
};

export const singleCopies: Rule = {
  rule: `one copy each of ${SINGLE.join(', ')} is installed`,
  why: 'two copies of the runtime are two behaviours, and two zods do not know each other’s schemas.',
  instead: 'align the versions (`npm ls <name>` shows who wants which), then `npm install`.',
  refuses: [
    {
      'package-lock.json':
        '{ "packages": { "node_modules/zod": {}, "node_modules/a/node_modules/zod": {} } }',
    },
    { 'package-lock.json': '{ "packages": { "": {} } }' },
  ],
  allows: [
    {
      'package-lock.json': JSON.stringify({
        packages: Object.fromEntries(SINGLE.map((name) => [`node_modules/${name}`, {}])),
      }),
    },
  ],
  check: eachFile(
    (path) => path === 'package-lock.json',
    (file) => {
      const installed = Object.keys(recordOf(jsonOf(file).packages));
      return SINGLE.flatMap((name): Violation[] => {
        const copies = installed.filter((at) => `/${at}`.endsWith(`/node_modules/${name}`));
        const found = copies.length === 0 ? `no ${name}` : copies.join(', ');
        return copies.length === 1 ? [] : [{ path: file.path, line: 1, found }];
      });
    },
  ),
};

export const declared: Rule = {
  rule: 'a room imports only packages that its own package.json names',
  why: 'what npm happens to hoist is there today; sdk is published and must bring its own.',
  instead: 'add the package, pinned, to the `dependencies` of that room.',
  refuses: [{ 'sdk/package.json': '{}', 'sdk/src/a.ts': `import * as z from 'zod/mini';` }],
  allows: [
    {
      'sdk/package.json': '{ "dependencies": { "zod": "4.6.6" } }',
      'sdk/src/a.ts': `import * as z from 'zod/mini'; import { hash } from 'node:crypto';`,
    },
  ],
  check: (files) =>
    files.filter(({ path }) => isShipped(path)).flatMap((file) => undeclaredIn(file, files)),
};

export const commandsExist: Rule = {
  rule: 'README.md is there, and every npm script it or ARCHITECTURE.md names exists and starts a file that exists',
  why: 'the first command a newcomer types must work.',
  instead: 'correct the document, or add the script to the root package.json.',
  refuses: [
    { 'package.json': '{}' },
    { 'package.json': '{}', 'README.md': '```sh\nnpm ci && npm start\n```' },
    { 'package.json': '{ "scripts": {} }', 'README.md': 'Then `npm run bench`.' },
    { 'package.json': '{ "scripts": { "demo": "node infra/walk.ts" } }', 'README.md': '' },
  ],
  allows: [
    {
      'package.json': '{ "scripts": { "test": "vitest run", "demo": "node infra/walk.ts" } }',
      'README.md': '```sh\nnpm ci && npm test && npm run demo -- --fast\n```\nnpm starts it.',
      'infra/walk.ts': '',
    },
  ],
  check: (files) => {
    const manifest = files.find(({ path }) => path === 'package.json');
    if (manifest === undefined) return [];
    const scripts = recordOf(jsonOf(manifest).scripts);
    const pages = files.filter(({ path }) => FRONT_PAGES.includes(path));
    const readme = pages.some(({ path }) => path === 'README.md');
    return [
      ...(readme ? [] : [{ path: 'README.md', line: 1, found: 'is missing' }]),
      ...pages.flatMap((page) => unknownScripts(page, scripts)),
      ...missingFiles(manifest, scripts, files),
    ];
  },
};

function isManifest(path: string): boolean {
  return path === 'package.json' || path.endsWith('/package.json');
}

function declaredIn(manifest: SourceFile): [name: string, version: string][] {
  const fields = jsonOf(manifest);
  return DEPENDENCY_FIELDS.flatMap((field) => Object.entries(recordOf(fields[field]))).map(
    ([name, version]) => [name, String(version)],
  );
}

function undeclaredIn(file: SourceFile, files: readonly SourceFile[]): Violation[] {
  const manifest = files.find(({ path }) => path === `${roomOf(file.path)}/package.json`);
  const names = new Set(manifest === undefined ? [] : declaredIn(manifest).map(([name]) => name));
  return importsOf(file).flatMap(({ packageName, specifier, line }): Violation[] => {
    // `node:`, `cloudflare:` and our own virtual modules come with the runtime.
    const builtIn = packageName === undefined || specifier.includes(':');
    if (builtIn || names.has(packageName)) return [];
    const found = `imports '${specifier}', which ${roomOf(file.path)}/package.json does not name`;
    return [{ path: file.path, line, found }];
  });
}

function unknownScripts(page: SourceFile, scripts: Record<string, unknown>): Violation[] {
  const code = page.text.matchAll(/```[^]*?```|`[^`\n]+`/g);
  return Array.from(code).flatMap((piece) =>
    Array.from(piece[0].matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)).flatMap((match) => {
      const name = match[1] ?? match[2] ?? '';
      if (Object.hasOwn(scripts, name)) return [];
      const line = lineAt(page.text, piece.index + match.index);
      return [{ path: page.path, line, found: `\`${match[0]}\` names no script` }];
    }),
  );
}

function missingFiles(
  manifest: SourceFile,
  scripts: Record<string, unknown>,
  files: readonly SourceFile[],
): Violation[] {
  const paths = new Set(files.map(({ path }) => path));
  return Object.entries(scripts).flatMap(([name, command]) => {
    const named = Array.from(String(command).matchAll(/\bnode ([\w./-]+)/g), (match) => match[1]);
    const missing = named.filter((path) => path !== undefined && !paths.has(path));
    const line = lineOf(manifest, `"${name}":`);
    return missing.map((path) => ({
      path: manifest.path,
      line,
      found: `\`npm run ${name}\` starts ${path}, which is not there`,
    }));
  });
}

function lineOf(file: SourceFile, text: string): number {
  return lineAt(file.text, Math.max(0, file.text.indexOf(text)));
}

function jsonOf(file: SourceFile): Record<string, unknown> {
  const value: unknown = JSON.parse(file.text);
  return recordOf(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
