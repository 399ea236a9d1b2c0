// What a month of the simulated load is billed: by level at list price, and all together after what the
// plans include. Pure.
import { billed, listPrice, METERS, type Meter } from './prices.ts';
import type { Simulation, Usage } from './simulate.ts';

export interface Costs {
  /** Of each level, by meter, in dollars at list price. */
  readonly byLevel: ReadonlyMap<string, Readonly<Record<Meter, number>>>;
  readonly byMeter: Readonly<Record<Meter, { readonly amount: number; readonly dollars: number }>>;
  /** After what is included, once. */
  readonly dollars: number;
  readonly dominant: { readonly level: string; readonly meter: Meter; readonly dollars: number };
}

export function costsOf({ usage }: Pick<Simulation, 'usage'>): Costs {
  const byLevel = new Map([...usage].map(([level, own]) => [level, each((m) => priceOf(own, m))]));
  const byMeter = each((meter) => {
    const amount = [...usage.values()].reduce((sum, own) => sum + (own[meter] ?? 0), 0);
    return { amount, dollars: billed(meter, amount) };
  });
  const all = [...byLevel].flatMap(([level, own]) =>
    METERS.map((meter) => ({ level, meter, dollars: own[meter] })),
  );
  const [dominant = { level: '', meter: 'rows_written' as const, dollars: 0 }] = all.toSorted(
    (a, b) => b.dollars - a.dollars,
  );
  const dollars = METERS.reduce((sum, meter) => sum + byMeter[meter].dollars, 0);
  return { byLevel, byMeter, dollars, dominant };
}

/** Of a level, all its meters together. */
export function totalOf(prices: Readonly<Record<Meter, number>>): number {
  return METERS.reduce((sum, meter) => sum + prices[meter], 0);
}

function priceOf(usage: Usage, meter: Meter): number {
  return listPrice(meter, usage[meter] ?? 0);
}

function each<T>(of: (meter: Meter) => T): Record<Meter, T> {
  // Edge: `fromEntries` forgets its keys.
  return Object.fromEntries(METERS.map((meter) => [meter, of(meter)])) as Record<Meter, T>;
}
