// Options that may be given more than once, which the command parser keeps only the last of.
import { parseArgs } from 'node:util';
import { CliError } from '../cli-error.ts';

/** Every value of `--name` in the order given, each once. */
export function repeated(rawArgs: readonly string[], name: string): string[] {
  const { values } = parseArgs({
    args: [...rawArgs],
    options: { [name]: { type: 'string', multiple: true } },
    strict: false,
  });
  const given = [values[name] ?? []].flat();
  return [...new Set(given.map((value) => textOf(value, name)))];
}

function textOf(value: string | boolean, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new CliError(`--${name} needs a value`);
}
