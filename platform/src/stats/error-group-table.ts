// The rows that a shard keeps of answers 4xx and 5xx, by tenant, code and route, in hours and days.
// Bounded: past a number of groups in one point the rest is counted together, and nothing is lost.
import { type ErrorGroupCount, OTHER_GROUP } from '@z0-app/dispatcher/request-counts';
import type { PointRange } from './stats-tables.ts';
import type { Resolution } from './stats-view.ts';

const TABLE = `
  CREATE TABLE IF NOT EXISTS request_groups (
    tenant_id TEXT NOT NULL, resolution TEXT NOT NULL, start INTEGER NOT NULL,
    code TEXT NOT NULL, route TEXT NOT NULL, status INTEGER NOT NULL,
    count INTEGER NOT NULL, last_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resolution, start, code, route, status)) WITHOUT ROWID;`;

/** Groups that one tenant has in one point, besides those of the rest. */
export const MAX_GROUPS_A_POINT = 100;

/** What groups are kept by. */
export const GROUP_RESOLUTIONS = ['hour', 'day'] as const;

const POINT = 'tenant_id = ? AND resolution = ? AND start = ?';
const GROUP = 'code = ? AND route = ? AND status = ?';

/** `last_at` in milliseconds since 1970: the end of the last window that had one. */
export type GroupSum = ErrorGroupCount & { tenant_id: string; last_at: number };

/** Which point a group is counted in. */
export interface GroupPoint {
  readonly tenantId: string;
  readonly resolution: Resolution;
  readonly start: number;
  readonly lastAt: number;
}

interface GroupRange extends PointRange {
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

export class ErrorGroupTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  create(): void {
    this.#sql.exec(TABLE);
  }

  clear(): void {
    this.#sql.exec('DELETE FROM request_groups');
  }

  add(point: GroupPoint, given: ErrorGroupCount): void {
    const { tenantId, resolution, start, lastAt } = point;
    const key = [tenantId, resolution, start] as const;
    const { code, route, status } = this.#fits(key, given) ? given : otherOf(given);
    this.#sql.exec(
      `INSERT INTO request_groups VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count,
         last_at = max(last_at, excluded.last_at)`,
      ...key,
      code,
      route,
      status,
      given.count,
      lastAt,
    );
  }

  dropBefore(tenantId: string, resolution: Resolution, start: number): void {
    this.#sql.exec(
      'DELETE FROM request_groups WHERE tenant_id = ? AND resolution = ? AND start < ?',
      tenantId,
      resolution,
      start,
    );
  }

  /**
   * The groups of a range with the most answers, most first; of one tenant or of all. Those whose
   * last was before `since` are left out: a point may begin before the range that was asked for.
   */
  top(range: GroupRange, limit: number, tenantId?: string): GroupSum[] {
    const { resolution, from = 0, to = Number.MAX_SAFE_INTEGER, since = 0 } = range;
    const [source, which] =
      tenantId === undefined
        ? ['request_tenants AS t CROSS JOIN request_groups AS g USING (tenant_id)', []]
        : ['request_groups AS g', [tenantId]];
    const ofTenant = tenantId === undefined ? '' : 'AND tenant_id = ?';
    return this.#sql
      .exec<GroupSum>(
        `SELECT tenant_id, code, route, status, sum(g.count) AS count, max(g.last_at) AS last_at
         FROM ${source} WHERE resolution = ? AND start >= ? AND start < ? ${ofTenant}
         GROUP BY tenant_id, code, route, status HAVING max(g.last_at) >= ?
         ORDER BY count DESC, tenant_id, code, route, status LIMIT ?`,
        resolution,
        from,
        to,
        ...which,
        since,
        limit,
      )
      .toArray();
  }

  #fits(key: readonly [string, Resolution, number], group: ErrorGroupCount): boolean {
    const { code, route, status } = group;
    const known = `SELECT 1 FROM request_groups WHERE ${POINT} AND ${GROUP}`;
    if (this.#sql.exec(known, ...key, code, route, status).toArray().length > 0) return true;
    const query = `SELECT count(*) AS n FROM request_groups WHERE ${POINT}`;
    return this.#sql.exec<{ n: number }>(query, ...key).one().n < MAX_GROUPS_A_POINT;
  }
}

function otherOf({ status, count }: ErrorGroupCount): ErrorGroupCount {
  return { ...OTHER_GROUP, status: status < 500 ? 400 : 500, count };
}
