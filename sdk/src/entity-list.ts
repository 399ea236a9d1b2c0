// The list of a tenant's entities, page by page: how it is asked for, and what a line of it says. Pure;
// it knows no table.
import { accept, type Outcome, refuseField } from './outcome.ts';

/** Which entities, by id ascending. Errors: `invalid_request`. Source: the tenant API. */
export interface EntityListQuery {
  /** 1 to 100, default 20. */
  limit?: number;
  /** `next_cursor` of the page before; the prefix must be the same. */
  cursor?: string;
  /** What the id begins with; at most 128 characters. */
  prefix?: string;
}

/** One entity as it reported itself last. */
export interface EntityLine {
  id: string;
  type: string;
  /** The head of its ledger. */
  facts: number;
  storage_bytes: number;
  /** RFC 3339. */
  reported_at: string;
}

/** One page; `next_cursor` is null on the last one. */
export interface EntityPage {
  data: EntityLine[];
  has_more: boolean;
  next_cursor: string | null;
}

/** What is to be read: one line more than is shown, after the id `after`. */
export interface EntityRange {
  readonly after: string;
  readonly prefix: string;
  readonly limit: number;
}

const MAX_PREFIX = 128;

export function readEntityQuery(query: EntityListQuery): Outcome<EntityRange> {
  const { limit = 20, cursor = '', prefix = '' } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    return refuseField('/limit', 'out_of_range', 'Expected 1 to 100.');
  }
  if (typeof prefix !== 'string' || prefix.length > MAX_PREFIX) {
    const detail = `Expected a text of at most ${MAX_PREFIX} characters.`;
    return refuseField('/prefix', 'invalid_type', detail);
  }
  const after = idOf(cursor);
  if (after === undefined || (cursor !== '' && !after.startsWith(prefix))) {
    return refuseField('/cursor', 'invalid_cursor', 'The cursor does not belong to this list.');
  }
  return accept({ after, prefix, limit: limit + 1 });
}

/** The page that `lines`, read as `range` says, come to. */
export function entityPage(lines: EntityLine[], { limit }: EntityRange): EntityPage {
  const has_more = lines.length === limit;
  const data = has_more ? lines.slice(0, -1) : lines;
  const next_cursor = has_more ? btoa(encodeURIComponent(data.at(-1)?.id ?? '')) : null;
  return { data, has_more, next_cursor };
}

function idOf(cursor: string): string | undefined {
  try {
    return decodeURIComponent(atob(cursor));
  } catch {
    return undefined;
  }
}
