// Puts one page of the tenant table together from the index and the tenants' counts. Exact up to a
// thousand tenants; beyond that, an order by counts covers the thousand with the most, and says so.
import type { Env } from '../../env.ts';
import { readTenantStats, readTopTenants } from '../../stats/stats-reader.ts';
import type { Rank } from '../../stats/stats-view.ts';
import { attempt, attemptOutcome } from '../attempt.ts';
import { lowerAscii } from '../lower-ascii.ts';
import { cutPage, type Sort, sortValue, type TableState, type TenantLine } from './tenant-order.ts';
import {
  countTenants,
  type IndexRow,
  type IndexSort,
  pageOfIndex,
  searchTenants,
  tenantsById,
} from './tenant-query.ts';

/** How many tenants are joined and sorted in memory; also the most that can be ranked. */
const MAX_JOINED = 1_000;
const PAGE_SIZE = 50;

const INDEX_SORTS: Readonly<Partial<Record<Sort, IndexSort>>> = {
  created: 'created',
  name: 'name',
  status: 'status',
  plan: 'plan',
};

/** The ranking that serves a column best. */
const RANKS: Readonly<Partial<Record<Sort, Rank>>> = {
  refusals: 'refusals',
  errors: 'errors',
  cache: 'cache_misses',
};

export interface TenantTable {
  readonly lines: readonly TenantLine[];
  /** Tenants found, on all pages. */
  readonly total: number;
  readonly next?: TableState | undefined;
  /** Only the leading thousand were put in order. */
  readonly partial: boolean;
  /** Some counts are missing: a part of the system ledger did not answer. */
  readonly countsMissing: boolean;
}

export async function readTenantTable(env: Env, state: TableState): Promise<TenantTable> {
  const by = RANKS[state.sort] ?? 'facts';
  const [rows, ranked] = await Promise.all([
    searchTenants(env.DB, state.q, MAX_JOINED + 1),
    attempt('top_tenants', readTopTenants(env, { by, limit: MAX_JOINED })),
  ]);
  const counts = new Map((ranked?.data ?? []).map((rank) => [rank.tenant_id, rank]));
  const joined = (found: readonly IndexRow[]): TenantLine[] =>
    found.map((row) => ({ ...row, counts: counts.get(row.id) }));
  const countsMissing = ranked === undefined || ranked.unavailable_shards.length > 0;
  if (rows.length <= MAX_JOINED) {
    const page = cutPage(joined(rows), state, PAGE_SIZE);
    const lines = await fillCounts(env, page.lines, counts.size < MAX_JOINED);
    const next = page.more ? nextState(state, page.lines) : undefined;
    return { lines, total: rows.length, next, partial: false, countsMissing };
  }
  const total = await countTenants(env.DB, state.q);
  const sort = INDEX_SORTS[state.sort];
  if (sort === undefined) {
    const known = await tenantsById(env.DB, [...counts.keys()]);
    const matching = known.filter((row) => matches(row, state.q));
    const page = cutPage(joined(matching), state, PAGE_SIZE);
    const next = page.more ? nextState(state, page.lines) : undefined;
    return { lines: page.lines, total, next, partial: true, countsMissing };
  }
  const found = joined(await pageOfIndex(env.DB, { ...indexQuery(state), sort }));
  const lines = found.slice(0, PAGE_SIZE);
  const next = found.length > PAGE_SIZE ? nextState(state, lines) : undefined;
  return { lines: await fillCounts(env, lines, false), total, next, partial: false, countsMissing };
}

function indexQuery(state: TableState) {
  const { after } = state;
  const from: [string, string] | undefined = after && [String(after[0]), after[1]];
  return { text: state.q, order: state.order, after: from, limit: PAGE_SIZE + 1 };
}

function nextState(state: TableState, lines: readonly TenantLine[]): TableState | undefined {
  const last = lines.at(-1);
  return last && { ...state, after: [sortValue(last, state.sort), last.id] };
}

/** Tenants beyond the ranked thousand are asked for one by one: at most a page of them. */
async function fillCounts(
  env: Env,
  lines: readonly TenantLine[],
  complete: boolean,
): Promise<readonly TenantLine[]> {
  if (complete) return lines;
  return Promise.all(
    lines.map(async (line) => {
      if (line.counts !== undefined) return line;
      const counts = await attemptOutcome('tenant_stats', readTenantStats(env, line.id));
      return { ...line, counts };
    }),
  );
}

function matches(row: IndexRow, text: string): boolean {
  const wanted = lowerAscii(text);
  return row.id.includes(wanted) || lowerAscii(row.name).includes(wanted);
}
