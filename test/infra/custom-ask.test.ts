// What stands between a command and something becoming live: a yes by a person, or by a flag.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import {
  confirm,
  confirmNames,
  requireAnswerer,
  type Terminal,
} from '../../infra/cli/custom/ask.ts';
import { changeLines, changesBetween } from '../../infra/cli/custom/changes.ts';
import { repeated } from '../../infra/cli/custom/repeated.ts';

/** A terminal at which `typed` is typed, and then nothing more. */
function terminalWith(
  typed: string,
  interactive = true,
): Terminal & { readonly shown: () => string } {
  const input = new PassThrough();
  const output = new PassThrough();
  input.end(typed);
  return { input, output, interactive, shown: () => String(output.read() ?? '') };
}

test.each(['y\n', 'Y\n', 'yes\n', '  yes  \n'])('%j goes on', async (typed) => {
  const at = terminalWith(typed);
  await confirm(at, 'Make it live?');
  expect(at.shown()).toContain('Make it live? [y/N]');
});

test.each(['n\n', '\n', 'yess\n', 'no, yes\n', ''])('%j makes nothing live', async (typed) => {
  await expect(confirm(terminalWith(typed), 'Make it live?')).rejects.toThrow(
    'nothing became live',
  );
});

test('a class is deleted only when its name was typed as it is', async () => {
  const what = (name: string): string => `All facts of ${name} will be gone.`;
  await confirmNames(terminalWith('OldLedger\n'), ['OldLedger'], what);
  for (const typed of ['oldledger\n', 'y\n', '\n', '']) {
    const refused = confirmNames(terminalWith(typed), ['OldLedger'], what);
    await expect(refused, typed).rejects.toThrow('nothing was deleted');
  }
});

test('where nobody can answer, only --yes goes on', () => {
  expect(() => requireAnswerer(terminalWith('y\n', false), false, 'this changes acme')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--yes') }),
  );
  requireAnswerer(terminalWith('', false), true, 'this changes acme');
  requireAnswerer(terminalWith('', true), false, 'this changes acme');
});

test('an option that is given again adds to what was given, each once', () => {
  const given = ['deploy', '.', '--delete-class', 'A', '--tenant', 'acme', '--delete-class=B'];
  expect(repeated([...given, '--delete-class', 'A'], 'delete-class')).toEqual(['A', 'B']);
  expect(repeated(['deploy', '.'], 'delete-class')).toEqual([]);
  expect(() => repeated(['--delete-class'], 'delete-class')).toThrow('needs a value');
});

test('what would change of the live ledgers is told class by class', () => {
  const named = (name: string) => ({ name, type: name.toLowerCase(), prefix: name });
  const [a, b, c] = [named('A'), named('B'), named('C')];
  const changes = changesBetween([a, b], [b, c]);
  expect(changes).toEqual({ added: [c], replaced: [b], removed: [a] });
  expect(changeLines(changes, { deleted: ['A'], template: [] })).toEqual([
    '+ C (c, ids C_…): added',
    '~ B (b, ids B_…): code replaced, facts stay',
    '- A (a, ids A_…): removed with all of its facts',
  ]);
  expect(changeLines(changes, { deleted: [], template: [] }).at(-1)).toBe(
    '- A (a, ids A_…): not served any more, facts are kept',
  );
  expect(changeLines(changes, { deleted: [], template: ['A', 'C'] })).toEqual([
    '+ C (c, ids C_…): in place of the template’s, facts stay',
    '~ B (b, ids B_…): code replaced, facts stay',
    '- A (a, ids A_…): the template’s code again, facts stay',
  ]);
});
