// How the benchmarks print and sum up: aligned lines, medians, quartiles. It measures nothing.

/** A name and its figures, in columns. */
export function line(name: string, ...figures: readonly string[]): string {
  return [name.padEnd(38), ...figures.map((figure) => figure.padStart(11))].join('');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The first quartile, the median and the third. */
export function quartiles(values: readonly number[]): [number, number, number] {
  return [quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)];
}

/** The value that a share of all are below; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}
