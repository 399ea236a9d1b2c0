// The rows that a shard keeps of requests: since the first, by point, and which messages were
// counted. All of them can be made again from the facts; nothing is decided here.
import { ErrorGroupTable } from './error-group-table.ts';
import {
  columnValues,
  fromRow,
  NO_REQUESTS,
  REQUEST_COLUMNS,
  type RequestRow,
} from './request-sums.ts';
import type { RequestCounts } from './request-view.ts';
import type { PointRange } from './stats-tables.ts';
import type { Resolution } from './stats-view.ts';
import { WorkerTables } from './worker-tables.ts';

const COLUMNS = REQUEST_COLUMNS.map((name) => `${name} INTEGER NOT NULL`).join(', ');
const TABLES = `
  CREATE TABLE IF NOT EXISTS request_messages (
    id TEXT PRIMARY KEY, window_end INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS request_messages_by_end ON request_messages (window_end);
  CREATE TABLE IF NOT EXISTS request_tenants (
    tenant_id TEXT PRIMARY KEY, ${COLUMNS}) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS request_points (
    tenant_id TEXT NOT NULL, resolution TEXT NOT NULL, start INTEGER NOT NULL, ${COLUMNS},
    PRIMARY KEY (tenant_id, resolution, start)) WITHOUT ROWID;`;

const NAMES = REQUEST_COLUMNS.join(', ');
const PLACES = REQUEST_COLUMNS.map(() => '?').join(', ');
const ADDED = REQUEST_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
const SUMS = REQUEST_COLUMNS.map((name) => `sum(p.${name}) AS ${name}`).join(', ');
/** `CROSS JOIN` keeps the order: tenant by tenant, each a stretch of the primary key. */
const ALL_TENANTS = 'request_tenants AS t CROSS JOIN request_points AS p USING (tenant_id)';
const IN_RANGE = 'resolution = ? AND start >= ? AND start < ?';

/** `start` in milliseconds since 1970. */
export type RequestSumPoint = RequestCounts & { readonly start: number };

export type TenantRequestSum = RequestCounts & { readonly tenant_id: string };

export class RequestTables {
  readonly groups: ErrorGroupTable;
  readonly workers: WorkerTables;
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.groups = new ErrorGroupTable(sql);
    this.workers = new WorkerTables(sql);
  }

  create(): void {
    this.#sql.exec(TABLES);
    this.groups.create();
    this.workers.create();
  }

  /** Forgets everything; call inside a transaction. */
  clear(): void {
    this.#sql.exec(`DELETE FROM request_messages; DELETE FROM request_tenants;
      DELETE FROM request_points;`);
    this.groups.clear();
    this.workers.clear();
  }

  hasMessage(id: string): boolean {
    return this.#sql.exec('SELECT 1 FROM request_messages WHERE id = ?', id).toArray().length > 0;
  }

  writeMessage(id: string, end: number): void {
    this.#sql.exec('INSERT INTO request_messages (id, window_end) VALUES (?, ?)', id, end);
  }

  dropMessagesBefore(end: number): void {
    this.#sql.exec('DELETE FROM request_messages WHERE window_end < ?', end);
  }

  addToTotal(tenantId: string, counts: RequestCounts): void {
    this.#sql.exec(
      `INSERT INTO request_tenants (tenant_id, ${NAMES}) VALUES (?, ${PLACES})
       ON CONFLICT (tenant_id) DO UPDATE SET ${ADDED}`,
      tenantId,
      ...columnValues(counts),
    );
  }

  addToPoint(tenantId: string, resolution: Resolution, point: RequestSumPoint): void {
    this.#sql.exec(
      `INSERT INTO request_points (tenant_id, resolution, start, ${NAMES})
       VALUES (?, ?, ?, ${PLACES})
       ON CONFLICT (tenant_id, resolution, start) DO UPDATE SET ${ADDED}`,
      tenantId,
      resolution,
      point.start,
      ...columnValues(point),
    );
  }

  dropPointsBefore(tenantId: string, resolution: Resolution, start: number): void {
    this.#sql.exec(
      'DELETE FROM request_points WHERE tenant_id = ? AND resolution = ? AND start < ?',
      tenantId,
      resolution,
      start,
    );
  }

  /** Of one tenant since its first request. */
  total(tenantId: string): RequestCounts {
    const query = 'SELECT * FROM request_tenants WHERE tenant_id = ?';
    const row = this.#sql.exec<RequestRow>(query, tenantId).toArray()[0];
    return row ? fromRow(row) : NO_REQUESTS;
  }

  /** Of every tenant since its first request, by id. */
  totals(): TenantRequestSum[] {
    const query = 'SELECT * FROM request_tenants ORDER BY tenant_id';
    return this.#sql.exec<RequestRow>(query).toArray().map(toTenantSum);
  }

  /** Points by start, of one tenant or, without `tenantId`, of all together. */
  points(range: PointRange, tenantId?: string): RequestSumPoint[] {
    const [from, where] =
      tenantId === undefined
        ? [ALL_TENANTS, IN_RANGE]
        : ['request_points AS p', `${IN_RANGE} AND tenant_id = ?`];
    const query = `SELECT start, ${SUMS} FROM ${from} WHERE ${where} GROUP BY start ORDER BY start`;
    const bound = tenantId === undefined ? bounds(range) : [...bounds(range), tenantId];
    return this.#sql
      .exec<RequestRow>(query, ...bound)
      .toArray()
      .map((row) => ({ start: Number(row.start), ...fromRow(row) }));
  }

  /** What the points of a range add up to, by tenant; those without any are left out. */
  sums(range: PointRange): TenantRequestSum[] {
    const query = `SELECT tenant_id, ${SUMS} FROM ${ALL_TENANTS}
      WHERE ${IN_RANGE} GROUP BY tenant_id`;
    return this.#sql
      .exec<RequestRow>(query, ...bounds(range))
      .toArray()
      .map(toTenantSum);
  }

  /** What the points of a tenant in a range add up to. */
  sumOf(range: PointRange, tenantId: string): RequestCounts {
    const query = `SELECT ${SUMS} FROM request_points AS p WHERE ${IN_RANGE} AND tenant_id = ?
      GROUP BY tenant_id`;
    const row = this.#sql.exec<RequestRow>(query, ...bounds(range), tenantId).toArray()[0];
    return row ? fromRow(row) : NO_REQUESTS;
  }
}

function bounds({ resolution, from, to }: PointRange): [Resolution, number, number] {
  return [resolution, from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
}

function toTenantSum(row: RequestRow): TenantRequestSum {
  return { tenant_id: String(row.tenant_id), ...fromRow(row) };
}
