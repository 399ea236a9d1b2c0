// Counts the dispatcher's messages of one page of facts: into sums by tenant, points and groups. It
// lives as long as the transaction that it is written in.
import {
  type ErrorGroupCount,
  type RequestCountsMessage,
  requestCountsSchema,
} from '@z0-app/dispatcher/request-counts';
import { GROUP_RESOLUTIONS, type GroupPoint } from './error-group-table.ts';
import { PointSums } from './point-sums.ts';
import { addRequests } from './request-sums.ts';
import type { RequestTables } from './request-tables.ts';
import type { RequestCounts } from './request-view.ts';
import { keptSince, pointOf, type Retention } from './resolution.ts';
import type { CountedFact } from './stats-tables.ts';
import { RESOLUTIONS } from './stats-view.ts';

const DAY_MS = 86_400_000;

/** How old a message may be when it is taken. */
export const OLDEST_MESSAGE_MS = 2 * DAY_MS;
/** Its id is remembered for longer, so that a repeat is always told. */
const REMEMBERED_MS = 3 * DAY_MS;

export class RequestPage {
  readonly #tables: RequestTables;
  readonly #messages: RequestCountsMessage[] = [];
  #lastRecorded = 0;

  constructor(tables: RequestTables) {
    this.#tables = tables;
  }

  count({ data, recordedAt }: CountedFact): void {
    const read = requestCountsSchema.safeParse(data);
    if (!read.success || this.#tables.hasMessage(read.data.id)) return;
    this.#tables.writeMessage(read.data.id, read.data.end);
    this.#messages.push(read.data);
    this.#lastRecorded = Math.max(this.#lastRecorded, recordedAt);
  }

  write(retention: Retention, now: number): void {
    if (this.#messages.length === 0) return;
    const totals = new Map<string, RequestCounts>();
    const points = new PointSums<RequestCounts>(addRequests);
    for (const { end, tenants } of this.#messages) {
      for (const [tenantId, counts] of Object.entries(tenants)) {
        const known = totals.get(tenantId);
        totals.set(tenantId, known ? addRequests(known, counts) : counts);
        points.add(tenantId, end, counts);
      }
    }
    for (const [tenantId, counts] of totals) this.#tables.addToTotal(tenantId, counts);
    for (const { tenant_id, resolution, start, counts } of points.all()) {
      if (start < keptSince(resolution, retention, now)) continue;
      this.#tables.addToPoint(tenant_id, resolution, { start, ...counts });
    }
    this.#writeGroups(retention, now);
    this.#tables.workers.count(this.#messages, now);
    this.#dropOld([...totals.keys()], retention, now);
  }

  #writeGroups(retention: Retention, now: number): void {
    const sums = new Map<string, { point: GroupPoint; group: ErrorGroupCount }>();
    for (const { end, tenants } of this.#messages) {
      for (const resolution of GROUP_RESOLUTIONS) {
        const start = pointOf(end, resolution);
        if (start < keptSince(resolution, retention, now)) continue;
        for (const [tenantId, { groups }] of Object.entries(tenants)) {
          const point = { tenantId, resolution, start, lastAt: end };
          for (const group of groups) addGroup(sums, point, group);
        }
      }
    }
    for (const { point, group } of sums.values()) this.#tables.groups.add(point, group);
  }

  #dropOld(tenantIds: readonly string[], retention: Retention, now: number): void {
    for (const tenantId of tenantIds) {
      for (const resolution of RESOLUTIONS) {
        const kept = keptSince(resolution, retention, now);
        this.#tables.dropPointsBefore(tenantId, resolution, kept);
        this.#tables.groups.dropBefore(tenantId, resolution, kept);
      }
    }
    // By the facts' own time, so that counting anew remembers the same.
    this.#tables.dropMessagesBefore(this.#lastRecorded - REMEMBERED_MS);
  }
}

/** A group that many messages share is written once. */
function addGroup(
  sums: Map<string, { point: GroupPoint; group: ErrorGroupCount }>,
  point: GroupPoint,
  group: ErrorGroupCount,
): void {
  const { tenantId, resolution, start, lastAt } = point;
  const { status, code, route, count } = group;
  const key = [tenantId, resolution, start, status, code, route].join(' ');
  const known = sums.get(key);
  sums.set(key, {
    point: { ...point, lastAt: Math.max(lastAt, known?.point.lastAt ?? 0) },
    group: { ...group, count: count + (known?.group.count ?? 0) },
  });
}
