// The holes that TypeScript leaves open, errors without a code, and tests that look as if they ran.
import { eachNode, type Rule } from './rule.ts';
import { isShipped } from './source-files.ts';
import { nameOf, rootNameOf } from './syntax.ts';

/** Lint rules this house leans on; off or missing, they would leave silently. */
export const REQUIRED_LINT_RULES = [
  'typescript/no-explicit-any',
  'typescript/no-non-null-assertion',
  'typescript/no-floating-promises',
  'typescript/no-misused-promises',
  'typescript/await-thenable',
  'typescript/return-await',
  'typescript/switch-exhaustiveness-check',
  'typescript/only-throw-error',
  'typescript/consistent-type-imports',
  'typescript/ban-ts-comment',
  'typescript/no-unsafe-argument',
  'typescript/no-unsafe-assignment',
  'typescript/no-unsafe-member-access',
  'typescript/no-unsafe-return',
  'import/no-cycle',
  'unicorn/filename-case',
  'eqeqeq',
];

const TEST_WORDS = ['it', 'test', 'describe', 'suite', 'bench'];
const NOT_RUN = ['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails'];

/** Where a plain Error is the right one: it is printed, or it stands for one of Cloudflare's. */
const PLAIN_ERRORS = ['infra/cli/', 'infra/demo/', 'infra/local/worker-code/'];

const everywhere = (): boolean => true;

export const noAny: Rule = {
  rule: 'no type is `any`',
  why: 'one `any` switches the checker off for everything it touches.',
  instead: 'say `unknown` and parse it, or name the type.',
  refuses: [
    { 'sdk/src/a.ts': 'let a: any;' },
    { 'sdk/src/a.ts': 'f(value as any);' },
    { 'test/sdk/a.ts': 'type A = Record<string, any[]>;' },
  ],
  allows: [{ 'sdk/src/a.ts': `let any: unknown = 'any'; // any` }],
  check: eachNode(everywhere, ({ node }) => (node.type === 'TSAnyKeyword' ? '`any`' : undefined)),
};

export const noBang: Rule = {
  rule: 'nothing is declared present with `!`',
  why: '`!` turns “I think it is there” into a crash far from the thought.',
  instead: 'narrow it with a test, or make the type say that it is there.',
  refuses: [{ 'sdk/src/a.ts': 'f(list[0]!);' }],
  allows: [{ 'sdk/src/a.ts': 'f(!list[0]);' }],
  check: eachNode(everywhere, ({ node }) =>
    node.type === 'TSNonNullExpression' ? '`!`' : undefined,
  ),
};

export const noBareErrors: Rule = {
  rule: 'a bare `new Error` is only in the CLI and where infra/local speaks as Cloudflare',
  why: 'whoever catches it can decide by its message alone; every other error here has a code.',
  instead: 'return a typed result, or throw a LedgerError with a code of the registry.',
  refuses: [
    { 'sdk/src/a.ts': `throw new Error('no');` },
    { 'provisioning/src/a.ts': `reject(new Error('no'));` },
  ],
  allows: [
    { 'sdk/src/a.ts': `throw new LedgerError('not_found');` },
    { 'infra/local/worker-code/a.ts': `throw new Error('Worker not found.');` },
    { 'test/sdk/a.ts': `throw new Error('boom');` },
  ],
  check: eachNode(
    (path) => isShipped(path) && !PLAIN_ERRORS.some((folder) => path.startsWith(folder)),
    ({ node }) => {
      const bare = node.type === 'NewExpression' && nameOf(node.callee) === 'Error';
      return bare ? '`new Error`' : undefined;
    },
  ),
};

export const everyTestRuns: Rule = {
  rule: 'no test is skipped, left to do, or run alone',
  why: 'a test that does not run is a guarantee that nobody keeps.',
  instead: 'make it pass or delete it.',
  refuses: [
    { 'test/sdk/a.test.ts': `it.skip('holds', () => {});` },
    { 'test/sdk/a.test.ts': `describe.only('all', () => {});` },
    { 'test/sdk/a.test.ts': `test.concurrent.skipIf(slow).each([1])('holds', () => {});` },
    { 'test/sdk/a.test.ts': `it.todo('holds');` },
  ],
  allows: [
    { 'test/sdk/a.test.ts': `it.each([1])('skip', () => { page.skip(2); });` },
    { 'sdk/src/a.ts': `list.only(1);` },
  ],
  check: eachNode(everywhere, ({ node }) => {
    const word = node.type === 'MemberExpression' ? (nameOf(node.property) ?? '') : '';
    const ofTest = NOT_RUN.includes(word) && TEST_WORDS.includes(rootNameOf(node.object) ?? '');
    return ofTest ? `\`.${word}\`` : undefined;
  }),
};

export const testsBelong: Rule = {
  rule: 'every test file stands in a test/<room>/ that has a vitest.config.ts',
  why: '`npm test` runs the projects `test/*/vitest.config.ts`; a test outside them never runs.',
  instead: 'move it under test/<room>/, or give that folder its vitest.config.ts.',
  refuses: [{ 'sdk/src/a.test.ts': '' }, { 'test/new-room/a.test.ts': '' }],
  allows: [{ 'test/sdk/deep/a.test.ts': '', 'test/sdk/vitest.config.ts': '' }],
  check: (files) => {
    const paths = new Set(files.map(({ path }) => path));
    const homeless = [...paths].filter((path) => {
      const [top, room] = path.split('/');
      const config = `${top}/${room}/vitest.config.ts`;
      return /\.test\.tsx?$/.test(path) && (top !== 'test' || !paths.has(config));
    });
    return homeless.map((path) => ({ path, line: 1, found: 'is run by no vitest project' }));
  },
};

export const lintRulesOn: Rule = {
  rule: 'the lint rules this house leans on are errors',
  why: 'the house rules leave to oxlint what oxlint does better, so it must be doing it.',
  instead: `in .oxlintrc.json set each of these to "error": ${REQUIRED_LINT_RULES.join(', ')}.`,
  refuses: [
    { '.oxlintrc.json': '{ "rules": { "eqeqeq": "off" } }' },
    { '.oxlintrc.json': REQUIRED_LINT_RULES.map((name) => `// "${name}": "error",`).join('\n') },
    {},
  ],
  allows: [
    { '.oxlintrc.json': REQUIRED_LINT_RULES.map((name) => `"${name}": ["error"],`).join('\n') },
  ],
  check: (files) => {
    const path = '.oxlintrc.json';
    const text = files.find((file) => file.path === path)?.text.replace(/^\s*\/\/.*/gm, '') ?? '';
    const on = new Set(
      Array.from(text.matchAll(/"([^"]+)": (?:\[\s*)?"error"/g), (match) => match[1]),
    );
    const off = REQUIRED_LINT_RULES.filter((name) => !on.has(name));
    return off.map((name) => ({ path, line: 1, found: `${name} is not an error` }));
  },
};
