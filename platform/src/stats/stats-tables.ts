// The rows that a shard of the system ledger keeps of its tenants' reports, and how far its facts are
// counted. All can be made again from the facts; nothing is decided here, and facts are only read.
import { COUNT_NAMES, type Counts, NO_COUNTS } from './counts.ts';
import { DeadLetterTable } from './dead-letter-table.ts';
import { RequestTables } from './request-tables.ts';
import { DEFAULT_RETENTION, type Retention } from './resolution.ts';
import type { Resolution } from './stats-view.ts';
import type { TenantTally } from './tenant-tally.ts';

const SUMMED = COUNT_NAMES.map((name) => `${name} INTEGER NOT NULL`).join(', ');

/** Few rows per report on purpose: what a tenant misses stands in its own row. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS stats_progress (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, retention TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS stats_tenants (
    tenant_id TEXT PRIMARY KEY, reports INTEGER NOT NULL, late INTEGER NOT NULL,
    since INTEGER NOT NULL, last_end INTEGER NOT NULL, last_period INTEGER NOT NULL,
    missing TEXT NOT NULL, given_up INTEGER NOT NULL, ${SUMMED}, appended TEXT NOT NULL,
    total_facts INTEGER, entities INTEGER NOT NULL, storage_bytes INTEGER NOT NULL,
    last_lag_ms INTEGER) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stats_starts (
    tenant_id TEXT NOT NULL, period_start INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, period_start)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stats_points (
    tenant_id TEXT NOT NULL, resolution TEXT NOT NULL, start INTEGER NOT NULL, ${SUMMED},
    PRIMARY KEY (tenant_id, resolution, start)) WITHOUT ROWID;`;

const DROPS = `DROP TABLE stats_progress; DROP TABLE stats_tenants; DROP TABLE stats_starts;
  DROP TABLE stats_points;`;

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

/** A fact that counts, with its position. */
export interface CountedFact {
  readonly seq: number;
  readonly subtype: string;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
  readonly data: unknown;
}

type FactRow = { seq: number; subtype: string; body: string };

type TallyRow = Omit<TenantTally, 'missing' | 'appended'> & { missing: string; appended: string };

const NAMES = COUNT_NAMES.join(', ');
const PLACES = COUNT_NAMES.map(() => '?').join(', ');
const ADDED = COUNT_NAMES.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
const SUMS = COUNT_NAMES.map((name) => `sum(p.${name}) AS ${name}`).join(', ');
/** `CROSS JOIN` keeps the order: tenant by tenant, each a stretch of the primary key. */
const ALL_TENANTS = 'stats_tenants AS t CROSS JOIN stats_points AS p USING (tenant_id)';
const IN_RANGE = 'resolution = ? AND start >= ? AND start < ?';

export class StatsTables {
  readonly requests: RequestTables;
  readonly deadLetters: DeadLetterTable;
  readonly #sql: SqlStorage;
  #known = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.requests = new RequestTables(sql);
    this.deadLetters = new DeadLetterTable(sql);
  }

  /** Makes the tables of a ledger that exists; whether it does. An object nobody uses stays empty. */
  ensure(): boolean {
    if (this.#known) return true;
    if (this.#madeBy('facts') === undefined) return false;
    // Made before these counts were known: counting begins anew.
    const isOutdated = this.#madeBy('stats_tenants')?.includes('last_lag_ms') === false;
    if (isOutdated) this.#sql.exec(DROPS);
    this.#sql.exec(TABLES);
    this.requests.create();
    this.deadLetters.create();
    if (isOutdated) this.clear();
    this.#known = true;
    return true;
  }

  /** Forgets everything; call inside a transaction. */
  clear(): void {
    this.#sql.exec(`DELETE FROM stats_progress; DELETE FROM stats_tenants;
      DELETE FROM stats_starts; DELETE FROM stats_points;`);
    this.requests.clear();
    this.deadLetters.clear();
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

  /** Up to `limit` facts after `seq` that count. */
  factsAfter(seq: number, limit: number): CountedFact[] {
    const query = `SELECT seq, subtype, body FROM facts
      WHERE seq > ? AND type = 'sdk' AND subtype IN ('tenant_stats', 'request_counts', 'dead_letter')
      ORDER BY seq LIMIT ?`;
    return this.#sql.exec<FactRow>(query, seq, limit).toArray().map(toCounted);
  }

  /** The newest `limit` facts of this subtype, newest first, each read when it is its turn. */
  *newestFacts(subtype: string, limit: number): Generator<CountedFact> {
    const query = `SELECT seq, subtype, body FROM facts
      WHERE type = 'sdk' AND subtype = ? ORDER BY seq DESC LIMIT ?`;
    for (const row of this.#sql.exec<FactRow>(query, subtype, limit)) yield toCounted(row);
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
    const missing = JSON.stringify(tally.missing);
    const row = { ...tally, missing, appended: JSON.stringify(tally.appended) };
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
      `INSERT INTO stats_points (tenant_id, resolution, start, ${NAMES})
       VALUES (?, ?, ?, ${PLACES})
       ON CONFLICT (tenant_id, resolution, start) DO UPDATE SET ${ADDED}`,
      tenantId,
      resolution,
      point.start,
      ...COUNT_NAMES.map((name) => point[name]),
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

  /** The statement that made a table; `undefined` when there is none. */
  #madeBy(table: string): string | undefined {
    const query = `SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?`;
    return this.#sql.exec<{ sql: string }>(query, table).toArray()[0]?.sql;
  }
}

function toCounted(row: FactRow): CountedFact {
  // Parse edge: the text is a fact's; what it holds is checked by who counts it.
  const body = JSON.parse(row.body) as { recorded_at: string; data: unknown };
  const recordedAt = Date.parse(body.recorded_at);
  return { seq: row.seq, subtype: row.subtype, recordedAt, data: body.data };
}

function bounds({ resolution, from, to }: PointRange): [Resolution, number, number] {
  return [resolution, from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
}

function toTally(row: TallyRow): TenantTally {
  // Parse edges: written by `writeTally`.
  const missing = JSON.parse(row.missing) as TenantTally['missing'];
  const appended = JSON.parse(row.appended) as TenantTally['appended'];
  return { ...row, missing, appended };
}
