// What the dispatcher tells the platform about the requests it answered: counts by tenant, never a
// request. The platform reads the message with the same schema. Pure; it counts nothing itself.
import * as z from 'zod';
import { TENANT_ID } from './route-record.ts';

/** Upper bounds of the latency buckets, milliseconds; a last bucket holds what took longer. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/** Groups of one tenant in one message, those of `OTHER_GROUP` among them. */
export const MAX_GROUPS = 50;

/** The code and route of what found no group of its own; its status is then 400 or 500. */
export const OTHER_GROUP = { code: 'other', route: '*' } as const;

/** The tenant id of requests that were answered before it was known. */
export const NO_TENANT = '';

const count = z.int().nonnegative();

const groupSchema = z.object({
  /** A problem code, `http_<status>` for an answer that names none, or `other`. */
  code: z.string().regex(/^[a-z0-9_]{1,40}$/),
  /** A pattern from a closed set, never a path that a caller wrote: `/v1/entities/{id}/facts`. */
  route: z.string().min(1).max(80),
  status: z.int().min(400).max(599),
  count: count.positive(),
});

/** Requests of one code on one route that were answered 4xx or 5xx. */
export type ErrorGroupCount = z.infer<typeof groupSchema>;

const tenantCountsSchema = z.object({
  requests: count,
  /** 2xx answers to anything but GET and HEAD. */
  writes: count,
  /** Answered 4xx. */
  refusals: count,
  /** Answered 5xx. */
  errors: count,
  /** Requests by how long their answer took to begin, one number a bucket. */
  latency: z.array(count).length(LATENCY_BOUNDS_MS.length + 1),
  /** Of `refusals` and `errors`: the groups' counts sum to those two. */
  groups: z.array(groupSchema).max(MAX_GROUPS),
  /**
   * Requests that the tenant's Worker was asked, by whether it answered or failed: a 5xx of its own,
   * or none at all. What was refused before it was asked is in neither. Older dispatchers leave it out.
   */
  worker: z.object({ answered: count, failed: count }).optional(),
});

/** What was counted of one tenant in one window. */
export type TenantRequestCounts = z.infer<typeof tenantCountsSchema>;

export const requestCountsSchema = z.object({
  object: z.literal('request_counts'),
  /** Unique per message: a queue delivers at least once, and a repeat must count once. */
  id: z.string().min(8).max(64),
  /** The window, milliseconds since 1970. */
  start: count,
  end: count,
  tenants: z.record(
    z.string().refine((id) => id === NO_TENANT || TENANT_ID.test(id)),
    tenantCountsSchema,
  ),
});

/** One message on the queue. A window with many tenants takes more than one. */
export type RequestCountsMessage = z.infer<typeof requestCountsSchema>;
