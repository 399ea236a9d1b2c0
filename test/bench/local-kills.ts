// `kill -9` of the parent and of any child, moment after moment, while the embedded Cloudflare is in
// use. It prints figures and judges none.
import { runKills } from '../infra/kill-run.ts';
import { median, print } from './table.ts';

export async function benchKills(moments: number): Promise<void> {
  const seed = Date.now() % 1_000_000;
  const startedAt = performance.now();
  const figures = await runKills(moments, seed);
  const took = ((performance.now() - startedAt) / 1000).toFixed(0);
  const { acknowledged, changes, faults, starts, backMs, refusals } = figures;
  const kinds = [...figures.moments].map(([kind, count]) => `${count} ${kind}`);
  const count = (kind: string): number => faults.filter((fault) => fault.kind === kind).length;
  const ms = (values: readonly number[]): string =>
    `median ${median(values).toFixed(0)} ms, slowest ${Math.max(0, ...values).toFixed(0)} ms`;
  print(`\nkill -9 at ${moments} random moments, ${took} s (seed ${seed})`);
  print(`  killed: ${kinds.join(', ')}`);
  print(`  ${acknowledged} acknowledged writes, ${changes} changes through the API`);
  print(
    `  lost ${count('lost')}, duplicated ${count('duplicated')}, not back in time ${count('unavailable')}`,
  );
  print(`  ${starts.length} starts on the same folder: ${ms(starts)}`);
  print(`  from the kill until all was served and looked at: ${ms(backMs)}`);
  const told = [...refusals].map(
    ([words, times]) => `${times} × ${words === '0' ? 'no answer' : words}`,
  );
  print(`  writes that failed meanwhile: ${told.join(', ')}`);
  for (const { kind, what } of faults.slice(0, 20)) print(`  ${kind}: ${what}`);
}
