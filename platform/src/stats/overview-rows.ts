// The few sums that the Overview needs of a shard's points, each read in one pass over no more columns
// than it shows: a thousand tenants have a hundred thousand points in two hours. Reads only.
import { fromRow, REQUEST_COLUMNS, type RequestRow } from './request-sums.ts';
import type { RequestSumPoint } from './request-tables.ts';

/** Milliseconds since 1970, `from` inclusive, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FactPoint {
  readonly start: number;
  readonly facts: number;
}

/** What a tenant did, as far as tenants are compared by it. */
export type TenantFacts = { tenant_id: string; facts: number; errors: number };
export type TenantCalls = { tenant_id: string; requests: number };

/** `CROSS JOIN` keeps the order: tenant by tenant, each a stretch of the primary key. */
const FACTS = 'stats_tenants AS t CROSS JOIN stats_points AS p USING (tenant_id)';
const CALLS = 'request_tenants AS t CROSS JOIN request_points AS p USING (tenant_id)';
const WHERE = `resolution = 'minute' AND start >= ? AND start < ?`;
const REQUEST_SUMS = REQUEST_COLUMNS.map((name) => `sum(p.${name}) AS ${name}`).join(', ');

export function tenantFacts(sql: SqlStorage, { from, to }: Span): TenantFacts[] {
  const query = `SELECT tenant_id, sum(p.facts) AS facts, sum(p.errors) AS errors FROM ${FACTS}
    WHERE ${WHERE} GROUP BY tenant_id`;
  return sql.exec<TenantFacts>(query, from, to).toArray();
}

export function tenantCalls(sql: SqlStorage, { from, to }: Span): TenantCalls[] {
  const query = `SELECT tenant_id, sum(p.requests) AS requests FROM ${CALLS}
    WHERE ${WHERE} GROUP BY tenant_id`;
  return sql.exec<TenantCalls>(query, from, to).toArray();
}

/** Minute by minute. */
export function factPoints(sql: SqlStorage, { from, to }: Span): FactPoint[] {
  const query = `SELECT start, sum(p.facts) AS facts FROM ${FACTS} WHERE ${WHERE} GROUP BY start`;
  return sql.exec<{ start: number; facts: number }>(query, from, to).toArray();
}

export interface SpanTotal {
  readonly facts: FactPoint;
  readonly requests: RequestSumPoint;
}

/**
 * All of a span as one point at its start. Kept in memory until another span is asked for, which is
 * once a minute: what comes late for an hour that is over is told that much later.
 */
export class SpanTotals {
  #known: { readonly span: Span; readonly total: SpanTotal } | undefined;

  of(sql: SqlStorage, span: Span): SpanTotal {
    const known = this.#known;
    if (known?.span.from === span.from && known.span.to === span.to) return known.total;
    const total = { facts: factTotal(sql, span), requests: requestTotal(sql, span) };
    this.#known = { span, total };
    return total;
  }
}

function factTotal(sql: SqlStorage, { from, to }: Span): FactPoint {
  const query = `SELECT sum(p.facts) AS facts FROM ${FACTS} WHERE ${WHERE}`;
  const { facts } = sql.exec<{ facts: number | null }>(query, from, to).one();
  return { start: from, facts: facts ?? 0 };
}

function requestTotal(sql: SqlStorage, { from, to }: Span): RequestSumPoint {
  const query = `SELECT ${REQUEST_SUMS} FROM ${CALLS} WHERE ${WHERE}`;
  return { start: from, ...fromRow(sql.exec<RequestRow>(query, from, to).one()) };
}
