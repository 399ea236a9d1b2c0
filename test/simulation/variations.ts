// The same load under each setting that changes what observing it costs.
import type { Assumptions } from './assumptions.ts';
import { costsOf } from './costs.ts';
import type { Variation } from './report.ts';
import { simulate } from './simulate.ts';

/** As assumed first. */
export async function simulateAll(assumed: Assumptions): Promise<Variation[]> {
  const changes: [name: string, change: Partial<Assumptions>][] = [
    ['as it is', {}],
    ['`interval_ms` 300,000', { intervalMs: 300_000 }],
    ['`sample` 0.1', { sample: 0.1 }],
    ['dispatcher tells after 60 s', { windowMs: 60_000 }],
  ];
  const variations: Variation[] = [];
  for (const [name, change] of changes) {
    const simulation = await simulate({ ...assumed, ...change });
    variations.push({ name, simulation, costs: costsOf(simulation) });
  }
  return variations;
}
