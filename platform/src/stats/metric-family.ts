// A family of OpenMetrics 1.0 and its lines. Pure. It knows the grammar and nothing of what is counted.

const SUFFIX = { counter: '_total', gauge: '', histogram: '_bucket' } as const;

export interface Family<T> {
  /** Without what its samples end in: `_total` of a counter, `_bucket` of a histogram. */
  readonly name: string;
  readonly type: keyof typeof SUFFIX;
  /** The name must end in it. */
  readonly unit?: 'bytes' | 'seconds';
  readonly help: string;
  readonly samples: (of: T) => readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export function counter<T>(name: string, help: string, of: (one: T) => number): Family<T> {
  return { name, type: 'counter', help, samples: (one) => [{ value: of(one) }] };
}

export function gauge<T>(name: string, help: string, of: (one: T) => number): Family<T> {
  return { name, type: 'gauge', help, samples: (one) => [{ value: of(one) }] };
}

/** The lines of a family: its metadata, then the samples of each of `all`. */
export function expose<T>(
  family: Family<T>,
  all: readonly T[],
  labelsOf: (one: T) => Record<string, string>,
): string[] {
  const { name, type, unit, help } = family;
  const lines = [`# TYPE ${name} ${type}`];
  if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`);
  lines.push(`# HELP ${name} ${escape(help)}`);
  for (const one of all) {
    for (const { labels, value } of family.samples(one)) {
      lines.push(sampleLine(`${name}${SUFFIX[type]}`, { ...labelsOf(one), ...labels }, value));
    }
  }
  return lines;
}

function sampleLine(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
