// The audit in D1: written by fact id, so that a repeat changes nothing, and read newest first. It
// is a projection; what it says was decided by the ledgers.
import * as z from 'zod';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import type { AuditEntry, AuditRow } from './audit-entry.ts';

const entry = z.object({
  id: z.string(),
  at: z.string(),
  tenant_id: z.string(),
  principal: z.string(),
  action: z.string(),
  subject: z.string().nullable(),
  detail: z.string().nullable(),
});

const COLUMNS = 'id, at, tenant_id, principal, action, subject, detail';

export interface AuditQuery {
  readonly tenantId?: string | undefined;
  /** `tenant.suspended`, or `tenant` for all of its kind. */
  readonly action?: string | undefined;
  /** Kinds to leave out, such as `step`. */
  readonly without?: readonly string[] | undefined;
  /** `next_cursor` of the page before; one that was made up counts as none. */
  readonly cursor?: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
}

export interface AuditPage {
  readonly data: readonly AuditEntry[];
  readonly has_more: boolean;
  readonly next_cursor: string | null;
}

/** Newest first. */
export async function readAudit(db: D1Database, query: AuditQuery): Promise<AuditPage> {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const where = (condition: string, ...bound: string[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (query.tenantId !== undefined) where('tenant_id = ?', query.tenantId);
  if (query.action?.includes('.')) where('action = ?', query.action);
  else if (query.action !== undefined) where(`(${OF_KIND})`, ...kindBounds(query.action));
  for (const kind of query.without ?? []) where(`NOT (${OF_KIND})`, ...kindBounds(kind));
  const after = decodeCursor(query.cursor ?? '');
  if (after !== undefined) where('(at, id) < (?, ?)', after.created_at, after.id);
  const text = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const found = await db
    .prepare(`SELECT ${COLUMNS} FROM audit ${text} ORDER BY at DESC, id DESC LIMIT ?`)
    .bind(...values, query.limit + 1)
    .all();
  const entries = z.array(entry).parse(found.results);
  const data = entries.slice(0, query.limit);
  const last = data.at(-1);
  const has_more = entries.length > query.limit;
  const next_cursor = has_more && last ? encodeCursor({ created_at: last.at, id: last.id }) : null;
  return { data, has_more, next_cursor };
}

const OF_KIND = 'action = ? OR (action > ? AND action < ?)';

/** `/` comes right after `.`, so these bound what begins with the kind and a dot. */
function kindBounds(kind: string): [string, string, string] {
  return [kind, `${kind}.`, `${kind}/`];
}

/** All of `rows` in one statement; what was written before is written again. */
export async function writeAudit(db: D1Database, rows: readonly AuditRow[]): Promise<void> {
  const columns = [...COLUMNS.split(', '), 'seq'];
  const values = columns.map((name) => `value ->> '${name}'`).join(', ');
  await db
    .prepare(
      `INSERT OR REPLACE INTO audit (${columns.join(', ')})
       SELECT ${values} FROM json_each(?1)`,
    )
    .bind(JSON.stringify(rows))
    .run();
}

/** Position of the newest entry of `tenantId`; 0 when there is none. */
export async function lastAuditedSeq(db: D1Database, tenantId: string): Promise<number> {
  const last = await db
    .prepare('SELECT max(seq) AS seq FROM audit WHERE tenant_id = ?1')
    .bind(tenantId)
    .first<number>('seq');
  return last ?? 0;
}
