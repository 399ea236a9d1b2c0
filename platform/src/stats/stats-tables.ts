// The rows that a shard of the system ledger keeps of its tenants' reports. All of them can be made
// again from the facts; nothing is decided here, and the facts themselves are only read.
import { type TenantStatsMessage, tenantStatsMessage } from '../metrics/tenant-stats.ts';
import { DEFAULT_RETENTION, type Retention } from './resolution.ts';
import type { Resolution } from './stats-view.ts';
import type { TenantTally } from './tenant-tally.ts';

/** Few rows per report on purpose: what a tenant misses stands in its own row. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS stats_progress (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, retention TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS stats_tenants (
    tenant_id TEXT PRIMARY KEY, reports INTEGER NOT NULL, late INTEGER NOT NULL,
    since INTEGER NOT NULL, last_end INTEGER NOT NULL, last_period INTEGER NOT NULL,
    missing TEXT NOT NULL, given_up INTEGER NOT NULL, facts INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL, cache_misses INTEGER NOT NULL, refusals INTEGER NOT NULL,
    errors INTEGER NOT NULL, total_facts INTEGER, entities INTEGER NOT NULL,
    storage_bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stats_starts (
    tenant_id TEXT NOT NULL, period_start INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, period_start)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stats_points (
    tenant_id TEXT NOT NULL, resolution TEXT NOT NULL, start INTEGER NOT NULL,
    facts INTEGER NOT NULL, refusals INTEGER NOT NULL, errors INTEGER NOT NULL,
    cache_hits INTEGER NOT NULL, cache_misses INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resolution, start)) WITHOUT ROWID;`;

/** What a point counts, and a range of them. */
export type Counts = {
  facts: number;
  refusals: number;
  errors: number;
  cache_hits: number;
  cache_misses: number;
};

export const NO_COUNTS: Counts = {
  facts: 0,
  refusals: 0,
  errors: 0,
  cache_hits: 0,
  cache_misses: 0,
};

/** `start` in milliseconds since 1970. */
export type Point = Counts & { start: number };

/** Points of one resolution, `from` inclusive, `to` exclusive, milliseconds since 1970. */
export interface PointRange {
  readonly resolution: Resolution;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Progress {
  /** Position of the last fact counted. */
  readonly seq: number;
  readonly retention: Retention;
}

type TallyRow = Omit<TenantTally, 'missing'> & { missing: string };

const SUMS = ['facts', 'refusals', 'errors', 'cache_hits', 'cache_misses']
  .map((name) => `sum(p.${name}) AS ${name}`)
  .join(', ');
/** `CROSS JOIN` keeps the order: tenant by tenant, each a stretch of the primary key. */
const ALL_TENANTS = 'stats_tenants AS t CROSS JOIN stats_points AS p USING (tenant_id)';
const IN_RANGE = 'resolution = ? AND start >= ? AND start < ?';

export class StatsTables {
  readonly #sql: SqlStorage;
  #known = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Makes the tables of a ledger that exists; whether it does. An object nobody uses stays empty. */
  ensure(): boolean {
    if (this.#known) return true;
    const query = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'facts'`;
    if (this.#sql.exec(query).toArray().length === 0) return false;
    this.#sql.exec(TABLES);
    this.#known = true;
    return true;
  }

  /** Forgets everything; call inside a transaction. */
  clear(): void {
    this.#sql.exec(`DELETE FROM stats_progress; DELETE FROM stats_tenants;
      DELETE FROM stats_starts; DELETE FROM stats_points;`);
  }

  progress(): Progress {
    const query = 'SELECT seq, retention FROM stats_progress WHERE id = 1';
    const row = this.#sql.exec<{ seq: number; retention: string }>(query).toArray()[0];
    if (!row) return { seq: 0, retention: DEFAULT_RETENTION };
    // Parse edge: written by `setProgress`.
    return { seq: row.seq, retention: JSON.parse(row.retention) as Retention };
  }

  setProgress({ seq, retention }: Progress): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO stats_progress (id, seq, retention) VALUES (1, ?, ?)',
      seq,
      JSON.stringify(retention),
    );
  }

  /** Up to `limit` reports recorded after `seq`, each with its position. */
  reportsAfter(seq: number, limit: number): { seq: number; report?: TenantStatsMessage }[] {
    const query = `SELECT seq, body FROM facts
      WHERE seq > ? AND type = 'sdk' AND subtype = 'tenant_stats' ORDER BY seq LIMIT ?`;
    return this.#sql
      .exec<{ seq: number; body: string }>(query, seq, limit)
      .toArray()
      .map((row) => {
        // Parse edge: the text is a fact's; what it holds is checked next.
        const { data } = JSON.parse(row.body) as { data: unknown };
        const report = tenantStatsMessage.safeParse(data);
        return report.success ? { seq: row.seq, report: report.data } : { seq: row.seq };
      });
  }

  tally(tenantId: string): TenantTally | undefined {
    const query = 'SELECT * FROM stats_tenants WHERE tenant_id = ?';
    const row = this.#sql.exec<TallyRow>(query, tenantId).toArray()[0];
    return row && toTally(row);
  }

  tallies(): TenantTally[] {
    const query = 'SELECT * FROM stats_tenants ORDER BY tenant_id';
    return this.#sql.exec<TallyRow>(query).toArray().map(toTally);
  }

  writeTally(tally: TenantTally): void {
    const row = { ...tally, missing: JSON.stringify(tally.missing) };
    const columns = Object.keys(row);
    this.#sql.exec(
      `INSERT OR REPLACE INTO stats_tenants (${columns.join(', ')})
       VALUES (${columns.map(() => '?').join(', ')})`,
      ...Object.values(row),
    );
  }

  hasStart(tenantId: string, periodStart: number): boolean {
    const query = 'SELECT 1 FROM stats_starts WHERE tenant_id = ? AND period_start = ?';
    return this.#sql.exec(query, tenantId, periodStart).toArray().length > 0;
  }

  writeStart(tenantId: string, periodStart: number): void {
    const statement = 'INSERT INTO stats_starts (tenant_id, period_start) VALUES (?, ?)';
    this.#sql.exec(statement, tenantId, periodStart);
  }

  addToPoint(tenantId: string, resolution: Resolution, point: Point): void {
    this.#sql.exec(
      `INSERT INTO stats_points (tenant_id, resolution, start, facts, refusals, errors,
         cache_hits, cache_misses) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (tenant_id, resolution, start) DO UPDATE SET
         facts = facts + excluded.facts, refusals = refusals + excluded.refusals,
         errors = errors + excluded.errors, cache_hits = cache_hits + excluded.cache_hits,
         cache_misses = cache_misses + excluded.cache_misses`,
      tenantId,
      resolution,
      point.start,
      point.facts,
      point.refusals,
      point.errors,
      point.cache_hits,
      point.cache_misses,
    );
  }

  dropPointsBefore(tenantId: string, resolution: Resolution, start: number): void {
    this.#sql.exec(
      'DELETE FROM stats_points WHERE tenant_id = ? AND resolution = ? AND start < ?',
      tenantId,
      resolution,
      start,
    );
  }

  /** Points by start, of one tenant or, without `tenantId`, of all together. */
  points(range: PointRange, tenantId?: string): Point[] {
    const [from, where] =
      tenantId === undefined
        ? [ALL_TENANTS, IN_RANGE]
        : ['stats_points AS p', `${IN_RANGE} AND tenant_id = ?`];
    const query = `SELECT start, ${SUMS} FROM ${from} WHERE ${where} GROUP BY start ORDER BY start`;
    const bound = tenantId === undefined ? bounds(range) : [...bounds(range), tenantId];
    return this.#sql.exec<Point>(query, ...bound).toArray();
  }

  /** What the points of a range add up to, by tenant; those without any are left out. */
  sums(range: PointRange): Map<string, Counts> {
    const query = `SELECT tenant_id, ${SUMS} FROM ${ALL_TENANTS}
      WHERE ${IN_RANGE} GROUP BY tenant_id`;
    const rows = this.#sql.exec<Counts & { tenant_id: string }>(query, ...bounds(range));
    return new Map(rows.toArray().map(({ tenant_id, ...counts }) => [tenant_id, counts]));
  }

  /** What the points of a tenant in a range add up to. */
  sumOf(range: PointRange, tenantId: string): Counts {
    const query = `SELECT ${SUMS} FROM stats_points AS p WHERE ${IN_RANGE} AND tenant_id = ?
      GROUP BY tenant_id`;
    return this.#sql.exec<Counts>(query, ...bounds(range), tenantId).toArray()[0] ?? NO_COUNTS;
  }
}

function bounds({ resolution, from, to }: PointRange): [Resolution, number, number] {
  return [resolution, from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
}

function toTally(row: TallyRow): TenantTally {
  // Parse edge: written by `writeTally`.
  return { ...row, missing: JSON.parse(row.missing) as TenantTally['missing'] };
}
