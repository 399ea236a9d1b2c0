// Marks every process that the embedded Cloudflare starts, so that what a killed run leaves behind can
// be found and ended. It signals nothing that does not carry the mark of the same state folder or run.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const MARK = 'Z0_LOCAL_STATE';
const RUN_MARK = 'Z0_LOCAL_RUN';
/** Names what this very process started. */
export const THIS_RUN = randomUUID();
const END_LIMIT_MS = 5000;
const END_LOOK_MS = 5;

/** The environment that carries the mark; children get this and nothing else of ours. */
export function markedEnv(stateDir: string): Record<string, string> {
  return { [MARK]: stateDir, [RUN_MARK]: THIS_RUN, PATH: process.env.PATH ?? '', TZ: 'UTC' };
}

/** Ends every marked process of `stateDir`, waits until they let go of their files and ports, and
 * answers how many there were. */
export async function endMarkedProcesses(stateDir: string): Promise<number> {
  const pids = markedProcesses(stateDir);
  await end(pids);
  return pids.length;
}

/** Ends what the run of this name started in `stateDir`, and nothing of the next one. */
export async function endRun(stateDir: string, run: string): Promise<void> {
  await end(processesWith([`${MARK}=${stateDir}`, `${RUN_MARK}=${run}`]));
}

async function end(pids: readonly number[]): Promise<void> {
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
  // The name is part of the socket path on the command line; see `socketName`.
  return processesWith([`${MARK}=${stateDir}`], script === '' ? '' : `/${socketName(script)}.`);
}

function processesWith(marks: readonly string[], part = ''): number[] {
  return existsSync('/proc/self/environ') ? fromProc(marks, part) : fromPs(marks, part);
}

/** A script's name as part of a unix socket path, which must stay short. */
export function socketName(script: string): string {
  return script.slice(0, 40);
}

function fromProc(marks: readonly string[], part: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => {
      try {
        const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        const marked = marks.every((mark) => env.includes(mark));
        return marked && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(part);
      } catch {
        // Another user's process, or one that just ended: not ours either way.
        return false;
      }
    })
    .map(Number);
}

function fromPs(marks: readonly string[], part: string): number[] {
  const table = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return table
    .split('\n')
    .filter((line) => marks.every((mark) => `${line} `.includes(` ${mark} `)))
    .filter((line) => line.includes(part))
    .map((line) => Number.parseInt(line.trim(), 10))
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
}
