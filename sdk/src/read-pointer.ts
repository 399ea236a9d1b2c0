// Reads the value an RFC 6901 pointer points at. Pure; it never follows anything but own keys.

const POINTER = /^(\/([^/~]|~[01])*)*$/;

export function isPointer(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 1000 && POINTER.test(value);
}

/** The value at `pointer`, or undefined when there is none. */
export function readPointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of pointerSteps(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
      return undefined;
    }
    // Parse edge: it is an object, and the key is its own.
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** The keys of `pointer`, outermost first. */
export function pointerSteps(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
