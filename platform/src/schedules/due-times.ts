// When a schedule comes due, and what becomes of the times that nobody was there for. Pure: whoever
// asks says what time it is. A local time that daylight saving skips is due at the first moment after
// the skip, and one that comes twice is due the first time only. Where the pattern's hours begin with
// a `*`, what counts is time as it passes: nothing is due in the skipped hour, and both of the repeated.
import type { OnMissed } from '@z0-app/provisioning';
import { Cron } from 'croner';
import { changeBetween, instantOf, offsetAt } from './wall-clock.ts';

export interface Timetable {
  /** Five fields. */
  readonly cron: string;
  readonly time_zone: string;
}

/** A due time that is over by less is on time. */
export const ON_TIME_MS = 60_000;
/** Runs that make up for what was missed, with `all`; older due times are only noted. */
export const MAX_CATCH_UP = 24;
/** More than any clock was ever put back. */
const MAX_CHANGE_MS = 3 * 3_600_000;

/** The first due time after `afterMs`, in milliseconds since 1970; `undefined` when there is none. */
export function nextDue(timetable: Timetable, afterMs: number): number | undefined {
  const pattern = patternOf(timetable.cron);
  const { time_zone: zone } = timetable;
  if (pattern.passes) return nextPassing(pattern.cron, zone, afterMs);
  let wall = afterMs + offsetAt(zone, afterMs);
  for (;;) {
    const next = pattern.cron.nextRun(new Date(wall))?.getTime();
    if (next === undefined) return undefined;
    const instant = instantOf(zone, next);
    if (instant > afterMs) return instant;
    wall = next;
  }
}

/** Up to `count` due times after `afterMs` and not after `untilMs`, earliest first. */
export function nextRuns(timetable: Timetable, { afterMs, untilMs, count }: Span): number[] {
  const times: number[] = [];
  let last = afterMs;
  while (times.length < count) {
    const next = nextDue(timetable, last);
    if (next === undefined || next > untilMs) break;
    times.push(next);
    last = next;
  }
  return times;
}

interface Span {
  readonly afterMs: number;
  readonly untilMs: number;
  readonly count: number;
}

export interface Lapsed {
  /** The latest due times, earliest first, at most as many as were asked for. */
  readonly times: readonly number[];
  /** Whether there are earlier ones. */
  readonly more: boolean;
}

/** The latest due times after `afterMs` and not after `untilMs`: backwards, for a year has many. */
export function latestRuns(timetable: Timetable, { afterMs, untilMs, count }: Span): Lapsed {
  const times: number[] = [];
  let before = untilMs + 1;
  while (times.length <= count) {
    const last = lastDue(timetable, before);
    if (last === undefined || last <= afterMs) break;
    times.unshift(last);
    before = last;
  }
  return { times: times.slice(-count), more: times.length > count };
}

/** The last due time before `beforeMs`. */
function lastDue({ cron: text, time_zone: zone }: Timetable, beforeMs: number): number | undefined {
  const { cron, passes } = patternOf(text);
  if (passes) return lastPassing(cron, zone, beforeMs);
  // Walls that are still to come the second time were due the first time.
  let wall = beforeMs + offsetAt(zone, beforeMs) + MAX_CHANGE_MS;
  for (;;) {
    const last = previous(cron, wall);
    if (last === undefined) return undefined;
    const instant = instantOf(zone, last);
    if (instant < beforeMs) return instant;
    wall = last;
  }
}

/** Time as it passes: each stretch between two changes of the clocks is looked at by itself. */
function nextPassing(cron: Cron, zone: string, afterMs: number): number | undefined {
  let since = afterMs;
  let offset = offsetAt(zone, since);
  let wallAfter = since + offset;
  for (;;) {
    const wall = cron.nextRun(new Date(wallAfter))?.getTime();
    if (wall === undefined) return undefined;
    const instant = wall - offset;
    if (offsetAt(zone, instant) === offset) return instant;
    since = changeBetween(zone, since, instant);
    offset = offsetAt(zone, since);
    // What is due at the very change is due.
    wallAfter = since + offset - 1;
  }
}

function lastPassing(cron: Cron, zone: string, beforeMs: number): number | undefined {
  let until = beforeMs;
  for (;;) {
    const offset = offsetAt(zone, until - 1);
    const wall = previous(cron, until + offset);
    if (wall === undefined) return undefined;
    const instant = wall - offset;
    if (offsetAt(zone, instant) === offset) return instant;
    // The first instant that has this offset; what is before it has another.
    until = changeBetween(zone, instant, until - 1);
  }
}

export interface Due {
  /** Due times to run for, earliest first. */
  readonly runs: readonly number[];
  readonly missed: Missed | undefined;
}

export interface Missed {
  /** At least as many, when `more`. */
  readonly count: number;
  readonly more: boolean;
  readonly first: number;
  readonly last: number;
  /** Of the runs, those that make up for a missed time. */
  readonly making_up: readonly number[];
}

/** What to do at `nowMs` about a schedule whose due times are settled up to `settledMs`. */
export function dueAt(
  timetable: Timetable & { readonly on_missed: OnMissed },
  { settledMs, nowMs }: { settledMs: number; nowMs: number },
): Due {
  const { times, more } = lapsed(timetable, settledMs, nowMs);
  const onTime = times.filter((time) => nowMs - time < ON_TIME_MS).slice(-1);
  const late = times.slice(0, times.length - onTime.length);
  const [first] = late;
  const last = late.at(-1);
  if (first === undefined || last === undefined) return { runs: onTime, missed: undefined };
  const making_up = makingUp(timetable.on_missed, late, onTime.length > 0);
  const missed = { count: late.length, more, first, last, making_up };
  return { runs: [...making_up, ...onTime], missed };
}

/** Mostly none or one, which two questions tell. */
function lapsed(timetable: Timetable, afterMs: number, untilMs: number): Lapsed {
  const few = nextRuns(timetable, { afterMs, untilMs, count: 2 });
  if (few.length < 2) return { times: few, more: false };
  return latestRuns(timetable, { afterMs, untilMs, count: MAX_CATCH_UP + 1 });
}

function makingUp(policy: OnMissed, late: readonly number[], isOnTime: boolean): readonly number[] {
  if (policy === 'all') return late.slice(-MAX_CATCH_UP);
  // The run that is on time makes up for them.
  return policy === 'skip' || isOnTime ? [] : late.slice(-1);
}

interface Pattern {
  /** On wall times, as if they were UTC. */
  readonly cron: Cron;
  /** Whether it follows time as it passes rather than the clock on the wall. */
  readonly passes: boolean;
}

/** The last wall time of the pattern before `wall`. */
function previous(cron: Cron, wall: number): number | undefined {
  // It leaves out the second it is given.
  const whole = Math.ceil(wall / 1_000) * 1_000;
  return cron.previousRuns(1, new Date(whole))[0]?.getTime();
}

/** Read once: parsing costs more than asking, and a pattern means the same for good. */
const known = new Map<string, Pattern>();
const MAX_KNOWN = 1_000;

function patternOf(text: string): Pattern {
  const found = known.get(text);
  if (found !== undefined) return found;
  const cron = new Cron(text, { mode: '5-part', paused: true, timezone: 'UTC' });
  const made = { cron, passes: text.trim().split(/\s+/u)[1]?.startsWith('*') ?? false };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, made);
  return made;
}
