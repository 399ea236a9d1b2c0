// What the platform tells about requests, error groups, shards and dead letters: the shapes of its
// answers. Types only; times in answers are RFC 3339, times in questions milliseconds since 1970.
import type { Resolution, TimeRange } from './stats-view.ts';

/** As the dispatcher counted them. */
export interface RequestCounts {
  readonly requests: number;
  /** 2xx answers to anything but GET and HEAD. */
  readonly writes: number;
  /** Answered 4xx. */
  readonly refusals: number;
  /** Answered 5xx. */
  readonly errors: number;
  /** Requests by bucket of `LATENCY_BOUNDS_MS`, and one more for those that took longer. */
  readonly latency: readonly number[];
}

/** One point of a series. Points without anything in them are left out. */
export interface RequestPoint extends RequestCounts {
  readonly start: string;
}

/** `tenant_id` is empty for requests that were answered before their tenant was known. */
export interface TenantRequests extends RequestCounts {
  readonly tenant_id: string;
}

/** Answers of one code on one route. */
export interface ErrorGroup {
  readonly tenant_id: string;
  /** A problem code, or `http_<status>`; `other` for what was beyond the number of groups kept. */
  readonly code: string;
  /** A pattern, never a path as it was asked for. */
  readonly route: string;
  readonly status: number;
  readonly count: number;
  readonly last_at: string;
}

/** A shard of the system ledger; zeros when it does not answer. */
export interface ShardHealth {
  readonly name: string;
  readonly available: boolean;
  /** That ever reported. */
  readonly tenants: number;
  /** Recorded, each (tenant, period) once. */
  readonly reports: number;
  readonly late: number;
  readonly gaps: number;
  /** End of the latest period reported. */
  readonly last_end: string | null;
  /** Of the shard's own database. */
  readonly storage_bytes: number;
}

/** A message that the queue gave up on. */
export interface DeadLetter {
  readonly id: string;
  readonly at: string;
  readonly reason: string;
  readonly tenant_id: string | null;
  /** JSON, cut to 2 KB. */
  readonly body: string;
}

export interface DeadLetters {
  /** That ever came. */
  readonly count: number;
  /** Newest first. */
  readonly data: readonly DeadLetter[];
}

/** What tenants can be ranked by, of their requests. */
export const REQUEST_RANKS = ['requests', 'errors', 'refusals'] as const;

export type RequestRank = (typeof REQUEST_RANKS)[number];

export interface RequestSeriesQuery extends TimeRange {
  readonly resolution: Resolution;
}

export interface TopRequestsQuery extends TimeRange {
  readonly by: RequestRank;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface ErrorGroupsQuery extends TimeRange {
  /** Only of this tenant. */
  readonly tenantId?: string | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
}
