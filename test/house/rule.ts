// What a house rule is, and how a broken one is told: where, what, why, and what to do instead.
import { isCode, type SourceFile } from './source-files.ts';
import { lineAt, nodesOf, type Placed } from './syntax.ts';

export interface Violation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What stands there. */
  readonly found: string;
}

/** A small repository, path to text, that shows a rule at work. */
export type Sample = Readonly<Record<string, string>>;

export interface Rule {
  /** What must hold; it names the test. */
  readonly rule: string;
  readonly why: string;
  /** What to do about a violation. */
  readonly instead: string;
  /** Repositories that must be refused. A rule that cannot be shown to bite is no rule. */
  readonly refuses: readonly Sample[];
  /** Near misses that must pass. */
  readonly allows: readonly Sample[];
  check(files: readonly SourceFile[]): Violation[];
}

/** A check that looks at one file at a time; `applies` picks the files by path. */
export function eachFile(
  applies: (path: string) => boolean,
  check: (file: SourceFile) => Violation[],
): Rule['check'] {
  return (files) => files.filter((file) => applies(file.path)).flatMap(check);
}

/** A check that looks at one syntax node at a time, and answers with what is wrong about it. */
export function eachNode(
  applies: (path: string) => boolean,
  judge: (placed: Placed) => string | undefined,
): Rule['check'] {
  return eachFile(
    (path) => isCode(path) && applies(path),
    (file) =>
      nodesOf(file).flatMap((placed): Violation[] => {
        const found = judge(placed);
        const line = lineAt(file.text, placed.node.start);
        return found === undefined ? [] : [{ path: file.path, line, found }];
      }),
  );
}

/** The message of a failing rule. */
export function explain(rule: Rule, violations: readonly Violation[]): string {
  const places = violations.map(({ path, line, found }) => `  ${path}:${line}  ${found}`);
  return [
    `${rule.rule}. Broken ${violations.length === 1 ? 'here' : `at ${violations.length} places`}:`,
    ...places,
    `Why: ${rule.why}`,
    `Do: ${rule.instead}`,
  ].join('\n');
}

export function filesOf(sample: Sample): SourceFile[] {
  return Object.entries(sample).map(([path, text]) => ({ path, text }));
}
