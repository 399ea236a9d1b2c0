// The checks that need the text of the modules alone: how much there is, whether it is JavaScript, and
// what it imports. All findings at once. It runs nothing; what it misses, the start of the code finds.
import { type Finding, inManifest, inModule } from './finding.ts';
import type { WorkerManifest } from './manifest.ts';
import { type ModuleImport, readImports, SDK, type WorkerModule } from './modules.ts';

const MAX_MODULES = 20;
/** Of all modules together, in bytes of UTF-8. */
const MAX_BYTES = 1024 * 1024;
/** Folders and a file; no segment begins with a dot, so a path means one place. */
const MODULE_PATH = /^(?:[A-Za-z0-9_-][\w.-]*\/){0,5}[A-Za-z0-9_-][\w.-]*\.m?js$/;
const MAX_PATH = 200;

/** Of one module: nobody reads more, and an answer has an end. */
const MAX_FINDINGS = 50;

const NODE_MODULES = [
  'assert',
  'async_hooks',
  'buffer',
  'crypto',
  'events',
  'path',
  'stream',
  'string_decoder',
  'url',
  'util',
];
const ALLOWED = new Set([SDK, 'cloudflare:workers', ...NODE_MODULES.map((name) => `node:${name}`)]);

/** Everything that can be said about an upload before it is started. */
export async function checkModules(
  manifest: WorkerManifest,
  modules: readonly WorkerModule[],
): Promise<Finding[]> {
  const names = new Set(modules.map(({ name }) => name));
  const findings = [...checkSizes(modules), ...checkNames(modules)];
  if (!names.has(manifest.main_module)) {
    const there = names.size === 0 ? 'no module' : Array.from(names).join(', ');
    const detail = `${manifest.main_module} was not uploaded; what came is: ${there}.`;
    findings.push(inManifest('main_missing', ['main_module'], detail));
  }
  // Nothing too large is read further.
  if (findings.some(({ code }) => code === 'too_large')) return findings;
  return [...findings, ...modules.flatMap((module) => checkModule(module, names))];
}

function checkSizes(modules: readonly WorkerModule[]): Finding[] {
  const findings: Finding[] = [];
  const pointer = '/modules';
  if (modules.length > MAX_MODULES) {
    const detail = `There are ${modules.length} modules, and at most ${MAX_MODULES} may come: bundle them.`;
    findings.push({ code: 'too_many_modules', pointer, detail });
  }
  const bytes = sizeOf(modules);
  if (bytes > MAX_BYTES) {
    const detail = `All modules together have ${bytes} bytes, at most ${MAX_BYTES} may come: minify them, or leave out what is not used.`;
    findings.push({ code: 'too_large', pointer, detail });
  }
  return findings;
}

/** Of all texts together, bytes of UTF-8. */
export function sizeOf(modules: readonly WorkerModule[]): number {
  const encoder = new TextEncoder();
  return modules.reduce((sum, { content }) => sum + encoder.encode(content).byteLength, 0);
}

function checkNames(modules: readonly WorkerModule[]): Finding[] {
  const seen = new Set<string>();
  return modules.flatMap(({ name }) => {
    const place = { file: name };
    if (seen.has(name)) {
      return [inModule('manifest_invalid', place, 'Two modules have this path; send it once.')];
    }
    seen.add(name);
    if (MODULE_PATH.test(name) && name.length <= MAX_PATH) return [];
    const what =
      'A module is a path of letters, digits, _, - and dots that ends in .js or .mjs, e.g. lib/money.js.';
    return [inModule('manifest_invalid', place, what)];
  });
}

function checkModule(module: WorkerModule, names: ReadonlySet<string>): Finding[] {
  const read = readImports(module);
  if (!read.ok) return [read.finding];
  const findings: Finding[] = [];
  for (const one of read.imports) {
    const found = checkImport(module.name, one, names);
    if (!found) continue;
    findings.push(inModule(found.code, { file: module.name, line: one.line }, found.what));
    if (findings.length === MAX_FINDINGS) break;
  }
  return findings;
}

interface Found {
  readonly code: 'import_not_allowed' | 'module_missing';
  readonly what: string;
}

function checkImport(
  from: string,
  { specifier, special }: ModuleImport,
  names: ReadonlySet<string>,
): Found | undefined {
  if (specifier === undefined) {
    const what = 'import() takes a text here, not an expression: what it names is checked.';
    return { code: 'import_not_allowed', what };
  }
  if (special) {
    const what = `'${specifier}' is imported in a form other than a plain import; every module is JavaScript, imported as it is.`;
    return { code: 'import_not_allowed', what };
  }
  if (ALLOWED.has(specifier)) return undefined;
  if (!/^\.\.?\//.test(specifier))
    return { code: 'import_not_allowed', what: adviceFor(specifier) };
  const path = resolve(from, specifier);
  if (path === undefined) {
    const what = `'${specifier}' leads out of the upload; import your own modules, or ${SDK}.`;
    return { code: 'import_not_allowed', what };
  }
  if (names.has(path)) return undefined;
  const what = `'${specifier}' is ${path}, which was not uploaded; send it too, with its whole name.`;
  return { code: 'module_missing', what };
}

function adviceFor(specifier: string): string {
  const bare = specifier.replace(/^node:/, '');
  if (NODE_MODULES.includes(bare)) return `'${specifier}' is written 'node:${bare}' here.`;
  if (specifier.startsWith('node:')) {
    const names = NODE_MODULES.map((name) => `node:${name}`).join(', ');
    return `'${specifier}' is not offered to tenants; of Node.js there are ${names}.`;
  }
  if (specifier.startsWith('cloudflare:')) {
    return `'${specifier}' is not offered to tenants; of the runtime there is cloudflare:workers.`;
  }
  if (specifier.startsWith(`${SDK}/`)) {
    return `'${specifier}' is a part of the SDK that is not offered here; import from ${SDK}.`;
  }
  return `'${specifier}' is a package, and only ${SDK} is there: bundle the others into your modules.`;
}

/** The path `specifier` means in `from`; `undefined` when it leaves the upload. */
function resolve(from: string, specifier: string): string | undefined {
  const path = from.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '.') continue;
    if (step !== '..') path.push(step);
    else if (path.pop() === undefined) return undefined;
  }
  return path.join('/');
}
