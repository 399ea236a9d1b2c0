// Compares two readings of cached state. Pure.

/** JSON text by name. */
export type StateTexts = ReadonlyMap<string, string>;

/** Names whose texts differ, or that only one of the two has, in order. */
export function driftOf(one: StateTexts, other: StateTexts): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => one.get(name) !== other.get(name)).toSorted();
}
