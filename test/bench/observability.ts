// `npm run bench -- observability [TURNS]`: appends to one ledger that reports itself, and one whose
// reports always fail, beside two that do not report, in short rounds that take turns, all in one plain
// workerd. It judges no figure.
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { OBSERVED_CLASSES, observedWorker } from './observed-worker.ts';
import { line, median, print, quartiles } from './table.ts';
import { WorkerdProcess } from './workerd-process.ts';

/** Appends of a round: about a quarter of a second, in which a noisy machine is one machine. */
const ROUND = 250;
const REPORTS = 2000;
const KINDS = ['off', 'on', 'away', 'control'] as const;

type Kind = (typeof KINDS)[number];

interface Rounds {
  /** Appends a second. */
  readonly rates: number[];
  /** Of the whole runtime, for all rounds. */
  cpuMs: number;
}

/** `turns`: how often each has its turn, for 1 client and for 32. */
export async function benchObservability(turns: number): Promise<void> {
  const runtime = await WorkerdProcess.start({
    module: await observedWorker(),
    classes: OBSERVED_CLASSES,
  });
  try {
    for (const kind of KINDS) await get(`${runtime.url}/${kind}/create`);
    print(
      `${availableParallelism()} cores, ${turns} turns of ${ROUND} keyed appends each, state and Configs kept;`,
    );
    print('appends/s are medians; ratios are of neighbouring rounds, by time: median (quartiles)');
    print(line('', 'off', 'with', 'with / off', '', 'off / off'));
    for (const clients of [1, 32]) {
      const { off, on, away, control } = await benchAppends(runtime, clients, turns);
      const who = `${clients} client${clients === 1 ? '' : 's'}`;
      report(`on, ${who}`, turns, { off, with: on, control });
      report(`its target away, ${who}`, turns, { off, with: away, control });
    }
    const took = await timeMs(`${runtime.url}/tenant/report?n=${REPORTS}`);
    const each = ((1000 * took) / REPORTS).toFixed(0);
    print(`\na fact of a ledger to its tenant's system ledger, 1,000 ledgers: ${each} µs`);
  } finally {
    runtime.stop();
  }
}

/** A second ledger without observability says how far apart two equal ones come out. */
async function benchAppends(
  runtime: WorkerdProcess,
  clients: number,
  turns: number,
): Promise<Record<Kind, Rounds>> {
  const empty = (): Rounds => ({ rates: [], cpuMs: 0 });
  const rounds = { off: empty(), on: empty(), away: empty(), control: empty() };
  for (let turn = -2; turn < turns; turn += 1) {
    // Each is first, second and last as often.
    for (let place = 0; place < KINDS.length; place += 1) {
      const kind = KINDS[(turn + 2 + place) % KINDS.length] ?? 'off';
      const query = `run=${randomUUID()}&n=${ROUND}&clients=${clients}`;
      const before = runtime.cpuMs();
      const took = await timeMs(`${runtime.url}/${kind}/append?${query}`);
      // The first turns warm up.
      if (turn < 0) continue;
      rounds[kind].rates.push((1000 * ROUND) / took);
      rounds[kind].cpuMs += runtime.cpuMs() - before;
    }
  }
  return rounds;
}

type Compared = Record<'off' | 'with' | 'control', Rounds>;

function report(name: string, turns: number, { off, with: one, control }: Compared): void {
  // Both of those without observability are what it is compared with.
  const base = off.rates.map((rate, turn) => (rate + (control.rates[turn] ?? rate)) / 2);
  const ratios = one.rates.map((rate, turn) => rate / (base[turn] ?? rate));
  const [low, middle, high] = quartiles(ratios);
  const equal = control.rates.map((rate, turn) => rate / (off.rates[turn] ?? rate));
  print(
    line(
      `appends/s, ${name}`,
      median(base).toFixed(0),
      median(one.rates).toFixed(0),
      middle.toFixed(3),
      `(${low.toFixed(2)}-${high.toFixed(2)})`,
      median(equal).toFixed(3),
    ),
  );
  const perAppend = ({ cpuMs }: Rounds): number => (1000 * cpuMs) / (turns * ROUND);
  const without = (perAppend(off) + perAppend(control)) / 2;
  if (without === 0) return;
  print(
    line(
      '  processor time an append, µs',
      without.toFixed(0),
      perAppend(one).toFixed(0),
      // As a rate, like the line above: less is worse.
      (without / perAppend(one)).toFixed(3),
      '',
      (perAppend(off) / perAppend(control)).toFixed(3),
    ),
  );
}

async function timeMs(url: string): Promise<number> {
  const start = performance.now();
  await get(url);
  return performance.now() - start;
}

async function get(url: string): Promise<void> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${text}`);
}
