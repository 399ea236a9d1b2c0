// What customers import, and whether it is explained. Follows every name that sdk/src/index.ts exports
// to its declaration; does not judge what the comment says.
import { posix } from 'node:path';
import type { Rule, Violation } from './rule.ts';
import type { SourceFile } from './source-files.ts';
import { isNode, lineAt, type Node, nameOf, nodesOf, stringOf } from './syntax.ts';

const INDEX = 'sdk/src/index.ts';

export const documentedExports: Rule = {
  rule: `every export of ${INDEX} has a doc comment`,
  why: 'it is the one surface that strangers read, in their editor, without our source.',
  instead: 'put `/** … */` right before the declaration: shapes, units, errors.',
  refuses: [
    {
      [INDEX]: `export { a } from './a.ts';`,
      'sdk/src/a.ts': '// Not a doc.\nexport const a = 1;',
    },
    { [INDEX]: `export type { A } from './a.ts';`, 'sdk/src/a.ts': 'export interface A {}' },
    { [INDEX]: `export { a } from './gone.ts';` },
    { [INDEX]: `/** Everything. */\nexport * from './a.ts';`, 'sdk/src/a.ts': '' },
    { [INDEX]: 'export function f() {}' },
  ],
  allows: [
    {
      [INDEX]: `export { b as c } from './b.ts';`,
      'sdk/src/b.ts': `export { b } from './deep/a.ts';`,
      'sdk/src/deep/a.ts': '/** What it is. */\n// oxlint-disable-next-line x/y -- z\nconst b = 1;',
    },
    {
      [INDEX]: `export type { A } from './a.ts';`,
      'sdk/src/a.ts': '/** What it is. */\nexport abstract class A {}',
    },
  ],
  check: (files) => {
    const index = files.find(({ path }) => path === INDEX);
    return index === undefined ? [] : exportsOf(index).flatMap((one) => undocumented(one, files));
  },
};

/** A name that a file exports, and where it comes from when that is another file. */
interface Exported {
  readonly file: SourceFile;
  /** The name in the file it comes from; undefined for `export *`, which hides what it exports. */
  readonly name: string | undefined;
  readonly source: string | undefined;
  readonly node: Node;
}

function exportsOf(file: SourceFile): Exported[] {
  return topLevel(file).flatMap((node): Exported[] => {
    const source = stringOf(node.source);
    if (node.type === 'ExportAllDeclaration') return [{ file, name: undefined, source, node }];
    if (node.type !== 'ExportNamedDeclaration') return [];
    const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
    const names = [...specifiers.map((one) => nameOf(one.local)), ...declaredNames(node)];
    return names.map((name) => ({ file, name, source, node }));
  });
}

function undocumented(exported: Exported, files: readonly SourceFile[]): Violation[] {
  const { file, name, source, node } = exported;
  const complain = (found: string): Violation[] => [
    { path: file.path, line: lineAt(file.text, node.start), found },
  ];
  if (name === undefined) return complain('`export *` hides what is exported');
  if (source === undefined) {
    const declaration = declarationOf(file, name);
    if (declaration !== undefined && hasDoc(file, declaration)) return [];
    const line = lineAt(file.text, (declaration ?? node).start);
    return [{ path: file.path, line, found: `\`${name}\` has no doc comment` }];
  }
  const path = posix.join(posix.dirname(file.path), source);
  const target = files.find((one) => one.path === path);
  if (target === undefined) return complain(`\`${name}\` comes from ${path}, which is not there`);
  const passedOn = exportsOf(target).find((one) => one.name === name && one.source !== undefined);
  const here = { file: target, name, source: undefined, node: topLevel(target)[0] ?? node };
  return undocumented(passedOn ?? here, files);
}

function declarationOf(file: SourceFile, name: string): Node | undefined {
  return topLevel(file).find((node) => declaredNames(node).includes(name));
}

/** The names a statement declares, exported or not. */
function declaredNames(statement: Node): (string | undefined)[] {
  const exported = statement.type === 'ExportNamedDeclaration';
  const node = exported ? statement.declaration : statement;
  if (!isNode(node)) return [];
  const declarators = Array.isArray(node.declarations) ? node.declarations.filter(isNode) : [node];
  return declarators.map(({ id }) => nameOf(id)).filter((name) => name !== undefined);
}

function hasDoc(file: SourceFile, node: Node): boolean {
  const before = file.text.slice(0, node.start).replace(/(\s*\/\/ oxlint-disable.*)*\s*$/, '');
  return before.endsWith('*/') && before.startsWith('/**', before.lastIndexOf('/*'));
}

function topLevel(file: SourceFile): Node[] {
  return nodesOf(file)
    .filter(({ parent }) => parent?.type === 'Program')
    .map(({ node }) => node);
}
