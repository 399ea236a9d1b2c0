// Marks every process that the embedded Cloudflare starts, so that the next start can end what a
// killed one left behind. It signals nothing that does not carry the mark of the same state folder.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const MARK = 'Z0_LOCAL_STATE';

/** The environment that carries the mark; children get this and nothing else of ours. */
export function markedEnv(stateDir: string): Record<string, string> {
  return { [MARK]: stateDir, PATH: process.env.PATH ?? '', TZ: 'UTC' };
}

/** Ends every marked process of `stateDir` and answers how many there were. */
export function endMarkedProcesses(stateDir: string): number {
  const pids = markedProcesses(stateDir);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself between the look and the signal.
    }
  }
  return pids.length;
}

function markedProcesses(stateDir: string): number[] {
  const mark = `${MARK}=${stateDir}`;
  return existsSync('/proc/self/environ') ? fromProc(mark) : fromPs(mark);
}

function fromProc(mark: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      } catch {
        // Another user's process, or one that just ended: not ours either way.
        return false;
      }
    })
    .map(Number);
}

function fromPs(mark: string): number[] {
  const table = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return table
    .split('\n')
    .filter((line) => line.includes(` ${mark} `) || line.endsWith(` ${mark}`))
    .map((line) => Number.parseInt(line.trim(), 10))
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
}
