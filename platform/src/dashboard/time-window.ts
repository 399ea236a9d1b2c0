// The spans of time that pages show, cut into whole points. Pure.
import type { Resolution, SeriesPoint } from '../stats/stats-view.ts';

const MINUTE_MS = 60_000;

const STEP_MS: Readonly<Record<Resolution, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
};

const POINTS: Readonly<Record<Resolution, number>> = { minute: 60, hour: 48, day: 30 };

/** How the span of each resolution is called. */
export const SPAN_NAMES: Readonly<Record<Resolution, string>> = {
  minute: 'last hour',
  hour: 'last 48 hours',
  day: 'last 30 days',
};

export interface TimeWindow {
  readonly resolution: Resolution;
  /** Unix milliseconds, `to` exclusive; the point that `now` is in is the last one. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  /** What the span is called, where it is not the usual one of its resolution. */
  readonly span?: string;
}

export function windowOf(resolution: Resolution, now: number): TimeWindow {
  const stepMs = STEP_MS[resolution];
  const to = (Math.floor(now / stepMs) + 1) * stepMs;
  return { resolution, from: to - POINTS[resolution] * stepMs, to, stepMs };
}

/** Every point of the window, oldest first; those that a series leaves out are zeros. */
export function fillWindow(window: TimeWindow, points: readonly SeriesPoint[]): SeriesPoint[] {
  const known = new Map(points.map((point) => [Date.parse(point.start), point]));
  const filled: SeriesPoint[] = [];
  for (let at = window.from; at < window.to; at += window.stepMs) {
    filled.push(known.get(at) ?? emptyPoint(at));
  }
  return filled;
}

/** Facts a minute over the last ten: a tenant reports once a minute, so one alone says little. */
export function recentRate(window: TimeWindow, points: readonly SeriesPoint[]): number {
  const last = fillWindow(window, points).slice(-10);
  return last.reduce((sum, point) => sum + point.facts, 0) / Math.max(1, last.length);
}

function emptyPoint(at: number): SeriesPoint {
  const start = new Date(at).toISOString();
  return { start, facts: 0, refusals: 0, errors: 0, cache_hits: 0, cache_misses: 0 };
}

/** A start as exact as the resolution: a time of day, a day and its time, or a day. */
export function pointText(window: TimeWindow, start: string): string {
  if (window.resolution === 'minute') return start.slice(11, 16);
  return window.resolution === 'hour' ? start.slice(5, 16).replace('T', ' ') : start.slice(0, 10);
}
