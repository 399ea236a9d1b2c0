// A strict reader of OpenMetrics 1.0 text, for counters, gauges and histograms without a sum: it refuses
// every line that the grammar does not have, and what the specification forbids besides.
import { expect } from 'vitest';

export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly unit?: string;
  readonly help?: string;
  readonly samples: MetricSample[];
}

export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SUFFIX: Readonly<Record<string, string>> = {
  counter: '_total',
  gauge: '',
  histogram: '_bucket',
};
/** Of a float as the specification has it written: `1.0`, never `1`. */
const CANONICAL = /^(?:[0-9]+\.[0-9]+|\+Inf)$/u;

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*';
const ESCAPED = String.raw`(?:[^\n"\\]|\\[n"\\])*`;
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN`;
const PAIR = `${LABEL}="${ESCAPED}"`;
const METADATA = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (${ESCAPED})$`, 'u');
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${PAIR}(?:,${PAIR})*)?)\\})? (${NUMBER})$`, 'u');

/** The families of an exposition, in order. */
export function parseOpenMetrics(text: string): MetricFamily[] {
  expect(text.endsWith('\n# EOF\n'), 'ends in one # EOF').toBe(true);
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1);
  const families: MetricFamily[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    const metadata = METADATA.exec(line);
    if (metadata) readMetadata(families, metadata);
    else readSample(families.at(-1), line, seen);
  }
  for (const family of families) if (family.type === 'histogram') checkHistogram(family);
  const names = families.map(({ name }) => name);
  expect(new Set(names).size, 'each family once').toBe(names.length);
  return families;
}

function readMetadata(families: MetricFamily[], [, kind, name = '', value = '']: string[]): void {
  if (kind === 'TYPE') {
    expect(Object.keys(SUFFIX)).toContain(value);
    families.push({ name, type: value, samples: [] });
    return;
  }
  const family = families.at(-1);
  expect(family?.name, `${kind} belongs to the family it stands in`).toBe(name);
  expect(family?.samples, 'metadata comes before samples').toEqual([]);
  if (kind === 'UNIT') expect(name.endsWith(`_${value}`), `${name} ends in its unit`).toBe(true);
  const key = kind === 'UNIT' ? 'unit' : 'help';
  expect(family).not.toHaveProperty(key);
  Object.assign(family ?? {}, { [key]: unescape(value) });
}

function readSample(family: MetricFamily | undefined, line: string, seen: Set<string>): void {
  const [, name = '', pairs = '', number = ''] = SAMPLE.exec(line) ?? [];
  expect(name, `a line of the grammar: ${line}`).not.toBe('');
  const suffix = SUFFIX[family?.type ?? ''];
  expect(name, 'samples stand with their family').toBe(`${family?.name}${suffix}`);
  const labels: Record<string, string> = {};
  for (const [, label = '', value = ''] of pairs.matchAll(
    new RegExp(`(${LABEL})="(${ESCAPED})"`, 'gu'),
  )) {
    expect(labels, 'a label once').not.toHaveProperty(label);
    labels[label] = unescape(value);
  }
  const key = seriesKey(name, labels);
  expect(seen.has(key), `a series once: ${line}`).toBe(false);
  seen.add(key);
  const value = Number(number.replace('Inf', 'Infinity'));
  if (family?.type !== 'gauge') expect(value).toBeGreaterThanOrEqual(0);
  family?.samples.push({ name, labels, value });
}

/** Each series has its buckets together, bounds ascending to `+Inf`, and counts that never fall. */
function checkHistogram({ name, samples }: MetricFamily): void {
  const runs: { readonly series: string; readonly bounds: number[]; readonly counts: number[] }[] =
    [];
  for (const { labels, value } of samples) {
    const { le = '', ...rest } = labels;
    expect(le, `${name} has bounds`).toMatch(CANONICAL);
    const series = seriesKey(name, rest);
    const known = runs.at(-1);
    const run = known?.series === series ? known : { series, bounds: [], counts: [] };
    if (run !== known) runs.push(run);
    run.bounds.push(le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le));
    run.counts.push(value);
  }
  expect(new Set(runs.map(({ series }) => series)).size, 'buckets together').toBe(runs.length);
  for (const { bounds, counts } of runs) {
    expect(bounds.at(-1), 'the last bucket holds all').toBe(Number.POSITIVE_INFINITY);
    expect(new Set(bounds).size, 'a bound once').toBe(bounds.length);
    expect(bounds.toSorted((a, b) => a - b)).toEqual(bounds);
    expect(counts.toSorted((a, b) => a - b)).toEqual(counts);
  }
}

/** The same for the same labels in any order. */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return [name, ...pairs.toSorted((a, b) => (a < b ? -1 : 1))].join(' ');
}

function unescape(text: string): string {
  return text.replaceAll(/\\([n"\\])/gu, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
}
