// `npm run test:property -- --seeds N`: the SDK's property tests over N seeds, at least 10,000
// operations each; `--seed S` runs that one alone. It only starts vitest; what is tested stands in
// test/sdk/*property.test.ts.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seeds: { type: 'string' }, seed: { type: 'string' } } });
const seeds = values.seeds ?? (values.seed === undefined ? '20' : '1');
const { status } = spawnSync('vitest', ['run', '--project', 'sdk', 'property.test'], {
  stdio: 'inherit',
  env: { ...process.env, Z0_PROPERTY_SEEDS: seeds, Z0_PROPERTY_FIRST: values.seed ?? '1' },
});
process.exitCode = status ?? 1;
