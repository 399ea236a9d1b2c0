// Options of the `z0` command: one that a command does not have is refused before anything is done.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Z0 } from '../e2e/platform-process.ts';

function z0(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, NO_COLOR: '1' };
  return spawnSync(process.execPath, [Z0, ...args], { encoding: 'utf8', env, timeout: 30_000 });
}

test.each<[string, string[], string]>([
  [
    'mistyped',
    ['deploy', '.', '--tenant', 'acme', '--yes', '--dryrun'],
    'z0 deploy has no option --dryrun',
  ],
  [
    'of another command',
    ['versions', '--tenant', 'acme', '--yes'],
    'z0 versions has no option --yes',
  ],
  [
    'of a command beside it',
    ['versions', 'diff', 'live', 'template', '--tenant', 'acme', '--yes'],
    'z0 versions diff has no option --yes',
  ],
  [
    'of a command of a command',
    ['tenant', 'list', '--limitt=5'],
    'z0 tenant list has no option --limitt',
  ],
  ['short', ['reset', '-y'], 'z0 reset has no option -y'],
  ['without a command', ['--nonsense'], 'z0 has no option --nonsense'],
])('%s: refused, and where to look is said', (_what, args, message) => {
  const { status, stdout, stderr } = z0(...args);
  expect(stderr).toContain(`error ${message}\n`);
  expect(stderr).toContain('--help');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
});

test.each([[['deploy', '--help']], [['tenant', 'list', '--help']], [['--version']]])(
  '%j is answered',
  (args) => {
    expect(z0(...args)).toMatchObject({ status: 0, stderr: '' });
  },
);
