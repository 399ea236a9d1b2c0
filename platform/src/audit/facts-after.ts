// Reads the facts of a control-plane ledger in their order, a page at a time, from a position on.
// It only reads; `body` is a fact as the SDK stored it.
import type { AuditedFact } from './audit-entry.ts';

/** Facts in one page, and rows in one statement of the audit. */
export const AUDIT_PAGE = 100;

/** Everything recorded after `seq`. */
export function factsAfter(sql: SqlStorage, seq: number): AuditedFact[] {
  if (!has(sql, 'facts')) return [];
  const query = 'SELECT body FROM facts WHERE seq > ? ORDER BY seq LIMIT ?';
  return read(sql, query, seq);
}

/** What became of Configs after `seq`: found by the SDK's index, however much else there is. */
export function configFactsAfter(sql: SqlStorage, seq: number): AuditedFact[] {
  if (!has(sql, 'fact_index')) return [];
  const query = `SELECT f.body FROM fact_index AS i JOIN facts AS f ON f.seq = i.seq
    WHERE i.type = 'config' AND i.key = '' AND i.seq > ? ORDER BY i.seq LIMIT ?`;
  return read(sql, query, seq);
}

function read(sql: SqlStorage, query: string, seq: number): AuditedFact[] {
  const rows = sql.exec<{ body: string }>(query, seq, AUDIT_PAGE).toArray();
  // Parse edge: the text was written by the SDK from a fact.
  return rows.map(({ body }) => JSON.parse(body) as AuditedFact);
}

/** An object that nobody ever wrote to has no tables. */
function has(sql: SqlStorage, table: string): boolean {
  const query = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`;
  return sql.exec(query, table).toArray().length > 0;
}
