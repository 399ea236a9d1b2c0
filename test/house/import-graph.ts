// Which file imports what, read from the syntax: static and dynamic imports, re-exports and
// `import('…')` types. Knows nothing of which imports are allowed.
import { posix } from 'node:path';
import type { SourceFile } from './source-files.ts';
import { lineAt, type Node, nodesOf, stringOf } from './syntax.ts';

export interface Import {
  readonly from: string;
  readonly line: number;
  /** As written: `./ids.ts`, `@z0-app/sdk/ids`, `node:fs`. */
  readonly specifier: string;
  /** The path from the root that a relative specifier leads to; undefined for a package. */
  readonly target: string | undefined;
  /** The package that a bare specifier names, without its subpath; undefined for a relative one. */
  readonly packageName: string | undefined;
  /** The statement or expression itself. */
  readonly node: Node;
}

/** The imports of one file, in the order they stand. */
export function importsOf(file: SourceFile): Import[] {
  return nodesOf(file).flatMap(({ node }) => {
    const specifier = stringOf(node.source);
    if (specifier === undefined) return [];
    const relative = specifier.startsWith('.');
    return {
      from: file.path,
      line: lineAt(file.text, node.start),
      specifier,
      target: relative ? posix.join(posix.dirname(file.path), specifier) : undefined,
      packageName: relative ? undefined : packageNameOf(specifier),
      node,
    };
  });
}

function packageNameOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
