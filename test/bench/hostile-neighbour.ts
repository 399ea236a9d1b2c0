// What a neighbour that appends all the time notices of hostile code beside it: one row a kind, before
// and during. It knows neither what is hostile nor how it is called, and judges nothing.
import type { Answer } from '../infra/cloud-process.ts';
import { print, quantile } from './table.ts';

/** Of each of the two: with the neighbour alone, and with the hostile one called. */
const PHASE_MS = 4000;
/** Between an answer to the neighbour's caller and its next call. */
const PAUSE_MS = 3;
/** Before the first measurement of a kind. */
const WARM_UP_MS = 500;

export interface Measured {
  readonly name: string;
  /** Appends once to the neighbour; answers whether it succeeded. */
  readonly append: () => Promise<boolean>;
  /** What one kind does, once. */
  readonly attack: () => Promise<Answer>;
  readonly isAsStated: (answer: Answer) => boolean;
  /** Between two calls of the hostile one, the first at once. */
  readonly againMs: number;
}

interface Phase {
  readonly latencies: readonly number[];
  readonly failed: number;
}

export function printHead(what: string): void {
  const seconds = (PHASE_MS / 1000).toFixed(0);
  print(`\n${what}, and a neighbour's appends ${seconds} s before and ${seconds} s during`);
  print('  (p99 and worst in ms, of as many appends as said: of 600, p99 is the sixth slowest)');
  print(row(['', 'as stated', 'p99 quiet', 'during', 'ratio', 'worst', 'appends', 'failed']));
}

export async function measureNeighbour(measured: Measured): Promise<void> {
  const { name, append, attack, isAsStated, againMs } = measured;
  await appendFor(append, WARM_UP_MS);
  const quiet = await appendFor(append, PHASE_MS);
  const answers: Promise<Answer>[] = [];
  const again = (): void => void answers.push(attack());
  again();
  const timer = setInterval(again, againMs);
  const during = await appendFor(append, PHASE_MS);
  clearInterval(timer);
  const told = await Promise.all(answers);
  const p99 = ({ latencies }: Phase): number => quantile(latencies, 0.99);
  const ms = (value: number): string => value.toFixed(1);
  print(
    row([
      name,
      `${told.filter(isAsStated).length} of ${told.length}`,
      ms(p99(quiet)),
      ms(p99(during)),
      (p99(during) / p99(quiet)).toFixed(2),
      ms(Math.max(...during.latencies)),
      `${quiet.latencies.length}+${during.latencies.length}`,
      String(quiet.failed + during.failed),
    ]),
  );
  const odd = told.find((answer) => !isAsStated(answer));
  if (odd !== undefined) print(`    was told: ${odd.status} ${odd.text.slice(0, 160)}`);
}

const WIDTHS = [40, 9, 11, 9, 8, 9, 12, 8];
const row = (cells: readonly string[]): string =>
  `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[at] ?? 0))).join('')}`;

/** One caller, one append after the other. */
async function appendFor(append: Measured['append'], durationMs: number): Promise<Phase> {
  const latencies: number[] = [];
  let failed = 0;
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const askedAt = performance.now();
    const succeeded = await append();
    latencies.push(performance.now() - askedAt);
    if (!succeeded) failed += 1;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { latencies, failed };
}
