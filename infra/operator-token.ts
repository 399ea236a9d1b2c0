// The operator's own token for the platform API. Made on first use and kept in the state folder,
// readable by its owner alone; the platform keeps only its hash.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The token of the environment whose files are in `stateDir`. */
export function operatorToken(stateDir: string): string {
  const path = join(stateDir, 'operator-token');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const token = `z0_operator_${randomBytes(32).toString('base64url')}`;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
}
