// Looks at the processes of this machine from outside, without the code under test.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/** Running processes whose environment names `stateDir`. */
export function processesOf(stateDir: string): SeenProcess[] {
  const mark = `Z0_LOCAL_STATE=${stateDir}`;
  return existsSync('/proc/self/environ') ? fromProc(mark) : fromPs(mark);
}

/** The process that serves the user Worker `script`. */
export function userWorkerPid(stateDir: string, script: string): number {
  const part = `/${script}.`;
  const found = processesOf(stateDir).filter(
    ({ command }) => command.includes('--socket-addr=control=unix:') && command.includes(part),
  );
  const pid = found.at(-1)?.pid;
  // A signal to a made-up id would reach somebody else.
  if (pid === undefined) throw new TypeError(`no process serves ${script}`);
  return pid;
}

/** Whether the system still knows the process; its parent may not have been told of its end. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether the process runs; one that has ended and was only not buried yet does not. */
export function isAlive(pid: number): boolean {
  if (!exists(pid)) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return !existsSync('/proc/self/stat');
  }
}

function fromProc(mark: string): SeenProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
        if (!environment.includes(mark)) return [];
        const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(entry), command }];
      } catch {
        return [];
      }
    });
}

function fromPs(mark: string): SeenProcess[] {
  const table = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' });
  return table
    .split('\n')
    .filter((line) => `${line} `.includes(` ${mark} `))
    .map((line) => ({ pid: Number.parseInt(line.trim(), 10), command: line }));
}
