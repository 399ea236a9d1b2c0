// What a tenant reports about one period of its ledgers. Counts are the tenant's own claims, and
// bounded so that sums of them stay exact; who the tenant is, comes from the door it used.
import * as z from 'zod';

/** Of one period; a thousand tenants of these still add up to less than 2^53. */
const count = z.int().nonnegative().max(1e12);
/** Since onboarding. */
const total = z.int().nonnegative().max(1e12);
const bytes = z.int().nonnegative().max(1e15);
/** Unix time in milliseconds. */
const instant = z.int().nonnegative().max(8.64e15);

const MAX_TYPES = 64;

/** What an older SDK leaves out is optional. */
const counts = {
  /** 1, 2, 3, … per tenant. Without it a report is told from others by `period_start`. */
  period: z.int().positive().max(1e9).optional(),
  period_start: instant,
  period_end: instant,
  cache_hits: count,
  cache_misses: count,
  /** Facts appended in the period, in all ledgers of the tenant. */
  facts_count: count,
  entities_count: count,
  errors_count: count.optional(),
  refusals_count: count.optional(),
  /** Of all ledgers of the tenant, at the end of the period. */
  storage_bytes: bytes.optional(),
  /** Reports of ledgers that were given up. */
  dropped_count: count.optional(),
  /** How often ledgers gave up sending them for a while. */
  breaker_openings_count: count.optional(),
  /** Ledgers that made their tables. */
  schema_inits_count: count.optional(),
  /** Cached states that were made again from facts, and from how many. */
  hydrations_count: count.optional(),
  hydrated_facts_count: count.optional(),
  /** Facts of the period by their type. */
  appended: z
    .record(z.string().min(1).max(128), count)
    .refine((types) => Object.keys(types).length <= MAX_TYPES, `has more than ${MAX_TYPES} types`)
    .optional(),
  /** Since onboarding: they hold whatever became of other reports. */
  totals: z.object({ facts: total, entities: total }).optional(),
};

export const tenantStatsSchema = z
  .object({
    /** A claim, and ignored. */
    tenant_id: z.string().max(64).optional(),
    ...counts,
  })
  .refine((stats) => stats.period_end >= stats.period_start, 'the period ends before it starts');

/** A report on its way through the queue, with the tenant as the platform knows it. */
export const tenantStatsMessage = z.object({ tenant_id: z.string().min(1).max(64), ...counts });

export type TenantStatsMessage = z.infer<typeof tenantStatsMessage>;
