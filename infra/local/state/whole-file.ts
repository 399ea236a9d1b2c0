// Small files that a sudden end may not leave half written. It reads none.
import { renameSync, writeFileSync } from 'node:fs';

/** Readers see the old file or the new one, never half of it; only the owner sees either. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
