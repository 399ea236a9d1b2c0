// Opaque page cursors. Pure. A cursor only says where to go on; it grants nothing, so it is not
// signed.
import * as z from 'zod';

const position = z.tuple([z.iso.datetime({ offset: true }), z.string().min(1).max(64)]);

export function encodeCursor(at: { created_at: string; id: string }): string {
  const text = btoa(JSON.stringify([at.created_at, at.id]));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** `undefined` for anything `encodeCursor` did not make. */
export function decodeCursor(cursor: string): { created_at: string; id: string } | undefined {
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const [created_at, id] = position.parse(JSON.parse(text));
    return { created_at, id };
  } catch {
    return undefined;
  }
}
