// Marks every process that the embedded Cloudflare starts, so that the next start can end what a
// killed one left behind. It signals nothing that does not carry the mark of the same state folder.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const MARK = 'Z0_LOCAL_STATE';
const END_LIMIT_MS = 5000;
const END_LOOK_MS = 5;

/** The environment that carries the mark; children get this and nothing else of ours. */
export function markedEnv(stateDir: string): Record<string, string> {
  return { [MARK]: stateDir, PATH: process.env.PATH ?? '', TZ: 'UTC' };
}

/** Ends every marked process of `stateDir`, waits until they let go of their files and ports, and
 * answers how many there were. */
export async function endMarkedProcesses(stateDir: string): Promise<number> {
  const pids = markedProcesses(stateDir);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself between the look and the signal.
    }
  }
  const deadline = performance.now() + END_LIMIT_MS;
  while (pids.some(holdsOn) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, END_LOOK_MS));
  }
  return pids.length;
}

/** Whether an ended process may still have files open: its mark goes before they do. */
function holdsOn(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const threads = Number(rest[16]);
    // A process that nobody has asked about keeps its place in the table, and nothing else.
    return state !== 'Z' && state !== 'X' ? true : threads > 1;
  } catch {
    return !existsSync('/proc/self/stat') && isThere(pid);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Marked processes of `stateDir`; with `script`, only those that serve this user Worker. */
export function markedProcesses(stateDir: string, script = ''): number[] {
  const mark = `${MARK}=${stateDir}`;
  // The name is part of the socket path on the command line; see `socketName`.
  const part = script === '' ? '' : `/${socketName(script)}.`;
  return existsSync('/proc/self/environ') ? fromProc(mark, part) : fromPs(mark, part);
}

/** A script's name as part of a unix socket path, which must stay short. */
export function socketName(script: string): string {
  return script.slice(0, 40);
}

function fromProc(mark: string, part: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => {
      try {
        const marked = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
        return marked && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(part);
      } catch {
        // Another user's process, or one that just ended: not ours either way.
        return false;
      }
    })
    .map(Number);
}

function fromPs(mark: string, part: string): number[] {
  const table = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return table
    .split('\n')
    .filter((line) => line.includes(` ${mark} `) || line.endsWith(` ${mark}`))
    .filter((line) => line.includes(part))
    .map((line) => Number.parseInt(line.trim(), 10))
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
}
