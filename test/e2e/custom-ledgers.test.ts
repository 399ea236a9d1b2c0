// docs/custom-ledgers.md from its first line to its last: its commands are run, its files are written or
// compared, and what it says is printed is what is printed, against a really started platform.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Z0 } from './platform-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDE = readFileSync(join(ROOT, 'docs/custom-ledgers.md'), 'utf8');

const place = realpathSync(mkdtempSync(join(tmpdir(), 'z0-guide-')));
/** Stands for the repository's folder: its packages and its running platform, and nothing else of it. */
const home = join(place, 'platform');
const project = join(place, 'points');
const variables = join(place, 'variables');

beforeAll(() => {
  mkdirSync(home);
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  symlinkSync(inject('stateDir'), join(home, '.z0'));
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Step {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
  /** Of a command: what the page says it prints. */
  readonly prints: string | undefined;
}

/** The page's blocks in order; an output belongs to the command before it. */
function stepsOf(guide: string): Step[] {
  const steps: Step[] = [];
  for (const { 1: kind = '', 2: text = '', index } of guide.matchAll(/^```(.*)\n([^]*?)^```$/gm)) {
    const line = guide.slice(0, index).split('\n').length;
    const last = steps.at(-1);
    if (kind !== 'text') steps.push({ kind, text, line, prints: undefined });
    else if (last !== undefined) steps.splice(-1, 1, { ...last, prints: text });
  }
  return steps;
}

/** What is exported in one block is there in the next. */
function run(commands: string): { status: number | null; output: string } {
  const script = [
    // What `npx z0` finds in this repository, without npm's own words around it.
    `npx() { shift; "${process.execPath}" "${Z0}" "$@"; }`,
    `test -f "${variables}" && source "${variables}"`,
    'set -euo pipefail; unset Z0_STATE',
    commands,
    `export -p > "${variables}"`,
  ].join('\n');
  const env = { ...process.env, NO_COLOR: '1', PWD: home };
  const { status, stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], {
    encoding: 'utf8',
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { status, output: stdout };
}

/** `shown` as a pattern in which `…` is anything on its line. */
function patternOf(shown: string): RegExp {
  const literal = shown.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('…', '.*')}$`);
}

function change(file: string, diff: string): void {
  const lines = diff.replace(/\n$/, '').split('\n');
  const side = (mark: string): string =>
    lines
      .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(mark))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const before = readFileSync(join(project, file), 'utf8');
  expect(before.split(side('-')), 'the lines before stand there once').toHaveLength(2);
  writeFileSync(
    join(project, file),
    before.replace(side('-'), () => side('+')),
  );
}

function perform({ kind, text, prints }: Step): void {
  const [, language = '', how = '', file = ''] =
    /^(\w+)(?: (file|new|fails)(?:=(\S+))?)?$/.exec(kind) ?? [];
  if (language === 'sh') {
    const { status, output } = run(text);
    expect({ status, output }).toMatchObject({ status: how === 'fails' ? 1 : 0 });
    if (prints !== undefined) expect(output.trim()).toMatch(patternOf(prints));
  } else if (language === 'diff') {
    change(file, text);
  } else if (how === 'new') {
    expect(existsSync(join(project, file)), `${file} is new`).toBe(false);
    writeFileSync(join(project, file), text);
  } else {
    expect(how, `the block ${kind} says what it is`).toBe('file');
    expect(text).toBe(readFileSync(join(project, file), 'utf8'));
  }
}

describe('docs/custom-ledgers.md', () => {
  const steps = stepsOf(GUIDE).map((step) => {
    const [first = ''] = step.text.split('\n');
    return { ...step, name: `line ${step.line}: ${step.kind}: ${first.slice(0, 60)}` };
  });

  test('shows commands and files', () => {
    expect(steps.length).toBeGreaterThan(10);
  });

  test.each(steps)('$name', { timeout: 120_000 }, (step) => perform(step));
});
