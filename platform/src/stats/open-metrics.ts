// Tenants' counts as OpenMetrics 1.0 text, for Prometheus and its kin. Pure. A tenant whose shard did
// not answer is left out, not shown as zero, and the number of such shards is told.
import { SYSTEM_SHARDS } from '../metrics/system-shard.ts';
import { counter, expose, type Family, gauge } from './metric-family.ts';
import { REQUEST_FAMILIES } from './request-metrics.ts';
import type { TenantRequestSum } from './request-tables.ts';
import type { Merged } from './stats-view.ts';
import { factsOf, gapsOf, type TenantTally } from './tenant-tally.ts';

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** All that is shown; `deadLetters` is undefined when its shard did not answer. */
export interface Exposition {
  readonly tallies: Merged<TenantTally>;
  readonly requests: Merged<TenantRequestSum>;
  readonly deadLetters?: number | undefined;
}

const FAMILIES: readonly Family<TenantTally>[] = [
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
  counter('z0_tenant_dropped', 'Reports of ledgers that were given up.', ({ dropped }) => dropped),
  counter(
    'z0_tenant_breaker_openings',
    'Times that ledgers stopped reporting for a while.',
    (of) => of.breaker_openings,
  ),
  counter('z0_tenant_schema_inits', 'Ledgers that made their tables.', (of) => of.schema_inits),
  counter('z0_tenant_hydrations', 'States made again from facts.', ({ hydrations }) => hydrations),
  counter('z0_tenant_hydrated_facts', 'Facts read for that.', (of) => of.hydrated_facts),
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
  {
    name: 'z0_tenant_last_flush_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'From the end of the latest period to when it was recorded.',
    samples: ({ last_lag_ms }) => (last_lag_ms === null ? [] : [{ value: last_lag_ms / 1000 }]),
  },
];

/** The whole exposition, `# EOF` included. */
export function openMetrics({ tallies, requests, deadLetters }: Exposition): string {
  const down = tallies.unavailable_shards.length;
  const shards: Family<null> = {
    name: 'z0_stats_shards',
    type: 'gauge',
    help: 'Shards of the system ledger.',
    samples: () => [
      { labels: { state: 'answered' }, value: SYSTEM_SHARDS.length - down },
      { labels: { state: 'unavailable' }, value: down },
    ],
  };
  const letters: Family<null> = {
    name: 'z0_dead_letters',
    type: 'counter',
    help: 'Messages with counts that the queue gave up on.',
    samples: () => (deadLetters === undefined ? [] : [{ value: deadLetters }]),
  };
  const lines = [
    ...FAMILIES.flatMap((family) => expose(family, tallies.data, tenantLabel)),
    ...REQUEST_FAMILIES.flatMap((family) => expose(family, requests.data, tenantLabel)),
    ...[shards, letters].flatMap((family) => expose(family, [null], () => ({}))),
  ];
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function tenantLabel({ tenant_id }: { readonly tenant_id: string }): Record<string, string> {
  return { tenant: tenant_id };
}
