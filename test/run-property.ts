// `npm run test:property -- --seeds N`: the SDK's property test over N seeds, 10,000 operations
// each. It only starts vitest; what is tested stands in property.test.ts.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20' } } });
const { status } = spawnSync('vitest', ['run', '--project', 'sdk', 'property'], {
  stdio: 'inherit',
  env: { ...process.env, Z0_PROPERTY_SEEDS: values.seeds },
});
process.exitCode = status ?? 1;
