// A project of custom ledgers as `z0.json` describes it. Only reads; what the platform accepts is
// judged by provisioning's checks.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import { objectOf } from '../platform-client.ts';

export const PROJECT_FILE = 'z0.json';

export interface Project {
  readonly dir: string;
  readonly name: string;
  /** Absolute: the file that exports the ledger classes. */
  readonly main: string;
  /** Plain-text bindings of the Worker, e.g. `{ "CURRENCY": "USD" }`. */
  readonly vars: Readonly<Record<string, string>> | undefined;
  /** Names in `env` whose values are set with `z0 secret put`. */
  readonly secrets: readonly string[] | undefined;
  /** As they are written there; the checks of an upload judge them. */
  readonly schedules?: unknown;
  readonly queue?: unknown;
}

const FIELDS = new Set(['name', 'main', 'vars', 'secrets', 'schedules', 'queue']);

export function readProject(folder: string): Project {
  const dir = resolve(folder);
  const file = join(dir, PROJECT_FILE);
  const given = objectOf(parse(file));
  const { name, main, vars, secrets, schedules, queue } = given;
  const unknown = Object.keys(given).filter((field) => !FIELDS.has(field));
  const faults = [
    ...unknown.map((field) => `${field} is not known`),
    ...(isText(main) ? [] : ['main is the file that exports your ledgers']),
    ...(name === undefined || isText(name) ? [] : ['name is a text']),
    ...(vars === undefined || areTexts(vars) ? [] : ['vars is an object of texts']),
    ...(secrets === undefined || areNames(secrets) ? [] : ['secrets is a list of names']),
  ];
  if (faults.length > 0 || !isText(main)) {
    throw new CliError(
      [`${file} is not right`, ...faults.map((fault) => `  ${fault}`)].join('\n'),
      'it looks like { "name": "points", "main": "src/ledgers.ts" }',
    );
  }
  return {
    dir,
    name: isText(name) ? name : 'ledgers',
    main: resolve(dir, main),
    vars: areTexts(vars) ? vars : undefined,
    secrets: areNames(secrets) ? secrets : undefined,
    ...(schedules === undefined ? {} : { schedules }),
    ...(queue === undefined ? {} : { queue }),
  };
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CliError(`${file} is missing`, 'begin a project with `npx z0 init DIR`');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${file} is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function areNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function areTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => typeof entry === 'string');
}
