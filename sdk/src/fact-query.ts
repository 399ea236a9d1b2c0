// How facts are listed: filters, page size and the opaque cursor. Pure; a cursor never says
// what was filtered for.
import type { Fact } from './fact.ts';
import { sha256 } from './hash-chain.ts';
import type { MaskedQuery } from './ledger-personal.ts';
import { accept, type Outcome, refuseField } from './outcome.ts';
import { parseTimestamp } from './timestamp.ts';

/**
 * Which facts of one ledger, all of them by default; filters narrow each other and look at a fact
 * as it was written. Errors: `invalid_request`. Source: the tenant API.
 */
export interface FactQuery extends MaskedQuery {
  /** 1 to 100, default 20. */
  limit?: number;
  /** `next_cursor` of the page before; filters and order must be the same. */
  cursor?: string;
  /** By `seq`; default `asc`. */
  order?: 'asc' | 'desc';
  type?: string;
  subtype?: string;
  correlation_id?: string;
  causation_id?: string;
  source_id?: string;
  /** The corrections of the fact with this id. */
  corrects?: string;
  /** `data.subject`, as outcome facts carry it. */
  subject?: string;
  /** In effect at or after this RFC 3339 time; a fact without `effective_at` is since `timestamp`. */
  effective_from?: string;
  /** In effect before this RFC 3339 time. */
  effective_before?: string;
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

const FIELDS = [
  'type',
  'subtype',
  'correlation_id',
  'causation_id',
  'source_id',
  'corrects',
  'subject',
] as const;

/** What a fact can be picked by: equal to a text. */
export type FilterField = (typeof FIELDS)[number];

export interface FactFilter {
  readonly order: 'asc' | 'desc';
  readonly equals: Readonly<Partial<Record<FilterField, string>>>;
  /** Milliseconds since 1970, inclusive. */
  readonly effectiveFrom?: number | undefined;
  /** Milliseconds since 1970, exclusive. */
  readonly effectiveBefore?: number | undefined;
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
  const { limit = DEFAULT_PAGE, cursor } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    return refuseField('/limit', 'out_of_range', `Expected 1 to ${MAX_PAGE}.`);
  }
  const read = readFilter(query);
  if (!read.ok) return read;
  const filter = read.value;
  if (cursor === undefined) return accept({ filter, limit, after: undefined });
  const after = decodeCursor(cursor, filter);
  if (after === undefined) {
    return refuseField('/cursor', 'invalid_cursor', 'The cursor does not belong to this list.');
  }
  return accept({ filter, limit, after });
}

function readFilter(query: FactQuery): Outcome<FactFilter> {
  const { order = 'asc', effective_from, effective_before } = query;
  if (order !== 'asc' && order !== 'desc') {
    return refuseField('/order', 'invalid_value', 'Expected "asc" or "desc".');
  }
  const equals: Partial<Record<FilterField, string>> = {};
  for (const field of FIELDS) {
    const value = query[field];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.length > 255 || !value.isWellFormed()) {
      return refuseField(`/${field}`, 'invalid_type', 'Expected a text of at most 255 characters.');
    }
    equals[field] = value;
  }
  const from = readTime('/effective_from', effective_from);
  if (!from.ok) return from;
  const before = readTime('/effective_before', effective_before);
  if (!before.ok) return before;
  return accept({ order, equals, effectiveFrom: from.value, effectiveBefore: before.value });
}

/** Milliseconds since 1970 of an optional time in a query; `pointer` names its field. */
export function readTime(pointer: string, time: string | undefined): Outcome<number | undefined> {
  if (time === undefined) return accept(undefined);
  const ms = typeof time === 'string' ? parseTimestamp(time) : undefined;
  if (ms !== undefined) return accept(ms);
  return refuseField(pointer, 'invalid_time', 'Expected an RFC 3339 time with an offset.');
}

/** The position, and a mark of what it belongs to. */
export function encodeCursor(after: number, filter: FactFilter): string {
  const { order, equals, effectiveFrom = null, effectiveBefore = null } = filter;
  const values = FIELDS.map((field) => equals[field] ?? null);
  const mark = sha256(JSON.stringify([order, ...values, effectiveFrom, effectiveBefore]));
  return `${after.toString(36)}-${mark.slice(0, 16)}`;
}

function decodeCursor(cursor: string, filter: FactFilter): number | undefined {
  const after = Number.parseInt(cursor, 36);
  return encodeCursor(after, filter) === cursor ? after : undefined;
}
