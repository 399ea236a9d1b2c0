// What a tenant reports about one period of its ledgers. Counts are the tenant's own claims; who the
// tenant is, is not: that comes from the door it used.
import * as z from 'zod';

const count = z.int().nonnegative();
/** Unix time in milliseconds. */
const instant = z.int().nonnegative();

export const tenantStatsSchema = z
  .object({
    /** A claim, and ignored. */
    tenant_id: z.string().max(64).optional(),
    period_start: instant,
    period_end: instant,
    cache_hits: count,
    cache_misses: count,
    facts_count: count,
    entities_count: count,
  })
  .refine((stats) => stats.period_end >= stats.period_start, 'the period ends before it starts');

/** A report on its way through the queue, with the tenant as the platform knows it. */
export const tenantStatsMessage = z.object({
  tenant_id: z.string(),
  period_start: instant,
  period_end: instant,
  cache_hits: count,
  cache_misses: count,
  facts_count: count,
  entities_count: count,
});

export type TenantStatsMessage = z.infer<typeof tenantStatsMessage>;
