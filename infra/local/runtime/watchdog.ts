// Decides from a process's own CPU clock and memory whether it has gone over its limits. Pure but
// for reading /proc; it never signals a process itself.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface Sample {
  readonly atMs: number;
  /** CPU time used since the process started. */
  readonly cpuMs: number;
  /** Memory that only this process uses. */
  readonly privateBytes: number;
}

/** An unanswered question to the process, with its CPU clock at the moment of asking. */
export interface Probe {
  readonly askedAtCpuMs: number;
  /** CPU time after which silence means that one request is stuck: the hard limit, and one plan limit
   * for each request that may stand before the question. workerd works through a backlog whole. */
  readonly allowedCpuMs: number;
  answered: boolean;
}

export type Judgement = 'fine' | 'ask' | 'cpu' | 'memory';

/** A backstop for memory outside V8's heap (buffers, streams); V8 itself holds the heap to its limit.
 * A busy process keeps up to 250 MB that it could give back, so a tighter line would end innocents. */
const MEMORY_LIMIT_BYTES = 512 * 1024 * 1024;
/** Low, so that a loop which has to share the machine with others is asked all the same. */
const BUSY_SHARE = 0.05;
const CLOCK_TICK_MS = 10;

/** The hard end for one stretch of JavaScript: twice the plan's limit plus 100 ms. */
export const hardCpuLimitMs = (cpuMs: number): number => 2 * cpuMs + 100;

/**
 * A busy process is asked for a sign of life; one that uses a whole limit's worth of CPU time
 * without answering is stuck in a single request. CPU time, not wall time, so that a starved
 * machine ends nobody.
 */
export function judge(
  previous: Sample | undefined,
  now: Sample,
  probe: Probe | undefined,
): Judgement {
  if (now.privateBytes > MEMORY_LIMIT_BYTES) return 'memory';
  if (probe !== undefined && !probe.answered) {
    return now.cpuMs - probe.askedAtCpuMs >= probe.allowedCpuMs ? 'cpu' : 'fine';
  }
  if (previous === undefined) return 'fine';
  const share = (now.cpuMs - previous.cpuMs) / Math.max(1, now.atMs - previous.atMs);
  return share >= BUSY_SHARE ? 'ask' : 'fine';
}

/** Sockets the process has open, those it listens on included; 0 where that cannot be seen. */
export function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).filter((fd) => isSocket(join(folder, fd))).length;
  } catch {
    // The process is gone, or the system has no /proc.
    return 0;
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    // Closed between the look at the folder and this one.
    return false;
  }
}

/** `undefined` where the process is gone or the system has no /proc. */
export function sample(pid: number): Sample | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const anonymous = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0';
    return {
      atMs: performance.now(),
      cpuMs: ticks * CLOCK_TICK_MS,
      privateBytes: Number(anonymous) * 1024,
    };
  } catch {
    return undefined;
  }
}
