// A tenant's ES modules as they were uploaded, and what each of them imports. Reads texts; it runs
// none of them.
import { parse } from 'es-module-lexer/js';
import { type Finding, inModule } from './finding.ts';

export interface WorkerModule {
  /** Path from the upload's root, e.g. `ledgers.js`. */
  readonly name: string;
  readonly content: string;
}

/** One import or re-export of a module. */
export interface ModuleImport {
  /** `undefined` when it is computed. */
  readonly specifier: string | undefined;
  /** With `source`, `defer` or attributes, which no uploaded module can be imported with. */
  readonly special: boolean;
  readonly line: number;
}

export type ReadModule =
  | { readonly ok: true; readonly imports: readonly ModuleImport[] }
  | { readonly ok: false; readonly finding: Finding };

export const SDK = '@z0-app/sdk';

// As in the lexer's ImportType, which its build has as a type only.
const STATIC = 1;
const DYNAMIC = 2;
const IMPORT_META = 3;

/** What `module` imports; a finding when it is no ES module. */
export function readImports({ name, content }: WorkerModule): ReadModule {
  try {
    const [imports] = parse(content, name);
    const lineAt = lineCounter(content);
    const read = imports.flatMap(({ n, t, a, ss }): ModuleImport[] => {
      const kind: number = t;
      if (kind === IMPORT_META) return [];
      const special = a !== -1 || (kind !== STATIC && kind !== DYNAMIC);
      return [{ specifier: n, special, line: lineAt(ss) }];
    });
    return { ok: true, imports: read };
  } catch (error) {
    // The lexer's error has the index, 0 when it came to the end of the text; its message repeats it.
    const index: unknown = error instanceof Error ? Reflect.get(error, 'idx') : undefined;
    const place =
      typeof index === 'number' && index > 0 ? { line: lineCounter(content)(index) } : {};
    const what = 'This is not the text of an ES module. Bundle it, or look for an open bracket.';
    return { ok: false, finding: inModule('syntax', { file: name, ...place }, what) };
  }
}

export function importsSdk(module: WorkerModule): boolean {
  const read = readImports(module);
  return read.ok && read.imports.some(({ specifier }) => specifier === SDK);
}

/**
 * Answers the line, from 1, of an index; ascending indexes cost one pass over the text together, so that
 * a text of nothing but imports costs no more than another.
 */
function lineCounter(text: string): (index: number) => number {
  let line = 1;
  let from = 0;
  return (index) => {
    if (index < from) [line, from] = [1, 0];
    for (let at = text.indexOf('\n', from); at !== -1 && at < index; ) {
      line += 1;
      from = at + 1;
      at = text.indexOf('\n', from);
    }
    return line;
  };
}
