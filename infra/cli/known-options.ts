// Refuses options that a command does not have, which the parser would pass over in silence: a mistyped
// `--dry-run` must not deploy. It runs nothing.
import { parseArgs } from 'node:util';
import type { ArgsDef, CommandDef, Resolvable } from 'citty';
import { CliError } from './cli-error.ts';

/** Of every command. */
const ALWAYS = ['help', 'h', 'version', 'v'];

/** Throws for the first option in `rawArgs` that the command it names does not have. */
export async function checkOptions(main: CommandDef, rawArgs: readonly string[]): Promise<void> {
  const { command, path, rest } = await named(main, ['z0'], rawArgs);
  const known = namesIn((await resolved(command.args)) ?? {});
  const { tokens } = parseArgs({ args: [...rest], strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || known.has(token.name)) continue;
    const words = path.join(' ');
    throw new CliError(`${words} has no option ${token.rawName}`, `see ${words} --help`);
  }
}

interface Named {
  readonly command: CommandDef;
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

async function named(
  command: CommandDef,
  path: readonly string[],
  rawArgs: readonly string[],
): Promise<Named> {
  const subCommands = (await resolved(command.subCommands)) ?? {};
  const index = rawArgs.findIndex((arg) => !arg.startsWith('-'));
  const name = rawArgs[index] ?? '';
  const sub = Object.hasOwn(subCommands, name) ? await resolved(subCommands[name]) : undefined;
  if (sub === undefined) return { command, path, rest: rawArgs };
  return named(sub, [...path, name], rawArgs.slice(index + 1));
}

function namesIn(args: ArgsDef): Set<string> {
  const names = Object.entries(args).flatMap(([name, arg]) => {
    const aliases = 'alias' in arg && arg.alias !== undefined ? [arg.alias].flat() : [];
    return [name, ...aliases, ...(arg.type === 'boolean' ? [`no-${name}`] : [])];
  });
  return new Set([...names, ...ALWAYS]);
}

async function resolved<T>(value: Resolvable<T> | undefined): Promise<T | undefined> {
  // citty allows the value, a promise of it, or a function that answers either.
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}
