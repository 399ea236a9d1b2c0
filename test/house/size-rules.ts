// How long a file and a function may be. Counts lines of text; never judges what they say.
import { eachFile, type Rule, type Violation } from './rule.ts';
import { isCode, type SourceFile } from './source-files.ts';
import { lineAt, type Node, nameOf, nodesOf, type Placed, rootNameOf } from './syntax.ts';

const MAX_FILE_LINES = 400;
/** A function has fewer lines than this. */
const FUNCTION_LINES = 70;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

export const fileSize: Rule = {
  rule: `no source file has more than ${MAX_FILE_LINES} lines`,
  why: 'a file is read whole by whoever changes it; the good ones here have about 100 lines.',
  instead: 'find the second idea in the file and give it a file named after its main export.',
  refuses: [{ 'sdk/src/long.ts': 'f();\n'.repeat(MAX_FILE_LINES + 1) }],
  allows: [
    { 'sdk/src/full.ts': 'f();\n'.repeat(MAX_FILE_LINES) },
    { 'docs/long.md': '\n'.repeat(1000) },
  ],
  check: eachFile(isCode, ({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > MAX_FILE_LINES ? [{ path, line: 1, found: `${lines} lines` }] : [];
  }),
};

export const functionSize: Rule = {
  rule: `every function has fewer than ${FUNCTION_LINES} lines`,
  why: 'a function that does not fit on a screen is checked by nobody, person or test.',
  instead: 'name a part of it and take that out. The callback of a `describe` is not counted.',
  refuses: [
    { 'sdk/src/a.ts': `export function long() {\n${'f();\n'.repeat(68)}}` },
    { 'sdk/src/b.ts': `class A { long() {\n${'f();\n'.repeat(68)}} }` },
    { 'test/sdk/c.test.ts': `test('long', () => {\n${'f();\n'.repeat(68)}})` },
  ],
  allows: [
    { 'sdk/src/a.ts': `export function fits() {\n${'f();\n'.repeat(67)}}` },
    { 'test/sdk/c.test.ts': `describe.each([1])('all', () => {\n${'f();\n'.repeat(99)}})` },
  ],
  check: eachFile(isCode, (file) => nodesOf(file).flatMap((placed) => tooLong(file, placed))),
};

function tooLong({ path, text }: SourceFile, { node, parent }: Placed): Violation[] {
  if (!FUNCTIONS.has(node.type) || isDescribe(parent)) return [];
  const line = lineAt(text, node.start);
  const lines = lineAt(text, node.end) - line + 1;
  if (lines < FUNCTION_LINES) return [];
  return [{ path, line, found: `${functionName(node, parent)} has ${lines} lines` }];
}

function isDescribe(parent: Node | undefined): boolean {
  return parent?.type === 'CallExpression' && rootNameOf(parent.callee) === 'describe';
}

function functionName(node: Node, parent: Node | undefined): string {
  return nameOf(node.id) ?? nameOf(parent?.id) ?? nameOf(parent?.key) ?? 'a function';
}
