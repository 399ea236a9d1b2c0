// `npm run test:property -- --seeds N`: the SDK's property tests over N seeds, at least 10,000
// operations each; `--seed S` runs that one alone. It only starts vitest, once for each core; what is
// tested stands in test/sdk/*property.test.ts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seeds: { type: 'string' }, seed: { type: 'string' } } });
const first = Number(values.seed ?? 1);
const seeds = Number(values.seeds ?? (values.seed === undefined ? 20 : 1));
const share = Math.ceil(seeds / Math.min(seeds, availableParallelism()));

console.error(
  `${seeds} seeds from ${first} on, ${share} to a run; half a minute for each or less.`,
);

const runs: Promise<number>[] = [];
for (let from = first; from < first + seeds; from += share) {
  runs.push(run(from, Math.min(share, first + seeds - from)));
}
process.exitCode = Math.max(...(await Promise.all(runs)));

/** The exit code; what it says comes at its end, so that runs do not talk into each other. */
async function run(from: number, count: number): Promise<number> {
  const child = spawn(
    'vitest',
    ['run', '--silent=passed-only', '--project', 'sdk', 'property.test'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, Z0_PROPERTY_SEEDS: String(count), Z0_PROPERTY_FIRST: String(from) },
    },
  );
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = await once(child, 'close');
  process.stdout.write(Buffer.concat(said));
  return typeof code === 'number' ? code : 1;
}
