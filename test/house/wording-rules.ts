// What files are called and what their comments may say. Reads names and comments, never code.
import { eachFile, type Rule, type Violation } from './rule.ts';
import { isCode, type SourceFile } from './source-files.ts';
import { type Comment, commentsOf, lineAt } from './syntax.ts';

const DRAWERS = ['shared', 'common', 'utils', 'util', 'helpers', 'helper', 'misc'];
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Wrangler numbers a migration as `0001_what_it_does.sql`. */
const MIGRATION = /^\d{4}_[a-z0-9_]+\.sql$/;
/** Names that tools or readers expect in capitals. */
const CUSTOMARY = /^(README|ARCHITECTURE|CHANGELOG|CONTRIBUTING|SECURITY)\.md$|^LICENSE$/;

/** Comments that speak to a tool and tell a reader nothing. */
const DIRECTIVE = /^\/\/\/|^\/[/*]+\s*(@|oxlint|biome|eslint|#)/;

export const noDrawers: Rule = {
  rule: 'no file or folder is called shared, common, utils or helpers',
  why: 'such a name says nothing, so everything ends up in it.',
  instead: 'name it after what it does, and put it in the room that owns that.',
  refuses: [{ 'sdk/src/utils.ts': '' }, { 'platform/shared/clock.ts': '' }],
  allows: [{ 'sdk/src/shared-secret.ts': '' }],
  check: eachFile(
    () => true,
    ({ path }) => {
      const drawer = namesIn(path).find((name) => DRAWERS.includes(name));
      return drawer === undefined ? [] : [{ path, line: 1, found: `is called \`${drawer}\`` }];
    },
  ),
};

export const kebabCase: Rule = {
  rule: 'files and folders are named in kebab-case',
  why: 'one spelling means no guessing, and no pair of files that differ only on some file systems.',
  instead: 'rename it: `cached-state-manager.ts` for `CachedStateManager`.',
  refuses: [{ 'sdk/src/EntityLedger.ts': '' }, { 'platform/my_folder/a.tsx': '' }],
  allows: [
    { 'sdk/src/entity-ledger.test.ts': '' },
    { 'infra/migrations/0001_tenants.sql': '' },
    { 'README.md': '', '.oxlintrc.json': '', '.ci/run': '' },
  ],
  check: eachFile(
    (path) => !CUSTOMARY.test(lastOf(path)) && !MIGRATION.test(lastOf(path)),
    ({ path }) => {
      const odd = namesIn(path).find((name) => !KEBAB.test(name));
      return odd === undefined ? [] : [{ path, line: 1, found: `\`${odd}\` is not kebab-case` }];
    },
  ),
};

export const openingComment: Rule = {
  rule: 'every source file opens with a comment',
  why: 'a reader decides in the first two lines whether this is the file to read.',
  instead: 'open with one or two sentences: what it is for, and what it never does.',
  refuses: [
    { 'sdk/src/a.ts': `import * as z from 'zod/mini';\n// Later.\n` },
    { 'sdk/src/a.ts': '// oxlint-disable-next-line no-console -- a reason\nf();' },
    { 'infra/migrations/0001_a.sql': 'CREATE TABLE a (b);' },
  ],
  allows: [
    { 'sdk/src/a.ts': '// What it is for.\nf();' },
    { 'sdk/src/a.ts': '/** What it is for. */\nf();' },
    { 'infra/bin/z0.js': '#!/usr/bin/env node\n// What it is for.\nf();' },
    { 'infra/migrations/0001_a.sql': '-- What it is for.\nCREATE TABLE a (b);' },
  ],
  check: eachFile(
    (path) => isCode(path) || path.endsWith('.sql'),
    ({ path, text }) => {
      const first = text.replace(/^#!.*\n/, '').trimStart();
      const opens = path.endsWith('.sql')
        ? first.startsWith('--')
        : /^\/[/*]/.test(first) && !DIRECTIVE.test(first);
      return opens ? [] : [{ path, line: 1, found: 'opens without saying what it is for' }];
    },
  ),
};

export const noLeftovers: Rule = {
  rule: 'no comment says TODO or FIXME',
  why: 'a promise in a comment is kept by nobody.',
  instead: 'do it, or file an issue and say in the code what is true today.',
  refuses: [{ 'sdk/src/a.ts': 'f(); // TODO: later' }, { 'sdk/src/a.ts': '/* FIXME */ f();' }],
  allows: [{ 'sdk/src/a.ts': `const state = 'TODO'; // what to do next` }],
  check: eachComment(({ text }) => (/\b(TODO|FIXME|XXX)\b/.test(text) ? text : undefined)),
};

export const noBanners: Rule = {
  rule: 'no comment is a banner',
  why: 'a ruled line is a file asking to be two files.',
  instead: 'remove it, or split the file.',
  refuses: [{ 'sdk/src/a.ts': '// ------- Queries -------\nf();' }],
  allows: [{ 'sdk/src/a.ts': '// a -- b, and a table: | --- | --- |\nf();' }],
  check: eachComment(({ text }) => (/^\/[/*]+\s*[-=*#~_]{4,}/.test(text) ? text : undefined)),
};

export const noSilencing: Rule = {
  rule: 'the type checker is never silenced, and the linter only for one line, one rule and a reason',
  why: 'a silenced tool stays silent about the next mistake on that line too.',
  instead:
    'fix the cause; where the tool is wrong write `// oxlint-disable-next-line plugin/rule -- the reason`.',
  refuses: [
    { 'sdk/src/a.ts': '// @ts-ignore\nf();' },
    { 'sdk/src/a.ts': '/* @ts-expect-error: later */ f();' },
    { 'sdk/src/a.ts': '/* oxlint-disable */ f();' },
    { 'sdk/src/a.ts': '// oxlint-disable-next-line no-console\nf();' },
  ],
  allows: [
    { 'sdk/src/a.ts': '// oxlint-disable-next-line no-console -- the reason\nf();' },
    { 'sdk/src/a.ts': `const text = '@ts-ignore'; // says what @ts-nocheck does not` },
  ],
  check: eachComment(({ text }) => (silences(text) ? text : undefined)),
};

function silences(comment: string): boolean {
  if (/^\/[/*]+\s*@ts-(ignore|expect-error|nocheck)/.test(comment)) return true;
  if (!/^\/[/*]+\s*(oxlint|eslint)-disable/.test(comment)) return false;
  return !/^\/[/*]+\s*oxlint-disable-next-line \S+ -- \S+/.test(comment);
}

function eachComment(judge: (comment: Comment) => string | undefined): Rule['check'] {
  return eachFile(isCode, (file: SourceFile) =>
    commentsOf(file).flatMap((comment): Violation[] => {
      const found = judge(comment)?.split('\n')[0];
      const line = lineAt(file.text, comment.start);
      return found === undefined ? [] : [{ path: file.path, line, found }];
    }),
  );
}

function lastOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** Each name in a path up to its first dot; a leading dot is not part of the name. */
function namesIn(path: string): string[] {
  return path.split('/').map((part) => part.replace(/^\./, '').split('.')[0] ?? part);
}
