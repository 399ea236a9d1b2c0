// The order of the tenant table, and what of it stands in the URL: column, direction, search,
// span of the counts, and where the page starts. Pure. Anything in a URL that is not known here counts as not given.
import * as z from 'zod';
import { percentileMs } from '../../stats/percentile.ts';
import type { RequestCounts } from '../../stats/request-view.ts';
import type { TenantRank } from '../../stats/stats-view.ts';
import { lowerAscii } from '../lower-ascii.ts';
import type { IndexRow } from './tenant-query.ts';

/** Columns one can sort by, with the direction that a first click means. */
export const SORTS = {
  created: 'desc',
  name: 'asc',
  status: 'asc',
  plan: 'asc',
  requests: 'desc',
  error_share: 'desc',
  p95: 'desc',
  facts: 'desc',
  refusals: 'desc',
  errors: 'desc',
  cache: 'asc',
  storage: 'desc',
  reported: 'desc',
  gaps: 'desc',
} as const;

export type Sort = keyof typeof SORTS;
export type Order = 'asc' | 'desc';
/** The sorted value and the id of a row. */
export type Position = readonly [string | number, string];

/** What the counts are of; what is not counted over time is as last reported. */
export const TABLE_SPANS = ['hour', 'day', 'all'] as const;
export type TableSpan = (typeof TABLE_SPANS)[number];

/** How many lines a short list has. */
export const TOPS = [10, 25] as const;

export interface TableState {
  readonly sort: Sort;
  readonly order: Order;
  readonly q: string;
  readonly span: TableSpan;
  /** Only so many lines, and no further page. */
  readonly top?: number | undefined;
  readonly after?: Position | undefined;
}

/** A tenant as the index knows it, with its counts once it has reported. */
export interface TenantLine extends IndexRow {
  readonly counts?: Omit<TenantRank, 'value'> | undefined;
  /** As the dispatcher counted them. */
  readonly requests?: RequestCounts | undefined;
}

const position = z.tuple([z.union([z.string().max(200), z.number()]), z.string().max(64)]);

export function readTableState(query: Readonly<Record<string, string>>): TableState {
  const sort = isSort(query['sort']) ? query['sort'] : 'created';
  const order = query['order'];
  return {
    sort,
    order: order === 'asc' || order === 'desc' ? order : SORTS[sort],
    q: (query['q'] ?? '').trim().slice(0, 80),
    span: TABLE_SPANS.find((name) => name === query['span']) ?? 'hour',
    top: TOPS.find((count) => String(count) === query['top']),
    after: decodePosition(query['cursor'] ?? ''),
  };
}

/** The address of the table in this state; what is as usual is left out. */
export function tableHref(state: TableState): string {
  const params = new URLSearchParams();
  if (state.q !== '') params.set('q', state.q);
  if (state.sort !== 'created') params.set('sort', state.sort);
  if (state.order !== SORTS[state.sort]) params.set('order', state.order);
  if (state.span !== 'hour') params.set('span', state.span);
  if (state.top !== undefined) params.set('top', String(state.top));
  if (state.after !== undefined) params.set('cursor', encodePosition(state.after));
  const text = params.toString();
  return text === '' ? '/dashboard/tenants' : `/dashboard/tenants?${text}`;
}

/** What a line is sorted by. Ties are settled by id. */
export function sortValue(line: TenantLine, sort: Sort): string | number {
  const { counts } = line;
  switch (sort) {
    case 'created':
      return line.created_at;
    case 'name':
      return lowerAscii(line.name);
    case 'status':
      return line.status;
    case 'plan':
      return line.plan;
    case 'requests':
      return line.requests?.requests ?? 0;
    case 'error_share':
      return (line.requests?.errors ?? 0) / Math.max(1, line.requests?.requests ?? 0);
    case 'p95':
      return percentileMs(line.requests?.latency ?? [], 0.95) ?? 0;
    case 'facts':
      return counts?.facts_count ?? 0;
    case 'refusals':
      return counts?.refusals_count ?? 0;
    case 'errors':
      return counts?.errors_count ?? 0;
    case 'cache':
      return hitShare(counts);
    case 'storage':
      return counts?.storage_bytes ?? 0;
    case 'reported':
      return counts?.last_period_end ?? '';
    case 'gaps':
      return counts?.gaps ?? 0;
  }
}

/** The next `limit` lines of the table; `more` when there are others after them. */
export function cutPage(
  lines: readonly TenantLine[],
  state: TableState,
  limit: number,
): { lines: TenantLine[]; more: boolean } {
  const sign = state.order === 'asc' ? 1 : -1;
  const { sort, after } = state;
  const keyed = lines.map((line): [Position, TenantLine] => [
    [sortValue(line, sort), line.id],
    line,
  ]);
  const sorted = keyed.toSorted(([a], [b]) => sign * compare(a, b));
  const rest =
    after === undefined ? sorted : sorted.filter(([key]) => sign * compare(key, after) > 0);
  return { lines: rest.slice(0, limit).map(([, line]) => line), more: rest.length > limit };
}

/** Hits of all look-ups, 0 to 1; without any, beyond both ends: the best, for there is no fault. */
function hitShare(counts: TenantLine['counts']): number {
  const all = (counts?.cache_hits ?? 0) + (counts?.cache_misses ?? 0);
  return all === 0 ? 2 : (counts?.cache_hits ?? 0) / all;
}

function compare(a: Position, b: Position): number {
  return compareValues(a[0], b[0]) || compareValues(a[1], b[1]);
}

/** A cursor made for another column may mix text and numbers; it must only not break the page. */
function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function isSort(name: string | undefined): name is Sort {
  return name !== undefined && Object.hasOwn(SORTS, name);
}

function encodePosition(at: Position): string {
  const bytes = new TextEncoder().encode(JSON.stringify(at));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decodePosition(cursor: string): Position | undefined {
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return position.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
