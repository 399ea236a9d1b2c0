// The rows that a shard keeps of its alerts: all that fired, how far delivery got, and whom to look
// at again. Alerts can be made again from the facts; the facts themselves are only read.
import type { Alert, AlertQuery, Severity } from './alert-view.ts';
import type { OpenAlert } from './judge.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS alerts (
    fired_seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rule TEXT NOT NULL,
    tenant_id TEXT NOT NULL, severity TEXT NOT NULL, text TEXT NOT NULL, value REAL NOT NULL,
    threshold REAL NOT NULL, fired_at INTEGER NOT NULL,
    resolved_seq INTEGER, resolved_id TEXT, resolved_at INTEGER);
  CREATE UNIQUE INDEX IF NOT EXISTS alerts_open ON alerts (tenant_id, rule)
    WHERE resolved_seq IS NULL;
  CREATE INDEX IF NOT EXISTS alerts_by_tenant ON alerts (tenant_id, fired_seq);
  CREATE INDEX IF NOT EXISTS alerts_by_end ON alerts (resolved_seq)
    WHERE resolved_seq IS NOT NULL;
  CREATE TABLE IF NOT EXISTS alert_codes (
    tenant_id TEXT NOT NULL, code TEXT NOT NULL, minute INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, code, minute)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS alert_progress (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, disabled_for TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS alert_watch (
    tenant_id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS alert_delivery (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS alert_settings (
    id INTEGER PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL, read_at INTEGER NOT NULL);`;

/** An alert, with the facts it was made from. Times are milliseconds since 1970. */
export type AlertRow = {
  fired_seq: number;
  id: string;
  rule: string;
  /** `''` for the platform itself. */
  tenant_id: string;
  severity: Severity;
  text: string;
  value: number;
  threshold: number;
  fired_at: number;
  resolved_seq: number | null;
  resolved_id: string | null;
  resolved_at: number | null;
};

export type FiredRow = Omit<AlertRow, 'resolved_seq' | 'resolved_id' | 'resolved_at'>;

export interface Resolution {
  readonly alertId: string;
  readonly seq: number;
  readonly id: string;
  readonly at: number;
}

/** How far the facts were read, and for which settings the webhook's receiver answered 410. */
export type AlertProgress = { seq: number; disabled_for: string };

/** One of the two facts of an alert. */
export interface AlertEvent {
  readonly seq: number;
  readonly kind: 'fired' | 'resolved';
  readonly row: AlertRow;
}

/** A sent alert's position, and when to try the next one how often tried before. */
export type DeliveryState = { seq: number; attempts: number; due_at: number };

export class AlertTables {
  readonly #sql: SqlStorage;
  #known = false;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Makes the tables of a ledger that exists; whether it does. */
  ensure(): boolean {
    if (this.#known) return true;
    const query = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'facts'`;
    if (this.#sql.exec(query).toArray().length === 0) return false;
    this.#sql.exec(TABLES);
    // What fired before there was anything to deliver with is not news any more.
    this.#sql.exec(`INSERT OR IGNORE INTO alert_delivery
      SELECT 1, coalesce(max(seq), 0), 0, 0 FROM facts`);
    this.#known = true;
    return true;
  }

  /** Forgets what is made from facts; call inside a transaction. */
  clear(): void {
    this.#sql.exec('DELETE FROM alerts; DELETE FROM alert_codes; DELETE FROM alert_progress;');
  }

  progress(): AlertProgress {
    const query = 'SELECT seq, disabled_for FROM alert_progress WHERE id = 1';
    return this.#sql.exec<AlertProgress>(query).toArray()[0] ?? { seq: 0, disabled_for: '' };
  }

  setProgress({ seq, disabled_for }: AlertProgress): void {
    this.#sql.exec('INSERT OR REPLACE INTO alert_progress VALUES (1, ?, ?)', seq, disabled_for);
  }

  addFired(row: FiredRow): void {
    const columns = Object.keys(row);
    this.#sql.exec(
      `INSERT OR IGNORE INTO alerts (${columns.join(', ')})
       VALUES (${columns.map(() => '?').join(', ')})`,
      ...Object.values(row),
    );
  }

  addResolved({ alertId, seq, id, at }: Resolution): void {
    this.#sql.exec(
      `UPDATE alerts SET resolved_seq = ?, resolved_id = ?, resolved_at = ?
       WHERE id = ? AND resolved_seq IS NULL`,
      seq,
      id,
      at,
      alertId,
    );
  }

  addCode(tenantId: string, code: string, minute: number, count: number): void {
    this.#sql.exec(
      `INSERT INTO alert_codes VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
      tenantId,
      code,
      minute,
      count,
    );
  }

  dropCodesBefore(tenantId: string, code: string, minute: number): void {
    const statement = 'DELETE FROM alert_codes WHERE tenant_id = ? AND code = ? AND minute < ?';
    this.#sql.exec(statement, tenantId, code, minute);
  }

  /** `from` inclusive, `to` exclusive. */
  codes(tenantId: string, code: string, from: number, to: number): number {
    const query = `SELECT coalesce(sum(count), 0) AS n FROM alert_codes
      WHERE tenant_id = ? AND code = ? AND minute >= ? AND minute < ?`;
    return this.#sql.exec<{ n: number }>(query, tenantId, code, from, to).one().n;
  }

  open(tenantId: string): OpenAlert[] {
    const query = `SELECT id, rule, fired_at AS firedAt FROM alerts
      WHERE tenant_id = ? AND resolved_seq IS NULL ORDER BY fired_seq`;
    return this.#sql.exec<{ id: string; rule: string; firedAt: number }>(query, tenantId).toArray();
  }

  textOf(alertId: string): string | undefined {
    const query = 'SELECT text FROM alerts WHERE id = ?';
    return this.#sql.exec<{ text: string }>(query, alertId).toArray()[0]?.text;
  }

  /** Whom an open alert is about, `''` for the platform itself. */
  openSubjects(): string[] {
    const query = 'SELECT DISTINCT tenant_id FROM alerts WHERE resolved_seq IS NULL';
    return this.#sql
      .exec<{ tenant_id: string }>(query)
      .toArray()
      .map((row) => row.tenant_id);
  }

  /** Newest first. */
  list({ state, tenantId, limit }: AlertQuery): Alert[] {
    const conditions = [
      ...(state === 'firing' ? ['resolved_seq IS NULL'] : []),
      ...(tenantId === undefined ? [] : ['tenant_id = ?']),
    ];
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const query = `SELECT * FROM alerts ${where} ORDER BY fired_seq DESC LIMIT ?`;
    const given = tenantId === undefined ? [limit] : [tenantId, limit];
    return this.#sql
      .exec<AlertRow>(query, ...given)
      .toArray()
      .map(toAlert);
  }

  /** The first event after a position. */
  eventAfter(seq: number): AlertEvent | undefined {
    const fired = this.#first('fired_seq', seq);
    const resolved = this.#first('resolved_seq', seq);
    const firedSeq = fired?.fired_seq ?? Number.MAX_SAFE_INTEGER;
    const resolvedSeq = resolved?.resolved_seq ?? Number.MAX_SAFE_INTEGER;
    if (resolved && resolvedSeq < firedSeq) {
      return { seq: resolvedSeq, kind: 'resolved', row: resolved };
    }
    return fired && { seq: firedSeq, kind: 'fired', row: fired };
  }

  delivery(): DeliveryState {
    const query = 'SELECT seq, attempts, due_at FROM alert_delivery WHERE id = 1';
    return this.#sql.exec<DeliveryState>(query).one();
  }

  setDelivery({ seq, attempts, due_at }: DeliveryState): void {
    const statement = 'INSERT OR REPLACE INTO alert_delivery VALUES (1, ?, ?, ?)';
    this.#sql.exec(statement, seq, attempts, due_at);
  }

  /** Takes everything up to now as heard of. */
  passDeliveries(): void {
    this.#sql.exec(`INSERT OR REPLACE INTO alert_delivery
      SELECT 1, coalesce(max(seq), 0), 0, 0 FROM facts`);
  }

  /** Looks at the tenant again until a time, or later. */
  watch(tenantId: string, until: number): void {
    this.#sql.exec(
      `INSERT INTO alert_watch VALUES (?, ?) ON CONFLICT DO UPDATE SET until = excluded.until
       WHERE excluded.until >= until + 60000`,
      tenantId,
      until,
    );
  }

  /** Whom to look at as of `now`; the others are forgotten. */
  watched(now: number): string[] {
    this.#sql.exec('DELETE FROM alert_watch WHERE until < ?', now);
    const query = 'SELECT tenant_id FROM alert_watch';
    return this.#sql
      .exec<{ tenant_id: string }>(query)
      .toArray()
      .map((row) => row.tenant_id);
  }

  settings(): { settings: string; read_at: number } | undefined {
    const query = 'SELECT settings, read_at FROM alert_settings WHERE id = 1';
    return this.#sql.exec<{ settings: string; read_at: number }>(query).toArray()[0];
  }

  setSettings(settings: string, readAt: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO alert_settings VALUES (1, ?, ?)', settings, readAt);
  }

  #first(column: 'fired_seq' | 'resolved_seq', seq: number): AlertRow | undefined {
    const query = `SELECT * FROM alerts WHERE ${column} > ? ORDER BY ${column} LIMIT 1`;
    return this.#sql.exec<AlertRow>(query, seq).toArray()[0];
  }
}

export function toAlert(row: AlertRow): Alert {
  const { id, rule, severity, text, value, threshold, resolved_at } = row;
  return {
    id,
    rule,
    severity,
    tenant_id: row.tenant_id === '' ? null : row.tenant_id,
    state: resolved_at === null ? 'firing' : 'resolved',
    text,
    value,
    threshold,
    fired_at: new Date(row.fired_at).toISOString(),
    resolved_at: resolved_at === null ? null : new Date(resolved_at).toISOString(),
  };
}

/** Of the fact that the event is. */
export function factIdOf({ kind, row }: AlertEvent): string {
  return (kind === 'fired' ? row.id : row.resolved_id) ?? row.id;
}
