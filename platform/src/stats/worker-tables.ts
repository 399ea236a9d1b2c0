// The rows that a shard keeps of how tenants' Workers did: by minute, and since the moment that somebody
// asked to watch from. The first are few: only of minutes in which a Worker failed or was not asked.
import {
  LATENCY_BOUNDS_MS,
  type RequestCountsMessage,
  type TenantRequestCounts,
} from '@z0-app/dispatcher/request-counts';
import { LENGTH_MS, pointOf } from './resolution.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS worker_minutes (
    tenant_id TEXT NOT NULL, start INTEGER NOT NULL, unasked INTEGER NOT NULL,
    failed INTEGER NOT NULL, PRIMARY KEY (tenant_id, start)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS worker_watches (
    tenant_id TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL,
    asked INTEGER NOT NULL, failed INTEGER NOT NULL, latency TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS worker_watches_by_end ON worker_watches (until);`;

/** As long as anybody compares with. */
const KEPT_MS = 3 * LENGTH_MS.hour;
const NO_LATENCY: readonly number[] = [...LATENCY_BOUNDS_MS, 0].map(() => 0);

/** How a tenant's Worker did in some span of time. */
export interface WorkerCounts {
  /** Requests that it was asked. */
  readonly asked: number;
  /** Of these: it threw, was ended, or answered 5xx. */
  readonly failed: number;
  /** By bucket of `LATENCY_BOUNDS_MS`: of all requests, also those that never reached it. */
  readonly latency: readonly number[];
}

/** Milliseconds since 1970. Counted are windows of the dispatcher that lie in it whole. */
export interface WatchedSpan {
  readonly since: number;
  readonly until: number;
}

type WatchRow = {
  tenant_id: string;
  since: number;
  until: number;
  asked: number;
  failed: number;
  latency: string;
};

interface Minute {
  readonly tenantId: string;
  readonly start: number;
  readonly unasked: number;
  readonly failed: number;
}

export class WorkerTables {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  create(): void {
    this.#sql.exec(TABLES);
  }

  /** Forgets what was counted, and not who is watched: that is no fact's. */
  clear(): void {
    this.#sql.exec('DELETE FROM worker_minutes');
    const none = JSON.stringify(NO_LATENCY);
    this.#sql.exec('UPDATE worker_watches SET asked = 0, failed = 0, latency = ?', none);
  }

  count(messages: readonly RequestCountsMessage[], now: number): void {
    for (const minute of minutesOf(messages, now - KEPT_MS)) this.#addMinute(minute);
    const oldestStart = Math.min(...messages.map(({ start }) => start));
    for (const watch of this.#watchesUntil(oldestStart)) {
      const own = messages.filter((message) => isWithin(message, watch));
      this.#addWatched(watch, own);
    }
  }

  /** Failures and unasked requests of the minutes `from` inclusive, `to` exclusive. */
  minutes(tenantId: string, from: number, to: number): { unasked: number; failed: number } {
    const query = `SELECT coalesce(sum(unasked), 0) AS unasked, coalesce(sum(failed), 0) AS failed
      FROM worker_minutes WHERE tenant_id = ? AND start >= ? AND start < ?`;
    return this.#sql.exec<{ unasked: number; failed: number }>(query, tenantId, from, to).one();
  }

  /** What was counted of a watched span; `undefined` when it is not watched. */
  watched(tenantId: string, { since, until }: WatchedSpan): WorkerCounts | undefined {
    const query = 'SELECT * FROM worker_watches WHERE tenant_id = ? AND since = ? AND until = ?';
    const row = this.#sql.exec<WatchRow>(query, tenantId, since, until).toArray()[0];
    return row && countsIn(row);
  }

  /** Watches a span, instead of the tenant's one before; `messages` were counted already. */
  watch(tenantId: string, span: WatchedSpan, messages: readonly RequestCountsMessage[]): void {
    this.#sql.exec('DELETE FROM worker_watches WHERE until < ?', span.since - KEPT_MS);
    const row: WatchRow = {
      tenant_id: tenantId,
      ...span,
      asked: 0,
      failed: 0,
      latency: JSON.stringify(NO_LATENCY),
    };
    this.#write(row);
    this.#addWatched(
      row,
      messages.filter((message) => isWithin(message, span)),
    );
  }

  #addMinute({ tenantId, start, unasked, failed }: Minute): void {
    if (unasked <= 0 && failed === 0) return;
    this.#sql.exec(
      `INSERT INTO worker_minutes VALUES (?, ?, ?, ?) ON CONFLICT (tenant_id, start)
       DO UPDATE SET unasked = unasked + excluded.unasked, failed = failed + excluded.failed`,
      tenantId,
      start,
      unasked,
      failed,
    );
    const drop = 'DELETE FROM worker_minutes WHERE tenant_id = ? AND start < ?';
    this.#sql.exec(drop, tenantId, start - KEPT_MS);
  }

  /** Those that do not end before `oldest`. */
  #watchesUntil(oldest: number): WatchRow[] {
    const query = 'SELECT * FROM worker_watches WHERE until >= ?';
    return this.#sql.exec<WatchRow>(query, oldest).toArray();
  }

  #addWatched(row: WatchRow, messages: readonly RequestCountsMessage[]): void {
    const parts = messages.flatMap(({ tenants }) => {
      return Object.hasOwn(tenants, row.tenant_id) ? (tenants[row.tenant_id] ?? []) : [];
    });
    if (parts.length === 0) return;
    let { asked, failed, latency } = countsIn(row);
    for (const part of parts) {
      const own = workerPart(part);
      asked += own.asked;
      failed += own.failed;
      latency = latency.map((count, bucket) => count + (part.latency[bucket] ?? 0));
    }
    this.#write({ ...row, asked, failed, latency: JSON.stringify(latency) });
  }

  #write({ tenant_id, since, until, asked, failed, latency }: WatchRow): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO worker_watches VALUES (?, ?, ?, ?, ?, ?)',
      tenant_id,
      since,
      until,
      asked,
      failed,
      latency,
    );
  }
}

/** What messages add up to, a minute and tenant once; those before `oldest` are left out. */
function minutesOf(messages: readonly RequestCountsMessage[], oldest: number): Iterable<Minute> {
  const sums = new Map<string, Minute>();
  for (const { end, tenants } of messages) {
    const start = pointOf(end, 'minute');
    if (start < oldest) continue;
    for (const [tenantId, counts] of Object.entries(tenants)) {
      const { asked, failed } = workerPart(counts);
      const key = `${tenantId} ${start}`;
      const known = sums.get(key);
      sums.set(key, {
        tenantId,
        start,
        unasked: (known?.unasked ?? 0) + Math.max(counts.requests - asked, 0),
        failed: (known?.failed ?? 0) + failed,
      });
    }
  }
  return sums.values();
}

function isWithin({ start, end }: RequestCountsMessage, { since, until }: WatchedSpan): boolean {
  return start >= since && end <= until;
}

/** An older dispatcher does not tell: then every request is the Worker's, and every 5xx as well. */
function workerPart(counts: TenantRequestCounts): { asked: number; failed: number } {
  const { worker, requests, errors } = counts;
  if (worker !== undefined)
    return { asked: worker.answered + worker.failed, failed: worker.failed };
  return { asked: requests, failed: errors };
}

function countsIn({ asked, failed, latency }: WatchRow): WorkerCounts {
  // Parse edge: written by this class.
  return { asked, failed, latency: JSON.parse(latency) as number[] };
}
