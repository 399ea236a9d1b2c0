// Reads a value that nobody may see: typed at a terminal without an echo, or piped in. It is not
// written anywhere, and not taken from an argument, which the shell and the process list would keep.
import type { Readable, Writable } from 'node:stream';
import { CliError } from '../cli-error.ts';

/** Where the value comes from. */
export interface ValueSource {
  readonly input: Readable & { setRawMode?(raw: boolean): unknown };
  /** Where the prompt is shown. */
  readonly output: Writable;
  /** Whether `input` is a terminal. */
  readonly interactive: boolean;
}

/** The platform takes 5 KB; whoever pipes in a file by mistake is told before it is all read. */
const MAX_BYTES = 5 * 1024;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACE = new Set(['\u0008', '\u007f']);

export const valueSource = (): ValueSource => ({
  input: process.stdin,
  output: process.stderr,
  interactive: process.stdin.isTTY,
});

/** Throws for none, and for one that is too long. */
export async function readHiddenValue(from: ValueSource, prompt: string): Promise<string> {
  const value = from.interactive ? await typed(from, prompt) : await piped(from.input);
  if (value === '') throw new CliError('the value is empty', 'type it, or pipe it in');
  if (Buffer.byteLength(value) <= MAX_BYTES) return value;
  throw tooLong();
}

/** All of it, without the line end that `echo` and editors put after it. */
async function piped(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BYTES + 2) throw tooLong();
    chunks.push(bytes);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return text.replace(/\r?\n$/, '');
  } catch {
    throw new CliError('the value is not UTF-8', 'a secret is a text; encode bytes as base64');
  }
}

/** One line, key by key, with nothing shown. */
async function typed({ input, output }: ValueSource, prompt: string): Promise<string> {
  output.write(prompt);
  input.setRawMode?.(true);
  input.resume();
  input.setEncoding('utf8');
  try {
    return await new Promise<string>((resolve, reject) => {
      let value = '';
      const end = (): void => reject(new CliError('nothing was set', 'no value was typed'));
      const keys = (text: string): void => {
        for (const key of text) {
          if (key === CTRL_C || (key === CTRL_D && value === '')) return end();
          if (key === '\r' || key === '\n' || key === CTRL_D) return resolve(value);
          value = BACKSPACE.has(key) ? Array.from(value).slice(0, -1).join('') : value + key;
        }
      };
      input.on('data', keys);
      input.once('end', end);
    });
  } finally {
    input.removeAllListeners('data');
    input.removeAllListeners('end');
    input.setRawMode?.(false);
    input.pause();
    output.write('\n');
  }
}

function tooLong(): CliError {
  return new CliError(`the value is longer than ${MAX_BYTES} bytes`, 'a secret is a short text');
}
