// How the difference of two cached states reads: one line for what was and one for what would be, as
// in a patch. Pure and bounded, however large the states are.
import type { JsonValue } from '@z0-app/sdk/json';
import { type Change, diffJson, pathText } from '../dashboard/entity/state-diff.ts';

/** A cached value as a replay left it; without `text` it is too large to be shown. */
export interface StateValue {
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly text?: string | undefined;
}

export interface StateDifference {
  readonly changes: readonly Change[];
  /** Lines that begin with `- ` and `+ `. */
  readonly lines: readonly string[];
  /** Changes beyond those. */
  readonly more: number;
}

const MAX_CHANGES = 20;
const MAX_VALUE = 160;

/** From `now` to `next`. */
export function stateDifference(
  now: readonly StateValue[],
  next: readonly StateValue[],
): StateDifference {
  const names = new Set([...now, ...next].map(({ name }) => name));
  const all = Array.from(names)
    .toSorted()
    .map((name) =>
      changesOf(
        name,
        now.find((value) => value.name === name),
        next.find((value) => value.name === name),
      ),
    );
  const told = all.flatMap(({ changes }) => changes);
  const changes = told.slice(0, MAX_CHANGES);
  const beyond = all.reduce((sum, { more }) => sum + more, told.length - changes.length);
  return { changes, lines: changes.flatMap(linesOf), more: beyond };
}

/** Of one value: at most `MAX_CHANGES`, and how many more there are. */
function changesOf(
  name: string,
  now: StateValue | undefined,
  next: StateValue | undefined,
): { changes: Change[]; more: number } {
  if (now?.hash === next?.hash) return { changes: [], more: 0 };
  try {
    const all = allChanges([name], now, next);
    return {
      changes: all.slice(0, MAX_CHANGES).map(bounded),
      more: Math.max(0, all.length - MAX_CHANGES),
    };
  } catch {
    // Nested more deeply than there is stack.
    const [before, after] = [summaryOf(now), summaryOf(next)];
    return { changes: [bounded({ kind: 'changed', path: [name], before, after })], more: 0 };
  }
}

function allChanges(path: [string], now?: StateValue, next?: StateValue): Change[] {
  if (now === undefined) return [{ kind: 'added', path, after: shown(next) }];
  if (next === undefined) return [{ kind: 'removed', path, before: shown(now) }];
  const [before, after] = [parsed(now), parsed(next)];
  if (before !== undefined && after !== undefined) return diffJson(before, after, path);
  return [{ kind: 'changed', path, before: summaryOf(now), after: summaryOf(next) }];
}

const shown = (value: StateValue | undefined): JsonValue =>
  (value && parsed(value)) ?? summaryOf(value);

/** In the place of what is too large to be shown. */
function summaryOf(value: StateValue | undefined): string {
  if (value === undefined) return 'nothing';
  return `${value.bytes} bytes, SHA-256 ${value.hash.slice(0, 12)}…`;
}

/** `undefined` for what is not shown, and for what code that lies put in its place. */
function parsed({ text }: StateValue): JsonValue | undefined {
  try {
    // Parse edge: what JSON.parse gives is JSON.
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
}

function linesOf(change: Change): string[] {
  const at = pathText(change.path);
  const line = (sign: string, value: JsonValue): string => `${sign} ${at} ${textOf(value)}`;
  return [
    ...(change.kind === 'added' ? [] : [line('-', change.before)]),
    ...(change.kind === 'removed' ? [] : [line('+', change.after)]),
  ];
}

/** A value that is long is told as the beginning of its text. */
function bounded(change: Change): Change {
  const short = (value: JsonValue): JsonValue =>
    JSON.stringify(value).length > MAX_VALUE ? textOf(value) : value;
  const path = change.path.map((step) =>
    typeof step === 'string' ? step.slice(0, MAX_VALUE).toWellFormed() : step,
  );
  if (change.kind === 'added') return { ...change, path, after: short(change.after) };
  if (change.kind === 'removed') return { ...change, path, before: short(change.before) };
  return { ...change, path, before: short(change.before), after: short(change.after) };
}

function textOf(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE).toWellFormed()}…` : text;
}
