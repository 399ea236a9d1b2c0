// What a shard of the system ledger answers from its sums, always caught up with its facts. It knows
// only the tenants of its shard, and changes nothing but how far was counted.
import type { Counts } from './counts.ts';
import type { DeadLetterRow } from './dead-letter-table.ts';
import type { GroupSum } from './error-group-table.ts';
import { SpanTotals } from './overview-rows.ts';
import { addRequests, NO_REQUESTS } from './request-sums.ts';
import type { RequestSumPoint, TenantRequestSum } from './request-tables.ts';
import type { ErrorGroupsQuery, RequestCounts, TopRequestsQuery } from './request-view.ts';
import { finestFor, wholePoints } from './resolution.ts';
import { type OverviewQuery, type ShardOverview, shardOverview } from './shard-overview.ts';
import { rankTallies, type ShardRank, topByRequests } from './shard-rank.ts';
import { type ShardSummary, summaryOf } from './shard-summary.ts';
import { type Worst, worstOf } from './shard-worst.ts';
import type { StatsProjection } from './stats-projection.ts';
import type { Point, PointRange } from './stats-tables.ts';
import type { Rank, TimeRange } from './stats-view.ts';
import type { TenantTally } from './tenant-tally.ts';
import { type WorkerHealth, workerHealthOf } from './worker-health.ts';
import type { WatchedSpan } from './worker-tables.ts';

/** One tenant, and what it did in a range of time when one was asked for. */
export interface TenantAnswer {
  /** `undefined` when it has not reported. */
  readonly tally?: TenantTally | undefined;
  /** Of the range, else since the first. */
  readonly requests: RequestCounts;
  /** `from` and `to` are whole points, milliseconds since 1970. */
  readonly range?: (TimeRange & { readonly counts: Counts }) | undefined;
}

export interface LettersAnswer {
  /** That ever came. */
  readonly count: number;
  /** Newest first. */
  readonly letters: readonly DeadLetterRow[];
}

export class ShardAnswers {
  readonly #stats: StatsProjection;
  readonly #totals = new SpanTotals();

  constructor(stats: StatsProjection) {
    this.#stats = stats;
  }

  summary(): ShardSummary {
    const requests = this.requestTotals().reduce<RequestCounts>(addRequests, NO_REQUESTS);
    return summaryOf(this.tenantTallies(), requests);
  }

  tenantTallies(): TenantTally[] {
    return this.#stats.catchUp() ? this.#stats.tables.tallies() : [];
  }

  tenantAnswer(tenantId: string, range?: TimeRange): TenantAnswer {
    if (!this.#stats.catchUp()) return { requests: NO_REQUESTS };
    const { tables } = this.#stats;
    const tally = tables.tally(tenantId);
    if (!range) return { tally, requests: tables.requests.total(tenantId) };
    const points = this.#pointsFor(range);
    const counts = tables.sumOf(points, tenantId);
    const requests = tables.requests.sumOf(points, tenantId);
    return { tally, requests, range: { from: points.from, to: points.to, counts } };
  }

  points(range: PointRange, tenantId?: string): Point[] {
    return this.#stats.catchUp() ? this.#stats.tables.points(range, tenantId) : [];
  }

  rank(by: Rank, limit: number, range?: TimeRange): ShardRank[] {
    if (!this.#stats.catchUp()) return [];
    const { tables } = this.#stats;
    const sums = range && tables.sums(this.#pointsFor(range));
    return rankTallies(tables.tallies(), { by, limit, sums });
  }

  requestPoints(range: PointRange, tenantId?: string): RequestSumPoint[] {
    return this.#stats.catchUp() ? this.#stats.tables.requests.points(range, tenantId) : [];
  }

  requestTotals(range?: TimeRange): TenantRequestSum[] {
    if (!this.#stats.catchUp()) return [];
    const { requests } = this.#stats.tables;
    return range ? requests.sums(this.#pointsFor(range)) : requests.totals();
  }

  tenantRequests(tenantId: string, range?: TimeRange): RequestCounts {
    if (!this.#stats.catchUp()) return NO_REQUESTS;
    const { requests } = this.#stats.tables;
    return range ? requests.sumOf(this.#pointsFor(range), tenantId) : requests.total(tenantId);
  }

  /** `undefined` when nothing was ever recorded here. */
  workerHealth(tenantId: string, span: WatchedSpan): WorkerHealth | undefined {
    return this.#stats.catchUp() ? workerHealthOf(this.#stats.tables, tenantId, span) : undefined;
  }

  rankRequests({ by, limit, from, to }: TopRequestsQuery): TenantRequestSum[] {
    const isRange = from !== undefined || to !== undefined;
    return topByRequests(this.requestTotals(isRange ? { from, to } : undefined), by, limit);
  }

  /** Points of hours or days, whichever are kept; groups whose last was before the range are not of it. */
  errorGroups({ from, to, tenantId, limit }: ErrorGroupsQuery): GroupSum[] {
    if (!this.#stats.catchUp()) return [];
    const { resolution } = this.#pointsFor({ from, to });
    const kept = resolution === 'minute' ? 'hour' : resolution;
    const range = { resolution: kept, ...wholePoints({ from, to }, kept), since: from };
    return this.#stats.tables.requests.groups.top(range, limit, tenantId);
  }

  deadLetters(limit: number): LettersAnswer {
    if (!this.#stats.catchUp()) return { count: 0, letters: [] };
    const { deadLetters } = this.#stats.tables;
    return { count: deadLetters.count(), letters: deadLetters.newest(limit) };
  }

  /** `undefined` when nothing was ever recorded here. */
  overview(sql: SqlStorage, query: OverviewQuery): ShardOverview | undefined {
    return this.#stats.catchUp()
      ? shardOverview(sql, this.#stats.tables, this.#totals, query)
      : undefined;
  }

  worst(limit: number): Worst {
    return worstOf(this.tenantTallies(), limit);
  }

  #pointsFor(range: TimeRange): PointRange {
    const { retention } = this.#stats.tables.progress();
    const resolution = finestFor(range, retention, Date.now());
    return { resolution, ...wholePoints(range, resolution) };
  }
}
