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
