// One running platform per state folder. The lock names a process by id and start time, so that a
// reused id is never mistaken for it.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../state/whole-file.ts';

interface LockContent {
  readonly pid: number;
  readonly started: string;
  readonly socketDir: string;
}

export type LockResult =
  | { readonly ok: true; readonly staleSocketDir: string | undefined }
  | { readonly ok: false; readonly pid: number };

/** Takes the lock of `stateDir`, or names the live process that holds it. */
export function takeLock(stateDir: string, socketDir: string): LockResult {
  const previous = readLock(stateDir);
  if (previous !== undefined && startTimeOf(previous.pid) === previous.started) {
    return { ok: false, pid: previous.pid };
  }
  const content: LockContent = {
    pid: process.pid,
    started: startTimeOf(process.pid) ?? '',
    socketDir,
  };
  writeWhole(lockPath(stateDir), JSON.stringify(content));
  return { ok: true, staleSocketDir: previous?.socketDir };
}

export function releaseLock(stateDir: string): void {
  rmSync(lockPath(stateDir), { force: true });
}

const lockPath = (stateDir: string): string => join(stateDir, 'lock.json');

function readLock(stateDir: string): LockContent | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(lockPath(stateDir), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, started, socketDir } = value as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof started !== 'string' || typeof socketDir !== 'string') {
      return undefined;
    }
    return { pid, started, socketDir };
  } catch {
    // No lock, or one cut short by a crash: nobody holds it.
    return undefined;
  }
}

/** When the process started, in the system's own notation; `undefined` when there is none. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    // No such process, or no /proc: ask ps.
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
