// Questions that pages ask of the tenant index: how many of which status, which of them are in
// trouble, and lists by search and order. Reads only; what a visitor typed is never part of the SQL.
import * as z from 'zod';
import { lowerAscii } from '../lower-ascii.ts';

const COLUMNS = 'id, name, plan, status, created_at, updated_at';

const row = z.object({
  id: z.string(),
  name: z.string(),
  plan: z.string(),
  status: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

export type IndexRow = z.infer<typeof row>;

/** Columns the index itself can sort by, as SQL. */
const SORT_SQL = {
  created: 'created_at',
  name: 'lower(name)',
  status: 'status',
  plan: 'plan',
} as const;

export type IndexSort = keyof typeof SORT_SQL;

export interface IndexSummary {
  /** Tenants by status; a status nobody has is left out. */
  readonly byStatus: ReadonlyMap<string, number>;
  /** Failed, or on the way for too long; the longest first, at most 20. */
  readonly troubled: readonly IndexRow[];
}

/** A run that changed nothing since `stuckBefore` (RFC 3339) counts as trouble. */
export async function summarizeIndex(db: D1Database, stuckBefore: string): Promise<IndexSummary> {
  const [counted, troubled] = await db.batch([
    db.prepare('SELECT status, count(*) AS count FROM tenants GROUP BY status ORDER BY status'),
    db
      .prepare(
        `SELECT ${COLUMNS} FROM tenants WHERE status = 'failed'
         OR (status IN ('provisioning', 'deleting') AND updated_at < ?1)
         ORDER BY updated_at, id LIMIT 20`,
      )
      .bind(stuckBefore),
  ]);
  const counts = z.array(z.object({ status: z.string(), count: z.int() })).parse(counted?.results);
  return {
    byStatus: new Map(counts.map(({ status, count }) => [status, count])),
    troubled: z.array(row).parse(troubled?.results),
  };
}

/** Tenants whose id or name has `text` in it, in no order, at most `limit`. */
export async function searchTenants(
  db: D1Database,
  text: string,
  limit: number,
): Promise<IndexRow[]> {
  const found = await db
    .prepare(`SELECT ${COLUMNS} FROM tenants WHERE ${MATCHES} LIMIT ?2`)
    .bind(lowerAscii(text), limit)
    .all();
  return z.array(row).parse(found.results);
}

export async function countTenants(db: D1Database, text: string): Promise<number> {
  const statement = db
    .prepare(`SELECT count(*) AS count FROM tenants WHERE ${MATCHES}`)
    .bind(lowerAscii(text));
  return (await statement.first<number>('count')) ?? 0;
}

/** `?1` is searched in both; an empty one is found everywhere. */
const MATCHES = '(instr(lower(id), ?1) > 0 OR instr(lower(name), ?1) > 0)';

export interface SortedQuery {
  readonly text: string;
  readonly sort: IndexSort;
  readonly order: 'asc' | 'desc';
  readonly after?: readonly [string, string] | undefined;
  readonly limit: number;
}

/** One page in the order of a column of the index, after the row with this value and id. */
export async function pageOfIndex(db: D1Database, query: SortedQuery): Promise<IndexRow[]> {
  const column = SORT_SQL[query.sort];
  const [compare, direction] = query.order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
  const from = query.after === undefined ? '' : `AND (${column}, id) ${compare} (?3, ?4)`;
  const statement = db.prepare(
    `SELECT ${COLUMNS} FROM tenants WHERE ${MATCHES} ${from}
     ORDER BY ${column} ${direction}, id ${direction} LIMIT ?2`,
  );
  const values = [lowerAscii(query.text), query.limit, ...(query.after ?? [])];
  return z.array(row).parse((await statement.bind(...values).all()).results);
}

/** The tenants with these ids, in no order. */
export async function tenantsById(db: D1Database, ids: readonly string[]): Promise<IndexRow[]> {
  if (ids.length === 0) return [];
  const found = await db
    .prepare(`SELECT ${COLUMNS} FROM tenants WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(ids))
    .all();
  return z.array(row).parse(found.results);
}
