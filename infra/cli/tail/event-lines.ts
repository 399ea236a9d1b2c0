// One event of a live log as lines for a person. Pure; what a tenant's code wrote may not steer the
// terminal it is read in.
import pc from 'picocolors';
import { objectOf } from '../platform-client.ts';

const OUTCOMES: Readonly<Record<string, (text: string) => string>> = {
  ok: pc.green,
  error: pc.red,
  canceled: pc.yellow,
};

const LEVELS: Readonly<Record<string, (text: string) => string>> = {
  debug: pc.dim,
  warn: pc.yellow,
  error: pc.red,
};

/** A head line, then logs and exceptions under it. */
export function eventLines(event: Readonly<Record<string, unknown>>): string[] {
  return [
    headLine(event),
    ...listOf(event.logs).map(({ level, text }) => {
      const paint = LEVELS[String(level)] ?? ((plain: string) => plain);
      return indented(`${paint(plainText(level).padEnd(5))} ${plainText(text)}`, 2);
    }),
    ...listOf(event.exceptions).flatMap(({ name, message, stack }) => [
      indented(pc.red(`${plainText(name)}: ${plainText(message)}`), 2),
      ...(typeof stack === 'string' ? [pc.dim(indented(plainText(stack), 4))] : []),
    ]),
    ...(event.truncated === true ? [pc.dim('  … what was too long is left out')] : []),
  ];
}

function headLine({
  time,
  outcome,
  cause,
  event,
  entrypoint,
  wall_ms,
}: Record<string, unknown>): string {
  const word = plainText(outcome);
  const paint = OUTCOMES[word] ?? pc.yellow;
  // Only where it says more than the word itself.
  const more = ['ok', 'exception', word].includes(String(cause)) ? '' : ` (${plainText(cause)})`;
  return [
    pc.dim(plainText(time).slice(11, 23)),
    paint(word.padEnd(8)) + more,
    whatOf(objectOf(event)),
    ...(typeof entrypoint === 'string' ? [pc.dim(plainText(entrypoint))] : []),
    ...(typeof wall_ms === 'number' ? [pc.dim(`${Math.round(wall_ms)} ms`)] : []),
  ].join(' ');
}

function whatOf({ type, method, path, status }: Record<string, unknown>): string {
  if (type !== 'fetch') return [type, method].filter(isText).map(plainText).join(' ');
  const answered = typeof status === 'number' ? ` ${status}` : '';
  return `${plainText(method)} ${plainText(path)}${answered}`;
}

const isText = (value: unknown): value is string => typeof value === 'string';

const indented = (text: string, by: number): string =>
  text.replaceAll('\n', `\n${' '.repeat(by)}`).replace(/^/u, ' '.repeat(by));

/** Everything but line breaks and tabs that a terminal would obey is shown as what it is. */
function plainText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (sign) =>
    sign === '\n' || sign === '\t' ? sign : `\\u${hexOf(sign)}`,
  );
}

const hexOf = (sign: string): string => sign.charCodeAt(0).toString(16).padStart(4, '0');

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map((item) => objectOf(item)) : [];
}
