// Decides which user Workers' processes stop: those that were idle for long, and the longest idle of
// too many. It sees plain facts about processes and touches none.

export interface LifeCycleLimits {
  /** A process that did nothing for so long is stopped; milliseconds. */
  readonly idleMs: number;
  /** Processes alive at once. More run only while every one of them is at work. */
  readonly maxLive: number;
}

export interface LiveProcess {
  readonly key: string;
  /** When it last did something; milliseconds since 1970. */
  readonly activeMs: number;
  /** Whether it has requests or WebSockets. Costs a question to the process. */
  isBusy(): Promise<boolean>;
  /** Its earliest alarm; milliseconds since 1970. Costs a look at its files. */
  alarmMs(): number | undefined;
}

export const DEFAULT_LIMITS: LifeCycleLimits = { idleMs: 60_000, maxLive: 40 };

/** An alarm this near is waited for: stopping would cost more than staying. */
const ALARM_NEAR_MS = 2000;
/** One that did something so lately has more coming, as far as anybody knows. */
const JUST_ACTIVE_MS = 250;

/** Keys of those to stop now so that there is room for `wanted` more, the longest idle first. */
export async function toStop(
  live: readonly LiveProcess[],
  { idleMs, maxLive }: LifeCycleLimits,
  nowMs: number,
  wanted = 0,
): Promise<string[]> {
  let tooMany = live.length + wanted - maxLive;
  const stops: string[] = [];
  for (const one of live.toSorted((a, b) => a.activeMs - b.activeMs)) {
    const idle = nowMs - one.activeMs;
    if (idle < (tooMany > 0 ? JUST_ACTIVE_MS : idleMs)) break;
    if (!(await maySleep(one, nowMs))) continue;
    stops.push(one.key);
    tooMany -= 1;
  }
  return stops;
}

/** Whether nobody would notice. */
async function maySleep(one: LiveProcess, nowMs: number): Promise<boolean> {
  const alarmMs = one.alarmMs();
  if (alarmMs !== undefined && alarmMs - nowMs <= ALARM_NEAR_MS) return false;
  return !(await one.isBusy());
}
