// Builds RFC 6901 pointers. Pure; it never reads the document a pointer points into.

/** `pointer` one step deeper (RFC 6901). */
export function pointerTo(pointer: string, key: string | number): string {
  const step = String(key).slice(0, 128).replaceAll('~', '~0').replaceAll('/', '~1');
  return `${pointer}/${step}`;
}
