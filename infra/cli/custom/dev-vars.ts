// The values of secrets while one develops, from `.dev.vars` beside `z0.json`: the file that wrangler
// reads, too. They reach the developer's own Worker on this machine and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

export const DEV_VARS_FILE = '.dev.vars';

export interface DevVars {
  /** What the Worker gets in place of vars and secrets of the same names. */
  readonly values: Readonly<Record<string, string>>;
  /** What a person should know, one line each. */
  readonly notes: readonly string[];
}

interface Declared {
  readonly vars?: Readonly<Record<string, string>> | undefined;
  readonly secrets?: readonly string[] | undefined;
}

/**
 * Of all names in the file those that `declared` has; a file that is not there is an empty one. `set`: the
 * secrets that the tenant has on the platform, whose names no other binding can have.
 */
export function readDevVars(
  dir: string,
  { vars = {}, secrets = [] }: Declared,
  set: readonly string[],
): DevVars {
  const given = parse(join(dir, DEV_VARS_FILE));
  const isDeclared = (name: string): boolean => Object.hasOwn(vars, name) || secrets.includes(name);
  const names = Object.keys(given);
  const missing = secrets.filter((name) => !names.includes(name) && !set.includes(name));
  const notes = [
    ...missing.map(
      (name) => `${name} is declared and has no value here; write ${name}=… into ${DEV_VARS_FILE}`,
    ),
    ...names
      .filter((name) => !isDeclared(name))
      .map((name) => `${name} of ${DEV_VARS_FILE} is left out: z0.json does not declare it`),
    ...names
      .filter((name) => isDeclared(name) && set.includes(name))
      .map((name) => `${name} of ${DEV_VARS_FILE} is left out: it is set with z0 secret put`),
  ];
  const values = Object.entries(given).filter(([name]) => isDeclared(name) && !set.includes(name));
  return { values: Object.fromEntries(values), notes };
}

function parse(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  const entries = Object.entries(parseEnv(text));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}
