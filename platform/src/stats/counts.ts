// What is summed of tenants' reports, by name: a point and a tally hold the same sums. Pure.
import type { TenantStatsMessage } from '../metrics/tenant-stats.ts';

/** Names of the sums, which are also columns. */
export const COUNT_NAMES = [
  'facts',
  'refusals',
  'errors',
  'cache_hits',
  'cache_misses',
  'dropped',
  'breaker_openings',
  'schema_inits',
  'hydrations',
  'hydrated_facts',
] as const;

export type Counts = { [Name in (typeof COUNT_NAMES)[number]]: number };

export const NO_COUNTS: Counts = {
  facts: 0,
  refusals: 0,
  errors: 0,
  cache_hits: 0,
  cache_misses: 0,
  dropped: 0,
  breaker_openings: 0,
  schema_inits: 0,
  hydrations: 0,
  hydrated_facts: 0,
};

/** What an older SDK does not tell counts as none. */
export function countsOf(report: TenantStatsMessage): Counts {
  return {
    facts: report.facts_count,
    refusals: report.refusals_count ?? 0,
    errors: report.errors_count ?? 0,
    cache_hits: report.cache_hits,
    cache_misses: report.cache_misses,
    dropped: report.dropped_count ?? 0,
    breaker_openings: report.breaker_openings_count ?? 0,
    schema_inits: report.schema_inits_count ?? 0,
    hydrations: report.hydrations_count ?? 0,
    hydrated_facts: report.hydrated_facts_count ?? 0,
  };
}

/** Both together, and nothing else that `one` holds. */
export function addCounts(one: Counts, other: Counts): Counts {
  const sum = { ...NO_COUNTS };
  for (const name of COUNT_NAMES) sum[name] = one[name] + other[name];
  return sum;
}

/** Facts by their type. */
export type CountsByType = Readonly<Record<string, number>>;

/** Types that are told apart; the rest is counted together. */
const MAX_TYPES = 100;
const OTHER = 'other';

export function addByType(one: CountsByType, other: CountsByType): CountsByType {
  const sums = new Map(Object.entries(one));
  for (const [type, count] of Object.entries(other)) {
    const key = sums.has(type) || sums.size < MAX_TYPES ? type : OTHER;
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return Object.fromEntries([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
