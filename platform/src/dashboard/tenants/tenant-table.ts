// Puts one page of the tenant table together from the index and the tenants' counts. Exact up to a
// thousand tenants; beyond that, an order by counts covers the thousand with the most, and says so.
import type { Env } from '../../env.ts';
import { lowerAscii } from '../lower-ascii.ts';
import { fillCounts, MAX_RANKED, readCounts, type TenantCounts } from './tenant-counts.ts';
import { cutPage, type Sort, sortValue, type TableState, type TenantLine } from './tenant-order.ts';
import {
  countTenants,
  type IndexRow,
  type IndexSort,
  pageOfIndex,
  searchTenants,
  tenantsById,
} from './tenant-query.ts';

const PAGE_SIZE = 50;

const INDEX_SORTS: Readonly<Partial<Record<Sort, IndexSort>>> = {
  created: 'created',
  name: 'name',
  status: 'status',
  plan: 'plan',
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
  /** Ids of the noisy neighbours of the span. */
  readonly noisy: ReadonlySet<string>;
}

export async function readTenantTable(
  env: Env,
  state: TableState,
  now = Date.now(),
): Promise<TenantTable> {
  const [rows, counts] = await Promise.all([
    searchTenants(env.DB, state.q, MAX_RANKED + 1),
    readCounts(env, state.sort, state.span, now),
  ]);
  const about = { countsMissing: counts.isMissing, noisy: counts.noisy };
  const isSmall = rows.length <= MAX_RANKED;
  const sort = INDEX_SORTS[state.sort];
  const page = isSmall
    ? pageOf(joined(rows, counts), state)
    : sort === undefined
      ? pageOf(await leadingOf(env, state, counts), state)
      : await indexPage(env, state, sort, counts);
  const known = counts.isComplete || (!isSmall && sort === undefined);
  return {
    ...about,
    lines: known ? page.lines : await fillCounts(env, page.lines, state.span, now),
    next: page.next,
    total: isSmall ? rows.length : await countTenants(env.DB, state.q),
    partial: !isSmall && sort === undefined,
  };
}

type Page = Pick<TenantTable, 'lines' | 'next'>;

function joined(rows: readonly IndexRow[], { counts, requests }: TenantCounts): TenantLine[] {
  return rows.map((row) => ({
    ...row,
    counts: counts.get(row.id),
    requests: requests.get(row.id),
  }));
}

function pageOf(lines: readonly TenantLine[], state: TableState): Page {
  const page = cutPage(lines, state, state.top ?? PAGE_SIZE);
  return { lines: page.lines, next: page.more ? nextState(state, page.lines) : undefined };
}

async function leadingOf(env: Env, state: TableState, counts: TenantCounts): Promise<TenantLine[]> {
  const known = await tenantsById(env.DB, counts.leading);
  const wanted = lowerAscii(state.q);
  const found = known.filter(
    (row) => row.id.includes(wanted) || lowerAscii(row.name).includes(wanted),
  );
  return joined(found, counts);
}

async function indexPage(
  env: Env,
  state: TableState,
  sort: IndexSort,
  counts: TenantCounts,
): Promise<Page> {
  const { after, order, q: text } = state;
  const from: [string, string] | undefined = after && [String(after[0]), after[1]];
  const limit = state.top ?? PAGE_SIZE;
  const rows = await pageOfIndex(env.DB, { text, order, after: from, limit: limit + 1, sort });
  const lines = joined(rows.slice(0, limit), counts);
  return { lines, next: rows.length > limit ? nextState(state, lines) : undefined };
}

/** A short list has no next page. */
function nextState(state: TableState, lines: readonly TenantLine[]): TableState | undefined {
  const last = lines.at(-1);
  if (last === undefined || state.top !== undefined) return undefined;
  return { ...state, after: [sortValue(last, state.sort), last.id] };
}
