// What tenants did in a span: the leading thousand of them at once, any other one by one. Reads only.
import type { Env } from '../../env.ts';
import { readTenantRequests, readTopByRequests } from '../../stats/request-reader.ts';
import type { TenantRequests } from '../../stats/request-view.ts';
import { readTenantStats, readTopTenants } from '../../stats/stats-reader.ts';
import type { Rank, TenantRank, TimeRange } from '../../stats/stats-view.ts';
import { attempt, attemptOutcome } from '../attempt.ts';
import { noisyNeighbour } from '../overview/noisy-neighbour.ts';
import { windowOf } from '../time-window.ts';
import type { Sort, TableSpan, TenantLine } from './tenant-order.ts';

/** The most that can be ranked. */
export const MAX_RANKED = 1_000;
const DAY_POINTS = 24;

/** The ranking that serves a column best. */
const RANKS: Readonly<Partial<Record<Sort, Rank>>> = {
  refusals: 'refusals',
  errors: 'errors',
  cache: 'cache_misses',
  storage: 'storage',
};

/** What the dispatcher counted; beyond a thousand tenants, those with the most requests are it. */
const OF_REQUESTS: ReadonlySet<Sort> = new Set(['requests', 'error_share', 'p95']);

export interface TenantCounts {
  readonly counts: ReadonlyMap<string, TenantRank>;
  readonly requests: ReadonlyMap<string, TenantRequests>;
  /** The tenants that lead by the column, most first. */
  readonly leading: readonly string[];
  /** Nobody is missing who did anything. */
  readonly isComplete: boolean;
  /** Some could not be read: a part of the system ledger did not answer. */
  readonly isMissing: boolean;
  /** Who makes more than half of it, among more than three. */
  readonly noisy: ReadonlySet<string>;
}

export async function readCounts(
  env: Env,
  sort: Sort,
  span: TableSpan,
  now: number,
): Promise<TenantCounts> {
  const range = rangeOf(span, now);
  const by = RANKS[sort] ?? 'facts';
  const [ranked, called] = await Promise.all([
    attempt('top_tenants', readTopTenants(env, { ...range, by, limit: MAX_RANKED })),
    attempt(
      'top_requests',
      readTopByRequests(env, { ...range, by: 'requests', limit: MAX_RANKED }),
    ),
  ]);
  const ranks = ranked?.data ?? [];
  const callers = (called?.data ?? []).filter(({ tenant_id }) => tenant_id !== '');
  const first = OF_REQUESTS.has(sort) ? callers : ranks;
  const away = [ranked, called].some((part) => (part?.unavailable_shards.length ?? 1) > 0);
  return {
    counts: new Map(ranks.map((rank) => [rank.tenant_id, rank])),
    requests: new Map(callers.map((caller) => [caller.tenant_id, caller])),
    leading: first.map(({ tenant_id }) => tenant_id),
    isComplete: ranks.length < MAX_RANKED && callers.length < MAX_RANKED,
    isMissing: away,
    noisy: noisyOf(ranks, callers),
  };
}

/** Tenants beyond the leading thousand are asked for one by one: at most a page of them. */
export async function fillCounts(
  env: Env,
  lines: readonly TenantLine[],
  span: TableSpan,
  now: number,
): Promise<readonly TenantLine[]> {
  const range = rangeOf(span, now);
  return Promise.all(
    lines.map(async (line) => {
      const [counts, requests] = await Promise.all([
        line.counts ?? attemptOutcome('tenant_stats', readTenantStats(env, line.id, range)),
        line.requests ?? attemptOutcome('tenant_requests', readTenantRequests(env, line.id, range)),
      ]);
      return { ...line, counts, requests };
    }),
  );
}

function rangeOf(span: TableSpan, now: number): TimeRange {
  if (span === 'all') return {};
  const { from, to, stepMs } = windowOf(span === 'hour' ? 'minute' : 'hour', now);
  return { from: span === 'hour' ? from : to - DAY_POINTS * stepMs, to };
}

function noisyOf(
  ranks: readonly TenantRank[],
  callers: readonly TenantRequests[],
): ReadonlySet<string> {
  const facts = ranks.map((rank) => ({ tenantId: rank.tenant_id, amount: rank.facts_count }));
  const calls = callers.map((call) => ({ tenantId: call.tenant_id, amount: call.requests }));
  const noisy = [facts, calls].flatMap((amounts) => {
    const atWork = amounts.filter(({ amount }) => amount > 0);
    const total = atWork.reduce((sum, { amount }) => sum + amount, 0);
    return noisyNeighbour(atWork, total, atWork.length)?.tenantId ?? [];
  });
  return new Set(noisy);
}
