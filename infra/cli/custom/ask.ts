// Asks the person at the terminal before something becomes live. Without a terminal it refuses
// rather than guess, and it never takes silence for a yes.
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { CliError } from '../cli-error.ts';

/** Where questions are shown and answered. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly interactive: boolean;
}

/** Questions go to stderr: stdout carries data only. */
export const terminal = (): Terminal => ({
  input: process.stdin,
  output: process.stderr,
  interactive: process.stdin.isTTY && process.stderr.isTTY,
});

/** Refuses where nobody can answer. To be called before anything is sent. */
export function requireAnswerer({ interactive }: Terminal, yes: boolean, what: string): void {
  if (yes || interactive) return;
  throw new CliError(
    `${what}: nobody is here to confirm that`,
    'repeat it with --yes, or in a terminal',
  );
}

/** Goes on only after a `y` or `yes`. */
export async function confirm(at: Terminal, question: string): Promise<void> {
  const answer = await ask(at, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CliError('nothing became live', 'answer y to go on');
}

/** Goes on only after each of `names` was typed as it is. */
export async function confirmNames(
  at: Terminal,
  names: readonly string[],
  what: (name: string) => string,
): Promise<void> {
  for (const name of names) {
    const answer = await ask(at, `${what(name)} Type ${name} to confirm: `);
    if (answer === name) continue;
    throw new CliError('nothing became live, nothing was deleted', `type ${name} as it stands`);
  }
}

async function ask({ input, output }: Terminal, question: string): Promise<string> {
  // Not as a `terminal`: that one takes Ctrl-C for itself.
  const lines = createInterface({ input, output, terminal: false });
  const ended = new AbortController();
  // The end of the input is no answer.
  lines.once('close', () => ended.abort());
  try {
    return (await lines.question(question, { signal: ended.signal })).trim();
  } catch (error) {
    if (ended.signal.aborted) return '';
    throw error;
  } finally {
    lines.close();
  }
}
