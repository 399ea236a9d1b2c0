// A chart's series laid out over the points of its window, and as lines. Pure.
import type { TimeWindow } from './time-window.ts';

export type ChartKind = 'bars' | 'line';

export interface ChartValue {
  /** RFC 3339; the start of a point of the window. */
  readonly start: string;
  readonly value: number;
}

export interface ChartSeries {
  readonly name: string;
  /** Points that are left out are zero in bars and unknown in lines. */
  readonly values: readonly ChartValue[];
  /** In the table only, until somebody asks for it. */
  readonly hidden?: boolean;
  /** What its colour says; plain ones differ by their order. */
  readonly tone?: Tone;
}

export type Tone = 'good' | 'warn' | 'bad';

/** A series with a value for every point of the window; `null` where it is unknown. */
export interface DrawnSeries {
  readonly name: string;
  readonly hidden: boolean;
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

const COLOURS = ['first', 'second', 'third', 'fourth'];

/** `index` is its place among the series of the chart. */
export function drawnOf(
  series: ChartSeries,
  index: number,
  window: TimeWindow,
  kind: ChartKind,
): DrawnSeries {
  const known = new Map(series.values.map(({ start, value }) => [Date.parse(start), value]));
  const values: (number | null)[] = [];
  for (let at = window.from; at < window.to; at += window.stepMs) {
    values.push(known.get(at) ?? (kind === 'bars' ? 0 : null));
  }
  const colour = series.tone ?? COLOURS[index % COLOURS.length] ?? 'first';
  return { name: series.name, hidden: series.hidden ?? false, colour, values };
}

/** The points of each unbroken run of values, as SVG has them; a lone value becomes a short dash. */
export function linesOf(
  values: readonly (number | null)[],
  peak: number,
  size: { readonly width: number; readonly height: number },
): string[] {
  const step = size.width / Math.max(1, values.length - 1);
  const lines: string[] = [];
  let line: string[] = [];
  for (const [index, value] of [...values, null].entries()) {
    if (value !== null) {
      const share = peak > 0 ? value / peak : 0;
      const y = round(size.height - 1 - share * (size.height - 2));
      line.push(`${round(index * step)},${y}`);
      if (line.length === 1) line.push(`${round(index * step + 1)},${y}`);
    } else if (line.length > 0) {
      lines.push(line.join(' '));
      line = [];
    }
  }
  return lines;
}

/** To two digits after the point: finer than any screen. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
