// Points in time that counts are kept by, and for how long. Pure.
import { RESOLUTIONS, type Resolution, type TimeRange } from './stats-view.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Length of a point, milliseconds. */
export const LENGTH_MS: Readonly<Record<Resolution, number>> = {
  minute: MINUTE_MS,
  hour: 3_600_000,
  day: DAY_MS,
};

/** Points that one answer holds at most. */
export const MAX_POINTS = 2000;

/** How many days points are kept, by how long they are. */
export interface Retention {
  readonly minute_days: number;
  readonly hour_days: number;
  readonly day_days: number;
}

export const DEFAULT_RETENTION: Retention = { minute_days: 2, hour_days: 60, day_days: 800 };

/** The most that a Config may ask for. */
const LONGEST_DAYS: Retention = { minute_days: 31, hour_days: 400, day_days: 4000 };

/** Retention as the settings of a Config have it; what they leave out or get wrong is the default. */
export function retentionOf(settings: Readonly<Record<string, unknown>>): Retention {
  const days = (name: keyof Retention): number => {
    const value = settings[name];
    if (typeof value !== 'number' || !(value >= 1)) return DEFAULT_RETENTION[name];
    return Math.min(value, LONGEST_DAYS[name]);
  };
  return {
    minute_days: days('minute_days'),
    hour_days: days('hour_days'),
    day_days: days('day_days'),
  };
}

/** Points of `resolution` that start before this time are not kept. */
export function keptSince(resolution: Resolution, retention: Retention, now: number): number {
  const days = retention[`${resolution}_days`];
  return startOf(now - days * DAY_MS, resolution);
}

/** Start of the point that `ms` lies in. */
export function startOf(ms: number, resolution: Resolution): number {
  const length = LENGTH_MS[resolution];
  return Math.floor(ms / length) * length;
}

/** The point that a period belongs to, whole: the one in which it ended. */
export function pointOf(periodEnd: number, resolution: Resolution): number {
  return startOf(Math.max(periodEnd - 1, 0), resolution);
}

/** `range` widened to whole points. */
export function wholePoints(range: TimeRange, resolution: Resolution): TimeRange {
  const length = LENGTH_MS[resolution];
  return {
    ...(range.from !== undefined && { from: startOf(range.from, resolution) }),
    ...(range.to !== undefined && { to: Math.ceil(range.to / length) * length }),
  };
}

/** The shortest points that are still kept at the start of `range`. */
export function finestFor(range: TimeRange, retention: Retention, now: number): Resolution {
  const { from = 0 } = range;
  return RESOLUTIONS.find((one) => from >= keptSince(one, retention, now)) ?? 'day';
}

/** Points of a series that says no more than its resolution: an hour, two days, a month. */
const DEFAULT_POINTS: Readonly<Record<Resolution, number>> = { minute: 60, hour: 48, day: 31 };

/** A series' range with both ends, at most `MAX_POINTS` long: the newest stay. */
export function seriesRange(
  range: TimeRange,
  resolution: Resolution,
  now: number,
): { from: number; to: number } {
  const length = LENGTH_MS[resolution];
  const whole = wholePoints({ to: now + 1, ...defined(range) }, resolution);
  const to = whole.to ?? now;
  const from = whole.from ?? to - DEFAULT_POINTS[resolution] * length;
  return { from: Math.max(from, to - MAX_POINTS * length), to };
}

function defined({ from, to }: TimeRange): TimeRange {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
