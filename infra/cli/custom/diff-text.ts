// What two versions differ in, as the platform answers it, for a person at a terminal. Pure.
import pc from 'picocolors';
import { objectOf } from '../platform-client.ts';
import { plainText } from './plain-text.ts';

type Colour = (text: string) => string;

const GAVE_UP: Readonly<Record<string, string>> = {
  too_different: 'too different to be compared line by line',
  too_large: 'too large to be shown',
};

/** Lines for stdout; none when nothing differs. */
export function diffLines(answer: unknown): string[] {
  const { manifest, classes, modules } = objectOf(answer);
  const { added, removed, changed } = objectOf(classes);
  return [
    ...listOf(manifest).flatMap(manifestLines),
    ...listOf(added).map((one) => pc.green(`+ ${classText(one)}`)),
    ...listOf(removed).map((one) => pc.red(`- ${classText(one)}`)),
    ...listOf(changed).map((one) => pc.yellow(`~ ${classText(one)}`)),
    ...listOf(modules).flatMap(moduleLines),
  ];
}

function manifestLines({ pointer, before, after }: Record<string, unknown>): string[] {
  const at = `manifest ${String(pointer)}:`;
  return [
    ...(typeof before === 'string' ? [pc.red(plainText(`- ${at} ${before}`))] : []),
    ...(typeof after === 'string' ? [pc.green(plainText(`+ ${at} ${after}`))] : []),
  ];
}

function classText({ name, type, prefix }: Record<string, unknown>): string {
  const about = type === '' ? '' : ` (${String(type)}, ids ${String(prefix)}_…)`;
  return plainText(`${String(name)}${about}`);
}

function moduleLines({ name, change, patch, gave_up: why }: Record<string, unknown>): string[] {
  if (typeof patch !== 'string') {
    const text = `${String(name)}: ${String(change)}, ${GAVE_UP[String(why)] ?? 'not compared'}`;
    return [pc.yellow(plainText(text))];
  }
  return patch.trimEnd().split('\n').map(patchLine);
}

function patchLine(line: string): string {
  const colour: Colour =
    line.startsWith('+++') || line.startsWith('---')
      ? pc.bold
      : line.startsWith('@@')
        ? pc.cyan
        : line.startsWith('+')
          ? pc.green
          : line.startsWith('-')
            ? pc.red
            : String;
  return colour(plainText(line));
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
