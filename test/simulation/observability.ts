// `node test/simulation/observability.ts`: what observing many tenants comes to, as text or JSON. It
// starts nothing and asks nobody.
import { parseArgs } from 'node:util';
import { type Assumptions, DEFAULTS } from './assumptions.ts';
import { reportText } from './report.ts';
import { simulateAll } from './variations.ts';

const HELP = `usage: node test/simulation/observability.ts [options]

  --tenants N    how many there are (${DEFAULTS.tenants})
  --entities N   of each tenant (${DEFAULTS.entities})
  --seed N       another seed, another load of the same kind (${DEFAULTS.seed})
  --json         the load as it is, for a program
  --help         this

The page in docs is: node test/simulation/observability.ts > docs/observability-at-scale.md
`;

const { values } = parseArgs({
  options: {
    tenants: { type: 'string' },
    entities: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const number = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Math.trunc(Number(text));

const assumed: Assumptions = {
  ...DEFAULTS,
  seed: number(values.seed, DEFAULTS.seed),
  tenants: number(values.tenants, DEFAULTS.tenants),
  entities: number(values.entities, DEFAULTS.entities),
};

if (values.help) {
  process.stdout.write(HELP);
} else if (!(assumed.tenants > 0 && assumed.entities > 0 && assumed.seed >= 0)) {
  process.stderr.write(`the numbers must be whole and above 0\n\n${HELP}`);
  process.exitCode = 2;
} else {
  const variations = await simulateAll(assumed);
  if (values.json) {
    const all = variations.map(({ name, simulation, costs }) => {
      const { flows, usage, reports, largestMessage, daysToFull, consumer } = simulation;
      const { dollars, dominant, byMeter } = costs;
      const figures = {
        flows,
        usage: Object.fromEntries(usage),
        reports,
        largestMessage,
        daysToFull,
      };
      return { name, ...figures, shards: consumer.shards, dollars, dominant, byMeter };
    });
    process.stdout.write(`${JSON.stringify({ assumed, variations: all }, undefined, 2)}\n`);
  } else {
    process.stdout.write(reportText(variations));
  }
}
