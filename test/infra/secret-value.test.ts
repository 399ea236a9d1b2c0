// How a secret gets into the CLI: typed without an echo, or piped in; never as an argument. Nothing it
// prints has the value.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readHiddenValue, type ValueSource } from '../../infra/cli/custom/hidden-value.ts';
import { readProject } from '../../infra/cli/custom/project.ts';

const Z0 = fileURLToPath(new URL('../../infra/bin/z0.js', import.meta.url));

interface Terminal extends ValueSource {
  readonly shown: () => string;
  /** Whether keys were taken raw, each time that changed. */
  readonly raw: boolean[];
}

/** At which `keys` are pressed, and then nothing more. */
function terminalWith(keys: string): Terminal {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
  const output = new PassThrough();
  input.end(keys);
  return { input, output, interactive: true, shown: () => String(output.read() ?? ''), raw };
}

function pipeWith(content: string | Uint8Array): ValueSource {
  const input = new PassThrough();
  input.end(content);
  return { input, output: new PassThrough(), interactive: false };
}

test('what is typed is not shown, and the terminal is as it was afterwards', async () => {
  const at = terminalWith('hush-hush\r');
  expect(await readHiddenValue(at, 'Value of API_KEY: ')).toBe('hush-hush');
  expect(at.shown()).toBe('Value of API_KEY: \n');
  expect(at.raw).toEqual([true, false]);
});

test.each([
  ['husx\u007fh\r', 'hush'],
  ['€\u0008hush\n', 'hush'],
  ['hush\u0004', 'hush'],
  ['two words \r', 'two words '],
])('the keys %j type %j', async (keys, value) => {
  expect(await readHiddenValue(terminalWith(keys), '')).toBe(value);
});

test.each(['hush\u0003', '\u0004', 'hush', ''])('the keys %j set nothing', async (keys) => {
  const at = terminalWith(keys);
  await expect(readHiddenValue(at, '')).rejects.toThrow('nothing was set');
  expect(at.raw).toEqual([true, false]);
});

test('an empty line sets nothing', async () => {
  await expect(readHiddenValue(terminalWith('\r'), '')).rejects.toThrow('empty');
});

test.each([
  ['hush', 'hush'],
  ['hush\n', 'hush'],
  ['hush\r\n', 'hush'],
  ['two\nlines\n\n', 'two\nlines\n'],
  [' as it is ', ' as it is '],
  ['€'.repeat(1_706), '€'.repeat(1_706)],
])('the pipe with %j is the value %j', async (piped, value) => {
  expect(await readHiddenValue(pipeWith(piped), '')).toBe(value);
});

test.each([
  ['', 'empty'],
  ['\n', 'empty'],
  ['x'.repeat(5_121), 'longer than 5120'],
  ['x'.repeat(1_000_000), 'longer than 5120'],
  [new Uint8Array([0xff, 0xfe]), 'not UTF-8'],
])('the pipe with %j is refused', async (piped, words) => {
  await expect(readHiddenValue(pipeWith(piped), '')).rejects.toThrow(words);
});

test.each([
  [['put', 'API_KEY', 'hush-hush', '--tenant', 'acme'], 'never an argument'],
  [['put', 'API_KEY', '--value', 'hush-hush', '--tenant', 'acme'], 'no option --value'],
  [['put', 'API_KEY', '--value=hush-hush', '--tenant', 'acme'], 'no option --value'],
])('z0 secret %j is refused and does not repeat the value', (args, words) => {
  const env = { ...process.env, NO_COLOR: '1' };
  const ended = spawnSync(process.execPath, [Z0, 'secret', ...args], { encoding: 'utf8', env });
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain(words);
  expect(ended.stdout + ended.stderr).not.toContain('hush');
});

test('z0.json names secrets as a list of names', () => {
  const dir = mkdtempSync(join(tmpdir(), 'z0-secret-'));
  const read = (secrets: unknown) => {
    writeFileSync(join(dir, 'z0.json'), JSON.stringify({ main: 'a.js', secrets }));
    return readProject(dir).secrets;
  };
  expect([read(['API_KEY']), read(undefined)]).toEqual([['API_KEY'], undefined]);
  for (const wrong of ['API_KEY', [1], [''], { API_KEY: 'hush' }]) {
    expect(() => read(wrong)).toThrow('secrets is a list of names');
  }
  rmSync(dir, { recursive: true });
});

test('z0 secret says how it is used', () => {
  const env = { ...process.env, NO_COLOR: '1' };
  const help = (...args: string[]): string => {
    const ended = spawnSync(process.execPath, [Z0, 'secret', ...args], { encoding: 'utf8', env });
    return ended.stdout + ended.stderr;
  };
  expect(help('--help')).toMatch(/put[^]*list[^]*delete/);
  for (const command of ['put', 'list', 'delete']) {
    expect(help(command, '--help')).toContain(`z0 secret ${command}`);
  }
});
