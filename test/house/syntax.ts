// Source text as a syntax tree and as comments, so that a rule never mistakes a word inside a string
// for code. The parser is the one vitest brings (oxc); TypeScript 7 has none to call.
import { parseAst } from 'vitest/node';
import type { SourceFile } from './source-files.ts';

/** An ESTree node; what else it carries depends on its type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A node and the one it stands in. */
export interface Placed {
  readonly node: Node;
  readonly parent: Node | undefined;
}

/** A comment with its delimiters, and the offset it starts at. */
export interface Comment {
  readonly text: string;
  readonly start: number;
}

const LANGUAGES = [
  ['.d.ts', 'dts'],
  ['.tsx', 'tsx'],
  ['.ts', 'ts'],
] as const;

const trees = new WeakMap<SourceFile, readonly Placed[]>();

/** Every node of a file, parents before children. A file that does not parse throws. */
export function nodesOf(file: SourceFile): readonly Placed[] {
  const known = trees.get(file);
  if (known !== undefined) return known;
  const lang = LANGUAGES.find(([ending]) => file.path.endsWith(ending))?.[1] ?? 'js';
  const placed: Placed[] = [];
  collect(parseAst(file.text, { lang }, file.path), undefined, placed);
  trees.set(file, placed);
  return placed;
}

/** The line, from 1, that an offset falls on. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return line;
}

/** The comments of a file. What looks like one inside a string, a regular expression or JSX is none. */
export function commentsOf(file: SourceFile): Comment[] {
  let code = file.text;
  for (const { node } of nodesOf(file)) {
    if (holdsText(node)) {
      const blank = code.slice(node.start, node.end).replace(/[^\n]/g, ' ');
      code = code.slice(0, node.start) + blank + code.slice(node.end);
    }
  }
  return Array.from(code.matchAll(/\/\/.*|\/\*[^]*?\*\//g), (match) => ({
    text: file.text.slice(match.index, match.index + match[0].length),
    start: match.index,
  }));
}

/** The value of a string, or of a template without holes; undefined for anything else. */
export function stringOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const parts = childrenOf(node).filter((child) => child.type === 'TemplateElement');
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? cookedOf(only) : undefined;
}

/** The text of one piece of a template, as it is at run time. */
export function cookedOf(element: Node): string {
  const { value } = element;
  const cooked = typeof value === 'object' && value !== null && 'cooked' in value && value.cooked;
  return typeof cooked === 'string' ? cooked : '';
}

/** The name at the left end of a chain: `test` in `test.concurrent.each(rows)`. */
export function rootNameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier') return nameOf(node);
  if (node.type === 'MemberExpression') return rootNameOf(node.object);
  return node.type === 'CallExpression' ? rootNameOf(node.callee) : undefined;
}

/** The last name of `name` or `object.name`. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'MemberExpression') return nameOf(node.property);
  return typeof node.name === 'string' ? node.name : undefined;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function collect(value: unknown, parent: Node | undefined, into: Placed[]): void {
  if (!isNode(value)) return;
  into.push({ node: value, parent });
  for (const child of childrenOf(value)) collect(child, value, into);
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode);
}

function holdsText(node: Node): boolean {
  if (node.type === 'Literal') return typeof node.value === 'string' || 'regex' in node;
  return node.type === 'TemplateElement' || node.type === 'JSXText';
}
