// Tenants' counts as OpenMetrics 1.0 text, for Prometheus and its kin. Pure. A tenant whose shard did
// not answer is left out, not shown as zero, and the number of such shards is told.
import { SYSTEM_SHARDS } from '../metrics/system-shard.ts';
import type { Merged } from './stats-view.ts';
import { factsOf, gapsOf, type TenantTally } from './tenant-tally.ts';

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

interface Family {
  /** Without the `_total` that the samples of a counter end in. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  /** The name must end in it. */
  readonly unit?: 'bytes' | 'seconds';
  readonly help: string;
  readonly samples: (tally: TenantTally) => readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const FAMILIES: readonly Family[] = [
  counter('z0_tenant_facts', 'Facts in all ledgers of the tenant.', factsOf),
  {
    name: 'z0_tenant_cache_reads',
    type: 'counter',
    help: 'Reads of cached state, by whether memory had it.',
    samples: (tally) => [
      { labels: { result: 'hit' }, value: tally.cache_hits },
      { labels: { result: 'miss' }, value: tally.cache_misses },
    ],
  },
  counter('z0_tenant_refusals', 'Requests that ledgers refused.', ({ refusals }) => refusals),
  counter('z0_tenant_errors', 'Failures of custom code in ledgers.', ({ errors }) => errors),
  counter('z0_tenant_reports', 'Periods reported and counted.', ({ reports }) => reports),
  counter('z0_tenant_late_reports', 'Of those, after a later one.', ({ late }) => late),
  gauge('z0_tenant_missing_periods', 'Periods skipped that have not come since.', gapsOf),
  gauge('z0_tenant_entities', 'Entities with a ledger.', ({ entities }) => entities),
  {
    ...gauge('z0_tenant_storage_bytes', 'Size of all ledgers.', (tally) => tally.storage_bytes),
    unit: 'bytes',
  },
  {
    ...gauge('z0_tenant_last_period_end_seconds', 'End of the latest period.', (tally) => {
      return tally.last_end / 1000;
    }),
    unit: 'seconds',
  },
];

/** The whole exposition, `# EOF` included. */
export function openMetrics({ data, unavailable_shards }: Merged<TenantTally>): string {
  const lines = FAMILIES.flatMap((family) => [
    ...describe(family),
    ...data.flatMap((tally) =>
      family.samples(tally).map(({ labels, value }) => {
        const name = family.type === 'counter' ? `${family.name}_total` : family.name;
        return sampleLine(name, { tenant: tally.tenant_id, ...labels }, value);
      }),
    ),
  ]);
  const shards = 'z0_stats_shards';
  lines.push(`# TYPE ${shards} gauge`, `# HELP ${shards} Shards of the system ledger.`);
  const down = unavailable_shards.length;
  lines.push(sampleLine(shards, { state: 'answered' }, SYSTEM_SHARDS.length - down));
  lines.push(sampleLine(shards, { state: 'unavailable' }, down));
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function counter(name: string, help: string, of: (tally: TenantTally) => number): Family {
  return { name, type: 'counter', help, samples: (tally) => [{ value: of(tally) }] };
}

function gauge(name: string, help: string, of: (tally: TenantTally) => number): Family {
  return { name, type: 'gauge', help, samples: (tally) => [{ value: of(tally) }] };
}

function describe({ name, type, unit, help }: Family): string[] {
  const lines = [`# TYPE ${name} ${type}`];
  if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`);
  return [...lines, `# HELP ${name} ${escape(help)}`];
}

function sampleLine(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
