// The repository as plain data: every text file that is ours, with its path. Never looks at what npm
// installed, what a build made or what the local platform keeps.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file: its path from the root with forward slashes, and its whole text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The rooms of ARCHITECTURE.md, `test` last: it sees everything and is seen by nothing. */
export const ROOMS = [
  'sdk',
  'dispatcher',
  'tenant-template',
  'platform',
  'provisioning',
  'infra',
  'test',
] as const;

export type Room = (typeof ROOMS)[number];

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.z0', '.wrangler']);
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|zip|gz|br|sqlite|db|log)$/;

/** Reads the repository under `root`, in a stable order. */
export function readSourceFiles(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) visit(path);
      if (entry.isFile() && !BINARY.test(entry.name)) {
        files.push({ path, text: readFileSync(join(root, path), 'utf8') });
      }
    }
  };
  visit('');
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** The room a path stands in; undefined for the files at the root. */
export function roomOf(path: string): Room | undefined {
  return ROOMS.find((room) => path.startsWith(`${room}/`));
}

/** True for what the parser reads: TypeScript with or without JSX, and the few plain scripts. */
export function isCode(path: string): boolean {
  return /\.(ts|tsx|js|mjs)$/.test(path);
}

/** True for code that ships: in a room, and not a test. */
export function isShipped(path: string): boolean {
  const room = roomOf(path);
  return isCode(path) && room !== undefined && room !== 'test';
}
