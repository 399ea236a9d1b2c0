// The declarative way to say which Durable Object classes a script has: `metadata.exports` in place of
// migrations. Saying the same again changes nothing. Pure; it deletes no file.
import { randomBytes } from 'node:crypto';
import type { DurableObjectClass } from '../state/script-store.ts';
import { ApiError } from './envelope.ts';

/** What `exports` leaves of `current`; classes that it does not name stay as they are. */
export function applyExports(
  current: readonly DurableObjectClass[],
  exports: unknown,
): DurableObjectClass[] {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) {
    throw refused('metadata.exports must be an object of class names.');
  }
  const classes = new Map(current.map((entry) => [entry.className, entry]));
  // New names come last: a class may be renamed away and another take its name.
  const entries = Object.entries(exports).toSorted((a, b) => rankOf(a[1]) - rankOf(b[1]));
  for (const [className, value] of entries) applyOne(classes, className, fieldsOf(value));
  return [...classes.values()];
}

function applyOne(
  classes: Map<string, DurableObjectClass>,
  className: string,
  { type, state = 'created', storage, renamed_to: renamedTo }: Record<string, unknown>,
): void {
  // Entrypoints are found in the code itself.
  if (type === 'worker') return;
  if (type !== 'durable-object') {
    throw refused(`exports.${className}: the type ${String(type)} is not offered here.`);
  }
  const known = classes.get(className);
  if (state === 'created') {
    if (storage !== 'sqlite') {
      throw refused(`exports.${className}: only the storage "sqlite" is offered here.`);
    }
    const uniqueKey = known?.uniqueKey ?? randomBytes(16).toString('hex');
    classes.set(className, { className, uniqueKey });
  } else if (state === 'deleted') {
    classes.delete(className);
  } else if (state === 'renamed' && typeof renamedTo === 'string') {
    if (known === undefined) return;
    if (classes.has(renamedTo)) {
      const message = `Cannot rename the class '${className}' to '${renamedTo}', which has Durable Objects of its own.`;
      throw new ApiError(400, 10074, message);
    }
    classes.delete(className);
    classes.set(renamedTo, { className: renamedTo, uniqueKey: known.uniqueKey });
  } else {
    throw refused(`exports.${className}: the state ${String(state)} is not offered here.`);
  }
}

function rankOf(value: unknown): number {
  const { state } = fieldsOf(value);
  return state === 'deleted' ? 0 : state === 'renamed' ? 1 : 2;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const refused = (message: string): ApiError => new ApiError(400, 10021, message);
