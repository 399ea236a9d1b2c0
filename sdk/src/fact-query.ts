// How facts are listed: filters, page size and the opaque cursor. Pure; a cursor never carries
// more than a position and the filters it belongs to.
import type { Fact } from './fact.ts';
import { accept, type Outcome, refuseField } from './outcome.ts';

/** Which facts of one ledger, all of them by default. Errors: `invalid_request`. Source: DESIGN 5.3. */
export interface FactQuery {
  /** 1 to 100, default 20. */
  limit?: number;
  /** `next_cursor` of the page before; filters and order must be the same. */
  cursor?: string;
  /** By `seq`; default `asc`. */
  order?: 'asc' | 'desc';
  type?: string;
  subtype?: string;
}

/**
 * A page may hold fewer than `limit` facts, even none, and still have more: a filter looks at a
 * bounded stretch of the ledger per call.
 */
export interface FactPage {
  data: Fact[];
  has_more: boolean;
  next_cursor: string | null;
}

export interface FactFilter {
  readonly order: 'asc' | 'desc';
  readonly type?: string | undefined;
  readonly subtype?: string | undefined;
}

export interface FactSelection {
  readonly filter: FactFilter;
  readonly limit: number;
  /** Last position of the page before; undefined for the first page. */
  readonly after: number | undefined;
}

export const MAX_PAGE = 100;
const DEFAULT_PAGE = 20;

export function readQuery(query: FactQuery): Outcome<FactSelection> {
  const { limit = DEFAULT_PAGE, order = 'asc', type, subtype } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    return refuseField('/limit', 'out_of_range', `Expected 1 to ${MAX_PAGE}.`);
  }
  if (order !== 'asc' && order !== 'desc') {
    return refuseField('/order', 'invalid_value', 'Expected "asc" or "desc".');
  }
  for (const [key, value] of Object.entries({ type, subtype })) {
    if (value !== undefined && typeof value !== 'string') {
      return refuseField(`/${key}`, 'invalid_type', 'Expected a text.');
    }
  }
  const filter: FactFilter = { order, type, subtype };
  if (query.cursor === undefined) return accept({ filter, limit, after: undefined });
  const after = decodeCursor(query.cursor, filter);
  if (after === undefined) {
    return refuseField('/cursor', 'invalid_cursor', 'The cursor does not belong to this list.');
  }
  return accept({ filter, limit, after });
}

export function encodeCursor(after: number, filter: FactFilter): string {
  const { order, type = null, subtype = null } = filter;
  const text = encodeURIComponent(JSON.stringify([after, order, type, subtype]));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decodeCursor(cursor: string, filter: FactFilter): number | undefined {
  try {
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const parts: unknown = JSON.parse(decodeURIComponent(text));
    const after: unknown = Array.isArray(parts) ? parts[0] : undefined;
    if (typeof after !== 'number' || !Number.isSafeInteger(after)) return undefined;
    return encodeCursor(after, filter) === cursor ? after : undefined;
  } catch {
    return undefined;
  }
}
